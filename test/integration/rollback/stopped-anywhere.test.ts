import { type Document, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Reversal } from '../../../src/rollback/reversals/expand.ts';
import type { StepDefinition } from '../../../src/rollback/steps/catalogue.ts';
import { intercept } from './intercept.ts';
import { Session, snapshot } from './session.ts';

/** A run can be told to stop at any point: it ends where it can be resumed, and nothing is done twice. */
let session: Session;
let before: Map<string, string>[];
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  for (const name of ['orders', 'users']) {
    await session.db
      .collection(name)
      .insertMany(Array.from({ length: 30 }, (_, n) => ({ _id: new ObjectId(), n, a: `a-${n}`, b: n })));
  }
  before = await both();
});
afterEach(() => session.close());

const both = async () => [await snapshot(session, 'orders'), await snapshot(session, 'users')];
const unset = (collection: string, field: string): Reversal => ({
  kind: 'unset-fields',
  collection,
  fields: [field],
});
const own = (step: string, ...reversals: Reversal[]): StepDefinition => ({
  step,
  name: step,
  effect: 'Ours.',
  risk: 'low',
  reversibility: 'irreversible',
  dependents: [],
  reversals,
});
const two = [own('first', unset('orders', 'a')), own('second', unset('users', 'a'))];
const twoUnits = [own('both', unset('orders', 'a'), unset('users', 'a'))];

/** Ports of a run that is told to stop once a checkpoint says so. */
function stopAt(reached: (set: Document) => unknown) {
  const stop = new AbortController();
  const state = intercept(session.state, async (command, send) => {
    const answer = await send();
    if (command.update === 'rollback_operations' && reached(command.updates[0].u.$set)) {
      stop.abort(new Error('stop'));
    }
    return answer;
  });
  return { state, signal: stop.signal };
}

/** How many updates of each collection a run sends. */
async function updatesOf(run: () => Promise<unknown>) {
  session.commands.length = 0;
  await run();
  const sent = (name: string) => session.commands.filter(({ command }) => command.update === name).length;
  return { orders: sent('orders'), users: sent('users') };
}

const interrupted = { failed: true, rollback: { state: 'interrupted' } };
const resume = async (more: object = {}) =>
  expect(await session.run({ operation: 'resume', ...more })).toMatchObject({ failed: false });

describe('apply', () => {
  test.each<[string, StepDefinition[], (set: Document) => unknown]>([
    ['between STEPs', two, (set) => set['steps.0.state'] === 'rolled_back'],
    ['between units', twoUnits, (set) => set['steps.0.units.0']?.state === 'done'],
  ])(
    'stopped %s: the rest is done when it is resumed, the first not again',
    async (_name, steps, reached) => {
      expect(await session.run({ operation: 'apply', steps }, stopAt(reached))).toMatchObject(interrupted);
      expect(await session.db.collection('users').countDocuments({ a: { $exists: true } })).toBe(30);
      const [entry] = (await session.run({ operation: 'history' })).rollback?.history ?? [];
      expect(entry).toMatchObject({ state: 'interrupted', modified: 30 });
      expect(entry).not.toHaveProperty('finishedAt');
      expect(await updatesOf(resume)).toEqual({ orders: 0, users: 1 });
      expect((await session.run({ operation: 'restore' })).failed).toBe(false);
      expect(await both()).toEqual(before);
    },
  );

  test('stopped while the server fails: it was told to stop, and did not fail', async () => {
    const stop = new AbortController();
    const db = intercept(session.db, async (command, send) => {
      if (command.update !== 'orders') return send();
      stop.abort(new Error('stop'));
      throw new Error('the server is shutting down');
    });
    const cut = await session.run({ operation: 'apply', steps: two }, { db, signal: stop.signal });
    expect(cut).toMatchObject(interrupted);
    expect(cut.rollback?.steps[0]).not.toHaveProperty('error');
    await resume();
  });

  test('stopped while it replays what was journalled before', async () => {
    const failing = intercept(session.db, async (command, send) => {
      if (command.update === 'orders') throw new Error('no');
      return send();
    });
    const options = { operation: 'apply', steps: two, batchSize: 10 } as const;
    expect((await session.run(options, { db: failing })).failed).toBe(true);
    const stop = new AbortController();
    const db = intercept(session.db, async (command, send) => {
      if (command.update === 'orders') stop.abort(new Error('stop'));
      return send();
    });
    const cut = await session.run({ operation: 'resume', batchSize: 5 }, { db, signal: stop.signal });
    expect(cut).toMatchObject(interrupted);
    await resume();
    expect((await session.run({ operation: 'restore' })).failed).toBe(false);
    expect(await both()).toEqual(before);
  });

  test('what somebody has changed between journal and write is left alone by the replay and the scan', async () => {
    const failing = intercept(session.db, async (command, send) => {
      if (command.update === 'orders') throw new Error('no');
      return send();
    });
    await session.run({ operation: 'apply', steps: two }, { db: failing });
    await session.db.collection('orders').updateOne({ n: 3 }, { $set: { a: 'theirs' } });
    await session.db.collection('orders').deleteOne({ n: 4 });
    expect(await session.run({ operation: 'resume', onConflict: 'skip', batchSize: 7 })).toMatchObject({
      failed: false,
      rollback: {
        steps: [
          { state: 'conflicted', modified: 28, conflicts: 2 },
          { state: 'rolled_back', modified: 30 },
        ],
      },
    });
    expect(await session.db.collection('orders').findOne({ n: 3 })).toMatchObject({ a: 'theirs' });
  });

  test('killed between the note of a conflict and its checkpoint: counted once, never restored over', async () => {
    let broken = true;
    const state = intercept(session.state, async (command, send) => {
      const set = command.update === 'rollback_operations' ? command.updates[0].u.$set : {};
      if (broken && set['steps.0.units.0']?.conflicts === 1)
        throw Object.assign(new Error('no'), { code: 13 });
      const answer = await send();
      if (broken && command.insert === 'rollback_journal') {
        await session.db.collection('orders').updateOne({ n: 3 }, { $set: { a: 'theirs' } });
      }
      return answer;
    });
    expect((await session.run({ operation: 'apply', steps: two }, { state })).failed).toBe(true);
    broken = false;
    expect(await session.run({ operation: 'resume', onConflict: 'skip' })).toMatchObject({
      failed: false,
      rollback: { steps: [{ state: 'conflicted', modified: 29, conflicts: 1 }, {}] },
    });
    await session.db.collection('orders').updateOne({ n: 3 }, { $unset: { a: '' } });
    expect((await session.run({ operation: 'restore' })).failed).toBe(false);
    expect(await session.db.collection('orders').findOne({ n: 3 })).not.toHaveProperty('a');
    expect(await session.db.collection('orders').findOne({ n: 4 })).toMatchObject({ a: 'a-4' });
  });

  test('a STEP with conflicts that are to be passed over is not run again', async () => {
    const state = intercept(session.state, async (command, send) => {
      const answer = await send();
      if (command.insert === 'rollback_journal') {
        await session.db.collection('orders').updateOne({ n: 3 }, { $set: { a: 'theirs' } });
      }
      return answer;
    });
    const failed = await session.run({ operation: 'apply', steps: two }, { state });
    expect(failed).toMatchObject({
      failed: true,
      rollback: { steps: [{ conflicts: 1 }, { state: 'pending' }] },
    });
    expect(await updatesOf(() => resume({ onConflict: 'skip' }))).toEqual({ orders: 0, users: 1 });
  });

  test('a collection that nobody may change any more fails the STEP', async () => {
    await session.run(
      { operation: 'apply', steps: two },
      stopAt((set) => set['steps.0.state'] === 'rolled_back'),
    );
    const db = new Proxy(session.db, {
      get: (target, property) => {
        if (property === 'listCollections')
          return () => ({ toArray: async () => [{ type: 'collection', options: { capped: true } }] });
        const value = Reflect.get(target, property, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    expect(await session.run({ operation: 'resume' }, { db })).toMatchObject({
      failed: true,
      cause: expect.stringContaining('STEP second failed: users is capped'),
    });
    expect(await session.db.collection('users').countDocuments({ a: { $exists: true } })).toBe(30);
  });

  test('a name that somebody took meanwhile fails the STEP, and theirs stays', async () => {
    const steps = [
      own('both', unset('orders', 'a'), { kind: 'rename-collection', collection: 'users', to: 'people' }),
    ];
    await session.run(
      { operation: 'apply', steps },
      stopAt((set) => set['steps.0.units.0']?.state === 'done'),
    );
    await session.db.collection('people').insertOne({ theirs: true });
    expect(await session.run({ operation: 'resume' })).toMatchObject({
      failed: true,
      cause: expect.stringContaining('users cannot be renamed to people, because people exists already'),
    });
    expect(await session.db.collection('people').countDocuments({ theirs: true })).toBe(1);
    const plan = await session.run({ operation: 'plan', steps });
    expect(plan).toMatchObject({ failed: true });
    expect(plan.rollback?.steps[0]?.details?.join()).toContain('cannot be done: users cannot be renamed');
  });
});

describe('restore', () => {
  test.each<[string, StepDefinition[], (set: Document) => unknown]>([
    ['between STEPs', two, (set) => set['steps.0.state'] === 'restored'],
    ['between units', twoUnits, (set) => set['steps.0.units.1']?.state === 'done'],
  ])('stopped %s: the rest comes back when it is resumed', async (_name, steps, reached) => {
    await session.run({ operation: 'apply', steps });
    expect(await session.run({ operation: 'restore' }, stopAt(reached))).toMatchObject(interrupted);
    expect(await session.db.collection('orders').countDocuments({ a: { $exists: true } })).toBe(0);
    expect(await updatesOf(resume)).toEqual({ orders: 1, users: 0 });
    expect(await both()).toEqual(before);
  });

  test('stopped before its closing check: the check is made when it is resumed', async () => {
    await session.run({ operation: 'apply', steps: twoUnits });
    const cut = await session.run(
      { operation: 'restore' },
      stopAt((set) => set['steps.0.units.1']?.batch === 1),
    );
    expect(cut).toMatchObject(interrupted);
    // Lost in between, though the server had acknowledged it.
    await session.db.collection('users').updateOne({ n: 7 }, { $unset: { a: '' } });
    await resume();
    expect((await both()).map((found) => found.size)).toEqual([30, 30]);
    expect(await session.db.collection('users').findOne({ n: 7 })).toMatchObject({ a: 'a-7' });
  });

  test('stopped while the server fails: it was told to stop, and did not fail', async () => {
    await session.run({ operation: 'apply', steps: two });
    const stop = new AbortController();
    const db = intercept(session.db, async (command, send) => {
      if (command.update !== 'orders') return send();
      stop.abort(new Error('stop'));
      throw new Error('the server is shutting down');
    });
    expect(await session.run({ operation: 'restore' }, { db, signal: stop.signal })).toMatchObject(
      interrupted,
    );
    await resume();
    expect(await both()).toEqual(before);
  });

  test('a STEP with conflicts that are to be passed over is not run again', async () => {
    await session.run({ operation: 'apply', steps: two });
    await session.db.collection('users').updateOne({ n: 3 }, { $set: { a: 'theirs' } });
    expect(await session.run({ operation: 'restore' })).toMatchObject({
      failed: true,
      rollback: { steps: [{ state: 'conflicted', conflicts: 1 }, { state: 'pending' }] },
    });
    expect(await updatesOf(() => resume({ onConflict: 'skip' }))).toEqual({ orders: 1, users: 0 });
    expect(await snapshot(session, 'orders')).toEqual(before[0]);
  });
});
