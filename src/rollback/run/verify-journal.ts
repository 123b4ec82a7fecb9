import { foldInto, type Journal, JournalTampered } from '../store/journal.ts';
import type { StepRecord } from '../store/operations.ts';
import { journalKey } from './context.ts';

/**
 * Reads a STEP's whole journal before anything is restored from it.
 * @throws JournalTampered where entries are missing, foreign or changed
 */
export async function verifyJournal(journal: Journal, operationId: string, step: StepRecord): Promise<void> {
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
        `the journal of operation ${operationId}, STEP ${step.step}, ${unit.collection} says of ${leftAlone} documents that they were left alone where ${unit.conflicts} were; nothing was restored`,
      );
    }
    if (count === unit.journaled && (expected === undefined || fold.equals(expected))) continue;
    throw new JournalTampered(
      `the journal of operation ${operationId}, STEP ${step.step}, ${unit.collection} holds ${count} entries where ` +
        `${unit.journaled} were written; nothing was restored. Was it purged or changed?`,
    );
  }
}
