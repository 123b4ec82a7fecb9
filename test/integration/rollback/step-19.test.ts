import { Binary, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { LeaseHeldError } from '../../../src/support/errors.ts';
import { builtIn, Session, snapshot } from './session.ts';

const WRITES = new Set([
  'insert',
  'update',
  'delete',
  'findAndModify',
  'create',
  'createIndexes',
  'dropIndexes',
  'drop',
  'dropDatabase',
  'renameCollection',
  'collMod',
  'bulkWrite',
  'aggregate:out',
]);

let session: Session;
beforeEach(() => {
  session = new Session(inject('mongoUri'));
});
afterEach(() => session.close());

const VALUES = [
  new ObjectId(),
  'sub-1',
  new Int32(1),
  new Double(1),
  Long.fromNumber(1),
  Decimal128.fromString('1.0'),
  null,
  Number.NaN,
  new Double(-0),
  new Date(0),
  new Binary(Buffer.alloc(16, 7), 4),
  [1, [2, new Double(3)]],
  { b: 1, a: [null] },
  new Map<string, unknown>([
    ['1', 'x'],
    ['0', new Double(2)],
  ]),
  { $gt: 1, 'a.b': 2 },
  [],
  {},
  true,
  '',
  [[5, 6]],
];

async function seed(count: number): Promise<void> {
  const orders = Array.from({ length: count }, (_, n) => {
    const base = { _id: new ObjectId(), number: n, status: 'PENDING' };
    return n % 25 === 24 ? base : { ...base, subscription_id: VALUES[n % VALUES.length] };
  });
  await session.db.collection('orders').insertMany(orders);
  session.commands.length = 0;
}

describe('STEP 19', () => {
  test('plan writes nothing, apply unsets all, again modifies none, restore brings all back', async () => {
    await seed(10_000);
    const before = await snapshot(session, 'orders');
    session.commands.length = 0;

    const plan = await session.run({ operation: 'plan', steps: builtIn('19') });
    expect(plan.rollback?.steps[0]?.matched).toBe(9_600);
    expect(session.commands.filter(({ name }) => WRITES.has(name))).toEqual([]);
    expect(await session.state.listCollections().toArray()).toEqual([]);

    const applied = await session.run({
      operation: 'apply',
      steps: builtIn('19'),
      planDigest: plan.rollback?.planDigest ?? '',
    });
    expect(applied).toMatchObject({
      failed: false,
      rollback: { state: 'succeeded', steps: [{ state: 'rolled_back', modified: 9_600 }] },
    });
    expect(await session.db.collection('orders').countDocuments({ subscription_id: { $exists: true } })).toBe(
      0,
    );

    const again = await session.run({ operation: 'apply', steps: builtIn('19') });
    expect(again).toMatchObject({ failed: false, rollback: { steps: [{ state: 'skipped', modified: 0 }] } });

    const restored = await session.run({
      operation: 'restore',
      operationId: applied.rollback?.operationId ?? '',
    });
    expect(restored).toMatchObject({
      failed: false,
      rollback: { state: 'succeeded', steps: [{ state: 'restored', modified: 9_600 }] },
    });
    expect(await snapshot(session, 'orders')).toEqual(before);
  });

  test('a document that was changed meanwhile is a conflict and left alone', async () => {
    await seed(100);
    const applied = await session.run({ operation: 'apply', steps: builtIn('19') });
    await session.db.collection('orders').updateOne({ number: 0 }, { $set: { subscription_id: 'newer' } });
    await session.db.collection('orders').deleteOne({ number: 1 });
    const restored = await session.run({
      operation: 'restore',
      operationId: applied.rollback?.operationId ?? '',
    });
    expect(restored).toMatchObject({
      failed: true,
      rollback: { steps: [{ state: 'conflicted', modified: 94, conflicts: 2 }] },
    });
    expect(await session.db.collection('orders').findOne({ number: 0 })).toMatchObject({
      subscription_id: 'newer',
    });
    expect(await session.db.collection('orders').countDocuments()).toBe(99);
  });

  test('of two at once one runs, the other is told who holds the lease', async () => {
    await seed(2_000);
    const runs = await Promise.allSettled([
      session.run({ operation: 'apply', steps: builtIn('19') }, { run: { actor: 'ann', host: 'runner-a' } }),
      session.run({ operation: 'apply', steps: builtIn('19') }, { run: { actor: 'bob', host: 'runner-b' } }),
    ]);
    const won = runs.findIndex((run) => run.status === 'fulfilled');
    const lost = runs[1 - won];
    expect(runs[won]).toMatchObject({ value: { failed: false, rollback: { steps: [{ modified: 1_920 }] } } });
    expect(lost?.status === 'rejected' && lost.reason).toBeInstanceOf(LeaseHeldError);
    expect(lost?.status === 'rejected' && lost.reason.message).toContain(
      won === 0 ? 'ann on runner-a' : 'bob on runner-b',
    );
  });
});
