import { foldInto, type Journal, JournalTampered } from '../store/journal.ts';
import type { StepRecord } from '../store/operations.ts';
import { journalKey } from './context.ts';

/** Entries that a STEP's record counts and its journal does not hold: with them go the before-images of documents. */
export interface MissingEntries {
  readonly step: string;
  readonly collection: string;
  readonly missing: number;
  readonly written: number;
}

/** The journal holds fewer entries than were written: the documents of the others could not be restored. */
class JournalIncomplete extends Error {
  override readonly name = 'JournalIncomplete';
}

/**
 * Counts a unit's entries at the server, by the index alone: before the word "succeeded", and before a resumed run
 * writes on. A server that was killed may have lost what it had acknowledged.
 * @throws JournalIncomplete
 */
export async function countJournal(
  journal: Journal,
  operationId: string,
  step: StepRecord,
  position: number,
): Promise<void> {
  const unit = step.units[position];
  if (unit === undefined || unit.journaled === 0) return;
  const count = await journal.count(journalKey(operationId, step, position));
  if (count >= unit.journaled) return;
  throw new JournalIncomplete(
    `the journal of operation ${operationId}, STEP ${step.step}, ${unit.collection} holds ${count} of ${unit.journaled} entries: ` +
      `${unit.journaled - count} documents could not be restored. Did the server lose what it had acknowledged?`,
  );
}

/**
 * Reads a STEP's whole journal before anything is restored from it.
 * @returns what is missing, none where it is complete
 * @throws JournalTampered where entries are foreign or changed
 */
export async function verifyJournal(
  journal: Journal,
  operationId: string,
  step: StepRecord,
): Promise<MissingEntries[]> {
  const missing: MissingEntries[] = [];
  for (const [position, unit] of step.units.entries()) {
    const fold = Buffer.alloc(32);
    let count = 0;
    let leftAlone = 0;
    for await (const entry of journal.entries(journalKey(operationId, step, position))) {
      if (entry.batch > unit.batch) continue;
      count += 1;
      if (entry.conflict !== undefined) leftAlone += 1;
      foldInto(fold, entry.hash);
    }
    const expected = unit.fold?.buffer;
    if (leftAlone > unit.conflicts) {
      throw new JournalTampered(
        `the journal of operation ${operationId}, STEP ${step.step}, ${unit.collection} marks ${leftAlone} entries as left alone, expected at most ${unit.conflicts}; nothing was restored`,
      );
    }
    if (count === unit.journaled && (expected === undefined || fold.equals(expected))) continue;
    if (count < unit.journaled) {
      const { collection, journaled: written } = unit;
      missing.push({ step: step.step, collection, missing: written - count, written });
      continue;
    }
    throw new JournalTampered(
      `the journal of operation ${operationId}, STEP ${step.step}, ${unit.collection} holds ${count} entries where ` +
        `${unit.journaled} were written; nothing was restored. Was it changed?`,
    );
  }
  return missing;
}
