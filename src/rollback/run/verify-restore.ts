import type { Db } from 'mongodb';
import { collectionFacts } from '../mongo/collections.ts';
import type { Retry } from '../mongo/retry.ts';
import type { ServerFacts } from '../mongo/server.ts';
import { BATCH_BYTES, type Item, isSkippable, reversed } from '../reversals/batch.ts';
import { isConflict, prepareItem } from '../reversals/item.ts';
import type { DocumentUnit } from '../reversals/unit.ts';
import type { Journal, JournalKey } from '../store/journal.ts';
import { mustStop, type Place, sampleConflicts, unitAt, type Work, waitingFor } from './context.ts';
import { standingsOf, type WriteTarget, writeItems } from './write.ts';

const READ_AT_ONCE = 1_000;

/** Documents still are as `apply` left them, although the server acknowledged that they were brought back. */
class NotRestored extends Error {
  override readonly name = 'NotRestored';
}

/**
 * The closing check of a unit's restore: reads the journal once more and holds each document against it, a part
 * at a time. One that is still as `apply` left it is written again. What somebody has changed since stays.
 * @returns false where it was told to stop; the check begins anew then.
 * @throws NotRestored
 */
export async function verifyRestored(
  work: Work,
  place: Place,
  unit: DocumentUnit,
  key: JournalKey,
): Promise<boolean> {
  const record = unitAt(work, place);
  const { collated } = await work.retry(`read ${unit.collection}`, () =>
    collectionFacts(work.ports.db, unit.collection),
  );
  const target: WriteTarget = {
    db: work.ports.db,
    collection: unit.collection,
    maxWriteBatch: work.facts.maxWriteBatch,
    collated,
    fence: work.fence,
    waiting: waitingFor(work, unit.collection),
  };
  let refused = 0;
  let elsewhere = 0;
  for await (const items of journalled(work, key)) {
    if (mustStop(work)) return false;
    const standings = await work.retry(`verify ${unit.collection}`, () => standingsOf(target, items));
    const left = items.filter((item) => standings.get(item) === 'untouched');
    for (const standing of standings.values()) {
      if (standing === 'changed' || standing === 'gone') elsewhere += 1;
    }
    if (left.length > 0) refused += await writeAgain(work, place, target, left);
  }
  // Every one of them was met when the documents were written back, or was lost in between.
  if (refused > record.conflicts) record.conflicts = refused;
  else if (elsewhere + refused > record.conflicts) {
    work.ports.log.info(
      `${elsewhere + refused - record.conflicts} documents of ${unit.collection} were changed or deleted by somebody after they were restored`,
    );
  }
  return true;
}

/** Whether a document stands as `apply` left it. Reads only, until the first one. */
export async function documentsStandAsAfter(
  { db, retry, facts }: { db: Db; retry: Retry; facts: ServerFacts },
  journal: Journal,
  key: JournalKey,
  unit: DocumentUnit,
): Promise<boolean> {
  const target = { db, collection: unit.collection, maxWriteBatch: facts.maxWriteBatch };
  for await (const items of journalled({ journal }, key)) {
    const standings = await retry(`verify ${unit.collection}`, () => standingsOf(target, items));
    if (items.some((item) => standings.get(item) === 'untouched')) return true;
  }
  return false;
}

/** @returns how many the server refuses. */
async function writeAgain(
  work: Work,
  place: Place,
  target: WriteTarget,
  items: readonly Item[],
): Promise<number> {
  work.lease.assertHeld();
  const { conflicts } = await work.retry(`write ${target.collection}`, () =>
    writeItems(target, items, false),
  );
  const refused = conflicts.filter(({ reason }) => !isSkippable(reason));
  const standings = await work.retry(`verify ${target.collection}`, () => standingsOf(target, items));
  const left = items.filter((item) => standings.get(item) === 'untouched').length;
  if (left > refused.length) {
    throw new NotRestored(
      `${left - refused.length} documents of ${target.collection} are still as they were rolled back, although the server acknowledged that they were restored`,
    );
  }
  sampleConflicts(work, place, refused);
  return refused.length;
}

/** The undoing writes of a unit, as many at once as can be read at once. */
async function* journalled(work: Pick<Work, 'journal'>, key: JournalKey): AsyncGenerator<Item[]> {
  let items: Item[] = [];
  let bytes = 0;
  for await (const entry of work.journal.entries(key)) {
    if (entry.conflict !== undefined) continue;
    const prepared = prepareItem(entry.id, reversed(entry.edits));
    if (isConflict(prepared)) continue;
    items.push(prepared);
    bytes += entry.size;
    if (items.length < READ_AT_ONCE && bytes < BATCH_BYTES) continue;
    yield items;
    items = [];
    bytes = 0;
  }
  if (items.length > 0) yield items;
}
