import { type Db, type Document, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Reversal } from '../../../src/rollback/reversals/expand.ts';
import type { StepDefinition } from '../../../src/rollback/steps/catalogue.ts';
import { intercept, overriding } from './intercept.ts';
import { builtIn, Session, snapshot } from './session.ts';

/** What somebody else, or the server, does while a run is at work. */
let session: Session;
let before: Map<string, string>;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await orders().insertMany(
    Array.from({ length: 60 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: `sub-${n}` })),
  );
  before = await snapshot(session, 'orders');
});
afterEach(() => session.close());

const orders = () => session.db.collection<Document>('orders');
const own = (reversal: Reversal): StepDefinition[] => [
  {
    step: 'own',
    name: 'own',
    effect: 'Ours.',
    risk: 'low',
    reversibility: 'irreversible',
    dependents: [],
    reversals: [reversal],
  },
];

describe('an index', () => {
  const steps = own({ kind: 'drop-indexes', collection: 'orders', indexes: ['by_n'] });
  const indexes = async () =>
    (await orders().listIndexes().toArray()).map(({ name, key }) => `${name} ${Object.keys(key)}`).sort();
  beforeEach(() => orders().createIndex({ n: 1 }, { name: 'by_n' }));

  /** Somebody does this right after the intent was journalled. */
  const meanwhile = (act: () => Promise<unknown>) =>
    intercept(session.state, async (command, send) => {
      const answer = await send();
      if (command.insert === 'rollback_journal') await act();
      return answer;
    });

  test('that somebody makes another one of is a conflict: theirs stays, and there is nothing to restore', async () => {
    const state = meanwhile(async () => {
      await orders().dropIndex('by_n');
      await orders().createIndex({ subscription_id: 1 }, { name: 'by_n' });
    });
    expect(await session.run({ operation: 'apply', steps }, { state })).toMatchObject({
      failed: true,
      rollback: { steps: [{ state: 'conflicted', modified: 0, conflicts: 1 }] },
    });
    await expect(session.run({ operation: 'restore' })).rejects.toMatchObject({
      problems: [{ code: 'unknown-operation' }],
    });
    expect(await indexes()).toEqual(['_id_ _id', 'by_n subscription_id']);
  });

  test('that somebody drops at the same moment is what was wanted', async () => {
    const state = meanwhile(() => orders().dropIndex('by_n'));
    expect(await session.run({ operation: 'apply', steps }, { state })).toMatchObject({
      failed: false,
      rollback: { steps: [{ state: 'rolled_back', modified: 1 }] },
    });
    expect((await session.run({ operation: 'restore' })).failed).toBe(false);
    expect(await indexes()).toEqual(['_id_ _id', 'by_n n']);
  });

  test('that somebody has built again is restored already', async () => {
    await session.run({ operation: 'apply', steps });
    await orders().createIndex({ n: 1 }, { name: 'by_n' });
    expect(await session.run({ operation: 'restore' })).toMatchObject({
      failed: false,
      rollback: { steps: [{ state: 'restored', modified: 0, conflicts: 0 }] },
    });
  });

  test('that could not be dropped is dropped when it is resumed, from the intent in the journal', async () => {
    const db = intercept(session.db, async (command, send) => {
      if (command.dropIndexes) throw Object.assign(new Error('the user may not do this'), { code: 13 });
      return send();
    });
    expect(await session.run({ operation: 'apply', steps }, { db })).toMatchObject({
      failed: true,
      cause: expect.stringContaining('the user may not do this'),
    });
    expect((await session.run({ operation: 'resume' })).failed).toBe(false);
    expect(await indexes()).toEqual(['_id_ _id']);
    expect(await session.state.collection('rollback_journal').countDocuments()).toBe(1);
    await session.run({ operation: 'restore' });
    expect(await indexes()).toEqual(['_id_ _id', 'by_n n']);
  });

  test('that was dropped before the checkpoint could be written is restored all the same', async () => {
    const state = intercept(session.state, async (command, send) => {
      const set = command.update === 'rollback_operations' ? command.updates[0].u.$set : {};
      if (set['steps.0.units.0']?.state === 'done') throw Object.assign(new Error('no'), { code: 13 });
      return send();
    });
    expect((await session.run({ operation: 'apply', steps }, { state })).failed).toBe(true);
    expect(await indexes()).toEqual(['_id_ _id']);
    expect((await session.run({ operation: 'restore' })).failed).toBe(false);
    expect(await indexes()).toEqual(['_id_ _id', 'by_n n']);
  });
});

describe('documents', () => {
  const apply = { operation: 'apply', steps: builtIn('19'), batchSize: 20 } as const;

  test('that are as they were when the server says that it did not change them are written once more', async () => {
    let updates = 0;
    const db = intercept(session.db, async (command, send) =>
      command.update === 'orders' && ++updates === 1 ? { ok: 1, n: 0, nModified: 0 } : send(),
    );
    expect(await session.run(apply, { db })).toMatchObject({
      failed: false,
      rollback: { steps: [{ modified: 60, conflicts: 0 }] },
    });
    await session.run({ operation: 'restore' });
    expect(await snapshot(session, 'orders')).toEqual(before);
  });

  test('that a unique index refuses only in the closing check are conflicts', async () => {
    await session.run(apply);
    await orders().createIndex({ subscription_id: 1 }, { unique: true, sparse: true });
    let updates = 0;
    const db = intercept(session.db, async (command, send) => {
      if (command.update !== 'orders' || ++updates > 1) return send();
      await orders().insertOne({ n: 60, subscription_id: 'sub-7' });
      return { ok: 1, n: command.updates.length, nModified: command.updates.length };
    });
    expect(await session.run({ operation: 'restore' }, { db })).toMatchObject({
      failed: true,
      rollback: {
        steps: [{ state: 'conflicted', conflicts: 1, details: [expect.stringMatching(/unique$/)] }],
      },
    });
    expect(await orders().countDocuments({ subscription_id: 'sub-7' })).toBe(1);
    expect(await orders().countDocuments({ subscription_id: { $exists: true } })).toBe(60);
  });

  test('that are gone before a plan can show some of them', async () => {
    await orders().deleteMany({});
    const db = overriding(session.db, 'orders', () => ({ countDocuments: async () => 60 }));
    const plan = await session.run({ operation: 'plan', steps: builtIn('19') }, { db });
    expect(plan.rollback?.steps[0]?.details).toEqual([
      expect.stringMatching(/: 60 documents$/),
      expect.stringMatching(/^undo: /),
    ]);
  });

  test('few of very many are looked for by an index, not by a walk through all', async () => {
    const finds = async (db: Db) => {
      session.commands.length = 0;
      expect((await session.run(apply, { db })).failed).toBe(false);
      await session.run({ operation: 'restore' });
      return session.commands
        .map(({ command }) => command)
        .filter(
          (command) =>
            command.find === 'orders' &&
            (command.projection as Document | undefined)?.subscription_id &&
            command.batchSize,
        )
        .map(({ hint, sort }) => ({ hint, sort }));
    };
    expect(await finds(session.db)).toContainEqual({ hint: { _id: 1 }, sort: undefined });
    const large = overriding(session.db, 'orders', () => ({ estimatedDocumentCount: async () => 200_000 }));
    const few = await finds(large);
    expect(few.map(({ hint }) => hint)).not.toContainEqual({ _id: 1 });
    expect(few.map(({ sort }) => Object.fromEntries(sort as never))).toContainEqual({ _id: 1 });
  });

  test.each([
    { code: 43, what: 'was forgotten by the server', nth: 2 },
    { code: 43, what: 'was forgotten behind the last document', nth: 3 },
    { code: 11600, what: 'was lost with the primary', nth: 2 },
  ])('behind a cursor that $what are read by another', async ({ code, nth }) => {
    let opened = 0;
    const db = overriding(session.db, 'orders', (real) => ({
      find: (filter: Document, options: object) => {
        const cursor = real.find(filter, options);
        if (++opened > 1) return cursor;
        let asked = 0;
        const next = cursor.next.bind(cursor);
        return Object.assign(cursor, {
          next: async () => {
            if (++asked === nth) throw Object.assign(new Error('no cursor'), { code });
            return next();
          },
        });
      },
    }));
    expect(await session.run({ ...apply, batchSize: 15 }, { db })).toMatchObject({
      failed: false,
      rollback: { steps: [{ modified: 60, conflicts: 0 }] },
    });
    expect(opened).toBeGreaterThan(1);
    expect(await session.state.collection('rollback_journal').countDocuments()).toBe(60);
  });
});

test('references by _id, where many documents refer to nothing', async () => {
  await session.db
    .collection<Document>('customers')
    .insertMany([{ _id: 1 as never, legacy: 'one' }, { _id: 2 as never }]);
  await orders().updateOne({ n: 40 }, { $set: { customer: 1 } });
  await orders().updateOne({ n: 41 }, { $set: { customer: 2 } });
  before = await snapshot(session, 'orders');
  const steps = own({
    kind: 'copy-by-reference',
    references: [{ collection: 'orders', field: 'customer' }],
    map: { collection: 'customers', from: '_id', to: 'legacy' },
  });
  expect(await session.run({ operation: 'apply', steps, batchSize: 10 })).toMatchObject({
    failed: false,
    rollback: { steps: [{ modified: 1 }] },
  });
  expect(await orders().findOne({ n: 40 })).toMatchObject({ customer: 'one' });
  await session.run({ operation: 'restore' });
  expect(await snapshot(session, 'orders')).toEqual(before);
});
