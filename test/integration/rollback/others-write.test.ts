import { MongoClient, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { Fenced } from '../../../src/rollback/store/operations.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { intercept } from './intercept.ts';
import { builtIn, Session, snapshot } from './session.ts';

let session: Session;
let other: MongoClient;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  other = new MongoClient(inject('mongoUri'));
  await orders().insertMany(
    Array.from({ length: 60 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: `sub-${n}` })),
  );
});
afterEach(async () => {
  await other.close();
  await session.close();
});

const orders = () => session.db.collection('orders');
/** The same collection as somebody else sees it. */
const theirs = () => other.db(session.name).collection('orders');

describe('documents that somebody else writes', () => {
  test('between plan and apply: an approved plan is stale then', async () => {
    const plan = await session.run({ operation: 'plan', steps: builtIn('19') });
    const planDigest = plan.rollback?.planDigest ?? '';
    await theirs().insertOne({ n: 60, subscription_id: 'new' });
    await expect(session.run({ operation: 'apply', steps: builtIn('19'), planDigest })).rejects.toThrow(
      /stale \(STEP 19 orders: 60 documents then, 61 now\)/,
    );
    expect(await orders().countDocuments({ subscription_id: { $exists: true } })).toBe(61);
    await theirs().deleteOne({ n: 60 });
    expect(await session.run({ operation: 'apply', steps: builtIn('19'), planDigest })).toMatchObject({
      failed: false,
    });
  });

  test('between read and write: a conflict, left alone, and never restored over', async () => {
    const state = intercept(session.state, async (command, send) => {
      const answer = await send();
      if (command.insert === 'rollback_journal') {
        await theirs().updateOne({ n: 3 }, { $set: { subscription_id: 'theirs' } });
        await theirs().deleteOne({ n: 4 });
      }
      return answer;
    });
    const applied = await session.run({ operation: 'apply', steps: builtIn('19') }, { state });
    expect(applied).toMatchObject({
      failed: true,
      rollback: { state: 'partially_applied', steps: [{ state: 'conflicted', modified: 58, conflicts: 2 }] },
    });
    expect(applied.rollback?.steps[0]?.details?.join('\n')).toMatch(/changed[\s\S]*gone|gone[\s\S]*changed/);
    expect(await orders().findOne({ n: 3 })).toMatchObject({ subscription_id: 'theirs' });

    // Even when they take their own value away again, what we never took is not put back.
    await theirs().updateOne({ n: 3 }, { $unset: { subscription_id: '' } });
    const restored = await session.run({
      operation: 'restore',
      operationId: applied.rollback?.operationId ?? '',
    });
    expect(restored).toMatchObject({ failed: false, rollback: { steps: [{ modified: 58, conflicts: 0 }] } });
    expect(await orders().findOne({ n: 3 })).not.toHaveProperty('subscription_id');
    expect(await orders().findOne({ n: 6 })).toMatchObject({ subscription_id: 'sub-6' });
  });

  test('somebody else takes the same field away at the same moment: that is what was wanted', async () => {
    const state = intercept(session.state, async (command, send) => {
      const answer = await send();
      if (command.insert === 'rollback_journal') {
        await theirs().updateOne({ n: 3 }, { $set: { subscription_id: 'theirs' } });
        await theirs().updateOne({ n: 5 }, { $unset: { subscription_id: '' } });
      }
      return answer;
    });
    const applied = await session.run({ operation: 'apply', steps: builtIn('19') }, { state });
    expect(applied.rollback?.steps[0]).toMatchObject({ modified: 59, conflicts: 1 });
    expect(await orders().findOne({ n: 3 })).toMatchObject({ subscription_id: 'theirs' });
  });

  test('behind the scan: another pass fetches them, and an application that never stops is told of', async () => {
    let late = 0;
    const db = intercept(session.db, async (command, send) => {
      const answer = await send();
      // Ids below all others are behind the scan.
      if (command.update === 'orders' && late < 3) {
        late += 1;
        await theirs().insertOne({
          _id: new ObjectId(`00000000000000000000000${late}`),
          n: 100 + late,
          subscription_id: 'late',
        });
      }
      return answer;
    });
    const applied = await session.run({ operation: 'apply', steps: builtIn('19') }, { db });
    expect(applied).toMatchObject({
      failed: false,
      rollback: { steps: [{ state: 'rolled_back', modified: 63 }] },
    });
    expect(await orders().countDocuments({ subscription_id: { $exists: true } })).toBe(0);

    await session.run({ operation: 'restore', operationId: applied.rollback?.operationId ?? '' });
    let n = 1_000;
    const busy = intercept(session.db, async (command, send) => {
      const answer = await send();
      if (command.update === 'orders')
        await theirs().insertOne({
          _id: new ObjectId(`00000000000000000000${n++}`),
          subscription_id: 'more',
        });
      return answer;
    });
    const restless = await session.run({ operation: 'apply', steps: builtIn('19') }, { db: busy });
    expect(restless).toMatchObject({ failed: true, rollback: { steps: [{ state: 'rollback_failed' }] } });
    expect(restless.cause).toContain('does not come to rest');
  });

  test('what we rolled back is written again by the application: reported, and left alone', async () => {
    let written = false;
    const db = intercept(session.db, async (command, send) => {
      const answer = await send();
      if (command.update === 'orders' && !written) {
        written = true;
        await theirs().updateOne({ n: 1 }, { $set: { subscription_id: 'again' } });
      }
      return answer;
    });
    const applied = await session.run(
      // In a transaction the application would have to wait until all of it is done.
      { operation: 'apply', steps: builtIn('19'), transactions: 'never' },
      { db },
    );
    expect(applied).toMatchObject({
      failed: true,
      rollback: { steps: [{ state: 'conflicted', conflicts: 1 }] },
    });
    expect(applied.rollback?.steps[0]?.details?.join()).toContain('written again');
    expect(await orders().findOne({ n: 1 })).toMatchObject({ subscription_id: 'again' });
  });

  test('between apply and restore: changed, deleted and inserted ones stay as they are', async () => {
    const applied = await session.run({ operation: 'apply', steps: builtIn('19') });
    await theirs().updateOne({ n: 1 }, { $set: { subscription_id: null } });
    await theirs().deleteOne({ n: 2 });
    await theirs().insertOne({ n: 60 });
    await theirs().updateOne({ n: 3 }, { $set: { unrelated: true } });
    const restored = await session.run({
      operation: 'restore',
      operationId: applied.rollback?.operationId ?? '',
      onConflict: 'skip',
    });
    expect(restored).toMatchObject({
      failed: false,
      rollback: { state: 'succeeded', steps: [{ state: 'conflicted', modified: 58, conflicts: 2 }] },
    });
    expect(await orders().findOne({ n: 1 })).toMatchObject({ subscription_id: null });
    expect(await orders().findOne({ n: 60 })).not.toHaveProperty('subscription_id');
    expect(await orders().findOne({ n: 3 })).toMatchObject({ subscription_id: 'sub-3', unrelated: true });
  });

  test('a unique index that refuses a restored value', async () => {
    await orders().createIndex({ subscription_id: 1 }, { unique: true, sparse: true });
    const applied = await session.run({ operation: 'apply', steps: builtIn('19') });
    await theirs().insertOne({ n: 60, subscription_id: 'sub-7' });
    const restored = await session.run({
      operation: 'restore',
      operationId: applied.rollback?.operationId ?? '',
    });
    expect(restored).toMatchObject({ failed: true, rollback: { steps: [{ modified: 59, conflicts: 1 }] } });
    expect(restored.rollback?.steps[0]?.details).toEqual([
      expect.stringMatching(/^left alone: orders [0-9a-f]{24}: unique$/),
    ]);
    expect(await orders().findOne({ n: 7 })).not.toHaveProperty('subscription_id');
  });
});

test('a wall clock that goes back while it runs does not let go of the lease', async () => {
  let back = 0;
  const ends: number[] = [];
  const db = intercept(session.db, async (command, send) => {
    const answer = await send();
    if (command.update === 'orders' && back === 0) {
      back = 3_600_000;
      const endOfLease = async () =>
        Number((await other.db(`${session.name}_state`).collection('leases').findOne({}))?.expiresAt);
      const first = await endOfLease();
      // A third of its time later it is renewed.
      await vi.waitUntil(async () => (await endOfLease()) !== first, { timeout: 20_000, interval: 50 });
      ends.push((await endOfLease()) - Date.now());
    }
    return answer;
  });
  const clock = { ...systemClock, now: () => Date.now() - back };
  const result = await session.run(
    { operation: 'apply', steps: builtIn('19'), batchSize: 5, leaseMs: 5_000 },
    { db, clock },
  );
  expect(result).toMatchObject({ failed: false, rollback: { state: 'succeeded' } });
  expect(ends).toHaveLength(1);
  expect(ends[0]).toBeGreaterThan(0);
});

test('a lease that is stolen stops the run at its next checkpoint; the thief can finish', async () => {
  const before = await snapshot(session, 'orders');
  let updates = 0;
  const db = intercept(session.db, async (command, send) => {
    const answer = await send();
    if (command.update === 'orders' && ++updates === 2) {
      const state = other.db(`${session.name}_state`);
      await state.collection('leases').updateOne({}, { $set: { holder: 'thief' }, $inc: { token: 1 } });
      await state.collection('rollback_operations').updateOne({}, { $inc: { token: 1 } });
    }
    return answer;
  });
  await expect(
    session.run({ operation: 'apply', steps: builtIn('19'), batchSize: 5 }, { db }),
  ).rejects.toThrow(Fenced);
  // Batches that were on their way are written; they are journalled, so nothing is lost.
  expect(updates).toBeLessThanOrEqual(5);
  await session.state.collection('leases').updateOne({}, { $set: { expiresAt: new Date(0) } });
  expect(await session.run({ operation: 'resume' })).toMatchObject({
    failed: false,
    rollback: { steps: [{ modified: 60 }] },
  });
  await session.run({ operation: 'restore' });
  expect(await snapshot(session, 'orders')).toEqual(before);
});
