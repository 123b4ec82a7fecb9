import { Binary } from 'mongodb';
import { identityKey } from '../bson/condition.ts';
import { collectionFacts } from '../mongo/collections.ts';
import {
  BATCH_BYTES,
  type Batch,
  type Conflict,
  type Item,
  idBytes,
  readId,
  reversed,
} from '../reversals/batch.ts';
import { isConflict, prepareItem } from '../reversals/item.ts';
import type { DocumentUnit } from '../reversals/unit.ts';
import type { JournalKey } from '../store/journal.ts';
import {
  mustStop,
  noteConflicts,
  type Place,
  saveUnit,
  stepAt,
  unitAt,
  type Work,
  waitingFor,
} from './context.ts';
import { runPipeline } from './pipeline.ts';
import { Pace } from './throttle.ts';
import { type WriteResult, type WriteTarget, writeItems } from './write.ts';
import { writersFor } from './writers.ts';

/** Gives a unit's documents back what they had, the last first. @returns false where it was told to stop. */
export async function restoreDocuments(
  work: Work,
  place: Place,
  unit: DocumentUnit,
  key: JournalKey,
): Promise<boolean> {
  const record = unitAt(work, place);
  const step = stepAt(work, place);
  const facts = await work.retry(`read ${unit.collection}`, () =>
    collectionFacts(work.ports.db, unit.collection),
  );
  const pace = new Pace(work, `restore STEP ${step.step} ${unit.collection}`, record.matched);
  const target = {
    db: work.ports.db,
    collection: unit.collection,
    maxWriteBatch: work.facts.maxWriteBatch,
    collated: facts.collated,
    fence: work.fence,
    waiting: waitingFor(work, unit.collection),
  };
  record.state = 'running';
  const writers = await writersFor(work, unit);
  const source = journalled(work, key, record.lastId?.buffer, record.batch + 1, () => pace.batchSize);
  const complete = await runPipeline<Batch, { batch: Batch; done: number; conflicts: readonly Conflict[] }>(
    source,
    {
      prepare: async (batch) => batch,
      write: async (batch) => {
        work.lease.assertHeld();
        const started = work.ports.clock.monotonic();
        const written = await work.retry(`write ${unit.collection}`, () => undo(target, batch.items));
        pace.note(work.ports.clock.monotonic() - started, batch.items.length);
        return { batch, ...written };
      },
      commit: async ({ batch, done, conflicts }) => {
        record.batch = batch.number;
        if (batch.lastId) record.lastId = new Binary(idBytes(batch.lastId));
        record.modified += done;
        noteConflicts(work, place, [...conflicts, ...batch.refused]);
        await saveUnit(work, place);
        pace.progress(record.modified);
      },
      stop: () => mustStop(work),
      pause: () => pace.pause(),
      writers,
    },
  );
  pace.finish();
  return complete;
}

/** Writes a batch back. Of a document that was changed meanwhile, the fields that were not changed come back. */
async function undo(target: WriteTarget, items: readonly Item[]): Promise<WriteResult> {
  const result = await writeItems(target, items, false);
  const changed = new Set(
    result.conflicts.filter(({ reason }) => reason === 'changed').map(({ id }) => identityKey(id)),
  );
  const divisible = items.filter((item) => item.edits.length > 1 && changed.has(identityKey(item.id)));
  for (const item of divisible) {
    for (const edit of item.edits) {
      const part = prepareItem(item.id, [edit]);
      if (!isConflict(part)) await writeItems(target, [part], false);
    }
  }
  return result;
}

/** The journal of a unit as batches of undoing writes. */
async function* journalled(
  work: Work,
  key: JournalKey,
  below: Uint8Array | undefined,
  firstNumber: number,
  batchSize: () => number,
): AsyncGenerator<Batch> {
  let number = firstNumber;
  let items: Item[] = [];
  let refused: Conflict[] = [];
  let bytes = 0;
  let last: Batch['lastId'];
  const entries = work.journal.entries(key, { backwards: true, ...(below ? { below: readId(below) } : {}) });
  for await (const entry of entries) {
    last = entry.id;
    if (entry.conflict !== undefined) continue;
    const prepared = prepareItem(entry.id, reversed(entry.edits));
    if (isConflict(prepared)) refused.push(prepared);
    else items.push(prepared);
    bytes += entry.size;
    if (items.length < batchSize() && bytes < BATCH_BYTES) continue;
    yield { number: number++, items, refused, lastId: last };
    items = [];
    refused = [];
    bytes = 0;
  }
  if (items.length + refused.length > 0) yield { number, items, refused, lastId: last };
}
