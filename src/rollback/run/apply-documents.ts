import type { Db } from 'mongodb';
import { collectionFacts } from '../mongo/collections.ts';
import { countLeft } from '../plan/plan.ts';
import { referencesLeft } from '../plan/references.ts';
import type { DocumentUnit } from '../reversals/unit.ts';
import { type Place, saveUnit, stepAt, unitAt, type Work } from './context.ts';
import { DocumentRun } from './document-run.ts';
import { countJournal } from './verify-journal.ts';
import { writersFor } from './writers.ts';

/** Documents that came in behind the scan are fetched by another pass; an application that never stops ends it. */
const MOST_PASSES = 4;

/** Documents are still to be changed after several passes. */
class NotVerified extends Error {
  override readonly name = 'NotVerified';
}

/**
 * Applies a unit's reversal to its documents, from wherever an earlier run had come to.
 * @returns false where the run was told to stop; it can be resumed then.
 * @throws NotVerified, Fenced, LeaseLost, and what the server answers
 */
export async function applyDocuments(work: Work, place: Place, unit: DocumentUnit): Promise<boolean> {
  const { db } = work.ports;
  const record = unitAt(work, place);
  const facts = await work.retry(`read ${unit.collection}`, () => collectionFacts(db, unit.collection));
  if (facts.unfit) throw new Error(facts.unfit);
  const all = facts.exists
    ? await work.retry(`size up ${unit.collection}`, () =>
        db.collection(unit.collection).estimatedDocumentCount(),
      )
    : 0;
  if (
    record.state === 'pending' &&
    record.matched === 0 &&
    (await countLeft({ db, retry: work.retry }, unit)) === 0
  ) {
    record.state = 'done';
    await saveUnit(work, place);
    return true;
  }
  const run = new DocumentRun(work, place, unit, {
    collated: facts.collated,
    few: isFew(record.matched, all),
    writers: await writersFor(work, unit),
  });
  const step = stepAt(work, place);
  if (record.state === 'running') {
    await countJournal(work.journal, work.record._id, step, place.unit);
    if (!(await run.replay())) return false;
  } else {
    record.state = 'running';
    await saveUnit(work, place);
  }
  for (; record.pass <= MOST_PASSES; record.pass++) {
    if (!(await run.pass())) return false;
    // What was left alone still matches the filter; only more than that is a reason to look again.
    const left = await work.retry(`verify ${unit.collection}`, () => leftOf(db, unit));
    if (left === 0 || (record.pass > 1 && run.changedInPass === 0)) {
      await countJournal(work.journal, work.record._id, step, place.unit);
      record.state = 'done';
      await saveUnit(work, place);
      return true;
    }
    record.lastId = null;
  }
  throw new NotVerified(
    `${unit.collection} does not come to rest: after ${MOST_PASSES} passes there are still documents to change. ` +
      'Does the application still write what this STEP takes away? Stop or roll it back first, then resume.',
  );
}

/** How many documents are left to change; of references only whether any are. */
async function leftOf(db: Db, unit: DocumentUnit): Promise<number> {
  if (unit.lookup && (await referencesLeft(db, unit)) === false) return 0;
  return db.collection(unit.collection).countDocuments(unit.filter);
}

/** Below one in a hundred an index on the field, if there is one, is worth more than the walk along `_id`. */
function isFew(matched: number, all: number): boolean {
  return all > 100_000 && matched * 100 < all;
}
