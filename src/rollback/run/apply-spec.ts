import type { Db } from 'mongodb';
import { type RawValue, rawOf } from '../bson/raw.ts';
import { collectionFacts } from '../mongo/collections.ts';
import { specImpossible } from '../plan/plan.ts';
import { type Batch, type Conflict, type Item, sizeOf } from '../reversals/batch.ts';
import type { SpecUnit } from '../reversals/unit.ts';
import { type SpecKind, specKind } from '../specs/spec.ts';
import type { Journal, JournalEntry, JournalKey } from '../store/journal.ts';
import { journalKey, noteConflicts, type Place, saveUnit, stepAt, unitAt, type Work } from './context.ts';

interface Change {
  readonly before: RawValue | undefined;
  readonly after: RawValue | undefined;
}

/**
 * Changes an index, a validator or a collection's name: intent (the whole old specification in the journal) →
 * act → verify → done. A run killed at any point finds the intent and looks what is there now.
 * @throws Error where the change is not there afterwards
 */
export async function applySpec(work: Work, place: Place, unit: SpecUnit): Promise<void> {
  const { db } = work.ports;
  const record = unitAt(work, place);
  const kind = specKind(unit);
  const intent = await findIntent(work, place, kind);
  if (intent === undefined) {
    const facts = await work.retry(`read ${unit.collection}`, () => collectionFacts(db, unit.collection));
    const impossible = specImpossible(unit, facts);
    if (impossible) throw new Error(impossible);
    const target = kind.target(await kind.read(db));
    if ('blocked' in target) throw new Error(target.blocked);
    if ('nothing' in target) {
      work.ports.log.info(target.nothing);
      record.state = 'done';
      await saveUnit(work, place);
      return;
    }
    record.state = 'running';
    await saveUnit(work, place);
    await writeIntent(work, place, kind, target.change);
  }
  const change = intent ?? (await findIntent(work, place, kind));
  if (change === undefined) throw new Error(`the intent to ${unit.summary} is not in the journal`);
  const outcome = await work.retry(unit.summary, () =>
    bring(work, kind, { from: change.before, to: change.after }),
  );
  record.batch = 1;
  record.journaled = 1;
  if (outcome.kind === 'conflict') {
    const conflict = specConflict(kind.id, outcome);
    await work.journal.markConflicts(journalKey(work.record._id, stepAt(work, place), place.unit), [
      conflict,
    ]);
    noteConflicts(work, place, [conflict]);
  } else record.modified = 1;
  record.state = 'done';
  await saveUnit(work, place);
}

/** What became of one change; `detail` says what another writer made that stands in the way. */
export type SpecOutcome =
  | { readonly kind: 'done' | 'already' }
  | { readonly kind: 'conflict'; readonly detail?: string };

/** A specification that another writer changed, as a conflict. Pure. */
export function specConflict(id: string, { detail }: { detail?: string }): Conflict {
  return { id: rawOf(id), reason: 'changed', ...(detail === undefined ? {} : { detail }) };
}

/** What `restore` does with it: from after back to before. */
export async function restoreSpec(work: Work, unit: SpecUnit, change: Change): Promise<SpecOutcome> {
  return work.retry(`undo: ${unit.summary}`, () =>
    bring(work, specKind(unit), { from: change.after, to: change.before }),
  );
}

/** Whether what a unit's journal holds stands as `apply` left it. Reads only. */
export async function specStandsAsAfter(
  db: Db,
  journal: Journal,
  key: JournalKey,
  unit: SpecUnit,
): Promise<boolean> {
  const kind = specKind(unit);
  for await (const entry of journal.entries(key)) {
    if (entry.conflict === undefined && kind.same(await kind.read(db), specChange(entry).after)) return true;
  }
  return false;
}

/** The change that a spec unit's journal entry holds. */
export function specChange(entry: JournalEntry): Change {
  const edit = entry.edits[0];
  return { before: edit?.before, after: edit?.after };
}

async function bring(
  { lease, ports: { db } }: Work,
  kind: SpecKind,
  { from, to }: { from: RawValue | undefined; to: RawValue | undefined },
): Promise<SpecOutcome> {
  const current = await kind.read(db);
  if (kind.same(current, to)) return { kind: 'already' };
  if (!kind.same(current, from)) return { kind: 'conflict' };
  // No such command takes a condition: it is not sent once the lease may have passed on.
  lease.assertHeld();
  try {
    await kind.act(db, { from, to });
  } catch (error) {
    const detail = kind.inTheWay?.(error);
    if (detail === undefined) throw error;
    return { kind: 'conflict', detail };
  }
  const reached = await kind.read(db);
  if (!kind.same(reached, to)) {
    throw new Error(
      `the server reported success, but ${kind.id} is not as it should be: ${kind.show(reached)}`,
    );
  }
  return { kind: 'done' };
}

async function findIntent(work: Work, place: Place, kind: SpecKind): Promise<Change | undefined> {
  const key = journalKey(work.record._id, stepAt(work, place), place.unit);
  for await (const entry of work.journal.entries(key)) {
    if (entry.id.type === rawOf('').type && String(idText(entry.id)) === kind.id) return specChange(entry);
  }
  return undefined;
}

async function writeIntent(work: Work, place: Place, kind: SpecKind, change: Change): Promise<void> {
  const edits = [{ field: 'specification', ...change }];
  const item: Item = { id: rawOf(kind.id), edits, size: sizeOf(edits) };
  const batch: Batch = { number: 1, items: [item], refused: [], lastId: undefined };
  await work.journal.insert(journalKey(work.record._id, stepAt(work, place), place.unit), batch);
}

function idText(id: RawValue): string {
  return Buffer.from(id.bytes.buffer, id.bytes.byteOffset + 4, id.bytes.length - 5).toString('utf8');
}
