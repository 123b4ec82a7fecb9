import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MongoServer } from '../../support/engine/server.ts';
import { needsOwnServer, ownServer } from '../../support/own-server.ts';
import { builtIn, Session } from './session.ts';

const reason = needsOwnServer();

describe.skipIf(reason).each(['replica-set', 'standalone'] as const)('%s', (topology) => {
  let server: MongoServer;
  beforeAll(async () => {
    server = await ownServer({ topology, transactionLifetimeSeconds: 3 });
  });
  afterAll(() => server?.stop());
  let session: Session;
  beforeEach(() => {
    session = new Session(server.uri);
  });
  afterEach(() => session.close());

  describe.each(['fail', 'skip'] as const)('on-conflict %s', (onConflict) => {
    test('a document that a validator refuses fails the run and is not said to be changed by another writer', async () => {
      await session.db.createCollection('orders', { validator: { subscription_id: { $exists: true } } });
      await session.db.collection('orders').insertMany([{ subscription_id: 1 }, { subscription_id: 2 }]);
      const plan = await session.run({ operation: 'plan', steps: builtIn('19') });
      expect(plan.rollback?.warnings).toContainEqual(
        expect.stringMatching(/validator of orders.*subscription_id/),
      );
      const result = await session.run({ operation: 'apply', steps: builtIn('19'), onConflict });
      expect(result).toMatchObject({
        failed: true,
        rollback: { steps: [{ state: 'conflicted', modified: 0, conflicts: 2 }] },
      });
      expect(result.cause).toMatch(/validator/);
      expect(result.cause).not.toMatch(/another writer/);
    });

    test('a document that a unique index refuses fails the run', async () => {
      await session.db.collection('orders').insertMany([
        { n: 1, subscription_id: 1 },
        { n: 2, subscription_id: 2 },
      ]);
      // Both would be missing, which a unique index takes for the same value.
      await session.db.collection('orders').createIndex({ subscription_id: 1 }, { unique: true });
      const plan = await session.run({ operation: 'plan', steps: builtIn('19') });
      expect(plan.rollback?.warnings).toContainEqual(expect.stringMatching(/unique index.*orders/));
      const result = await session.run({ operation: 'apply', steps: builtIn('19'), onConflict });
      expect(result).toMatchObject({
        failed: true,
        rollback: { steps: [{ state: 'conflicted', modified: 1, conflicts: 1 }] },
      });
      expect(result.cause).toMatch(/unique/);
    });
  });

  test('an apply that changed nothing is not an operation to restore, and stands in the way of no other', async () => {
    await session.db.createCollection('orders', {
      validator: { $or: [{ keep: { $ne: true } }, { subscription_id: { $exists: true } }] },
    });
    await session.db.collection('orders').insertMany([
      { n: 1, subscription_id: 1 },
      { n: 2, subscription_id: 2, keep: true },
    ]);
    const first = await session.run({ operation: 'apply', steps: builtIn('19') });
    expect(first.rollback?.steps[0]).toMatchObject({ modified: 1, conflicts: 1 });
    const second = await session.run({ operation: 'apply', steps: builtIn('19') });
    expect(second.rollback?.steps[0]).toMatchObject({ modified: 0, conflicts: 1 });
    const restored = await session.run({ operation: 'restore' });
    expect(restored).toMatchObject({ failed: false, rollback: { steps: [{ modified: 1 }] } });
    expect(await session.db.collection('orders').countDocuments({ subscription_id: { $exists: true } })).toBe(
      2,
    );
  });
});
