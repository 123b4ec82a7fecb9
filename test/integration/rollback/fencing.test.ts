import { ObjectId } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MongoServer } from '../../support/engine/server.ts';
import { type MongoProxy, startMongoProxy } from '../../support/mongo-proxy.ts';
import { needsOwnServer, ownServer } from '../../support/own-server.ts';
import { builtIn, Session, snapshot } from './session.ts';

const reason = needsOwnServer();
const LEASE_MS = 1_500;

describe.skipIf(reason).each(['replica-set', 'standalone'] as const)('%s', (topology) => {
  let server: MongoServer;
  beforeAll(async () => {
    server = await ownServer({ topology, transactionLifetimeSeconds: 3 });
  });
  afterAll(() => server?.stop());

  let direct: Session;
  let cutOff: Session;
  let proxy: MongoProxy;
  beforeEach(async () => {
    direct = new Session(server.uri);
    proxy = await startMongoProxy(server.uri);
    cutOff = new Session(`${proxy.uri}&socketTimeoutMS=2500&connectTimeoutMS=1000`, direct.name);
    await direct.db
      .collection('orders')
      .insertMany(
        Array.from({ length: 200 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: `sub-${n}` })),
      );
  });
  afterEach(async () => {
    await cutOff.client.close();
    await proxy.close();
    await direct.close();
  });

  /** Another runner restores the operation once its lease has run out; then the network heals. */
  async function restoredMeanwhile(heal: () => void) {
    const operationId = (await direct.state.collection('rollback_operations').findOne())?._id as unknown;
    const restored = await direct.run({
      operation: 'restore',
      operationId: String(operationId),
      leaseMs: LEASE_MS,
    });
    heal();
    return { restored, operationId: String(operationId) };
  }

  /** Called at the first update of orders that is about to be sent. */
  function atFirstUpdate(session: Session, act: () => void) {
    return new Promise<void>((resolve) => {
      const watch = (event: { command: Record<string, unknown> }) => {
        if (event.command.update !== 'orders') return;
        session.client.off('commandStarted', watch);
        act();
        resolve();
      };
      session.client.on('commandStarted', watch);
    });
  }

  test.each(['auto', 'never'] as const)(
    'an apply that was cut off and comes back after another runner restored its operation changes nothing (transactions: %s)',
    async (transactions) => {
      const before = await snapshot(direct, 'orders');
      const stalled = atFirstUpdate(cutOff, () => {
        proxy.stall = true;
      });
      const applying = cutOff.run({
        operation: 'apply',
        steps: builtIn('19'),
        batchSize: 50,
        leaseMs: LEASE_MS,
        transactions,
      });
      const outcome = applying.catch((error: Error) => error);
      await stalled;
      const { restored } = await restoredMeanwhile(() => {
        proxy.stall = false;
      });
      expect(restored.failed).toBe(false);
      expect(await outcome).toMatchObject({ name: expect.stringMatching(/^(LeaseLost|Fenced)$/) });
      expect(await snapshot(direct, 'orders')).toEqual(before);
    },
  );

  test('updates that the network delivers only after the lease passed on change nothing', async () => {
    const before = await snapshot(direct, 'orders');
    const held = atFirstUpdate(cutOff, () => {
      proxy.hold = true;
    });
    const outcome = cutOff
      .run({
        operation: 'apply',
        steps: builtIn('19'),
        batchSize: 50,
        leaseMs: LEASE_MS,
        transactions: 'never',
      })
      .catch((error: Error) => error);
    await held;
    await restoredMeanwhile(() => proxy.letGo());
    expect(await outcome).toMatchObject({ name: expect.stringMatching(/^(LeaseLost|Fenced)$/) });
    expect(await snapshot(direct, 'orders')).toEqual(before);
  });

  test('a restore that was cut off and comes back changes nothing that a later apply has done', async () => {
    const applied = await direct.run({ operation: 'apply', steps: builtIn('19'), batchSize: 50 });
    const operationId = applied.rollback?.operationId ?? '';
    const held = atFirstUpdate(cutOff, () => {
      proxy.hold = true;
    });
    const outcome = cutOff
      .run({ operation: 'restore', operationId, batchSize: 50, leaseMs: LEASE_MS })
      .catch((error: Error) => error);
    await held;
    const again = await direct.run({ operation: 'restore', operationId, leaseMs: LEASE_MS });
    expect(again.failed).toBe(false);
    const second = await direct.run({ operation: 'apply', steps: builtIn('19') });
    expect(second.rollback?.steps[0]?.modified).toBe(200);
    proxy.letGo();
    expect(await outcome).toMatchObject({ name: expect.stringMatching(/^(LeaseLost|Fenced)$/) });
    expect(await direct.db.collection('orders').countDocuments({ subscription_id: { $exists: true } })).toBe(
      0,
    );
  });

  test('a restore can be repeated while a document still stands as the apply left it', async () => {
    const before = await snapshot(direct, 'orders');
    const applied = await direct.run({ operation: 'apply', steps: builtIn('19') });
    const operationId = applied.rollback?.operationId ?? '';
    await direct.run({ operation: 'restore', operationId });
    await direct.db.collection('orders').updateMany({ n: { $lt: 20 } }, { $unset: { subscription_id: '' } });
    const again = await direct.run({ operation: 'restore', operationId });
    expect(again).toMatchObject({ failed: false, rollback: { steps: [{ state: 'restored' }] } });
    expect(await snapshot(direct, 'orders')).toEqual(before);
    await expect(direct.run({ operation: 'restore', operationId })).rejects.toMatchObject({
      problems: [{ code: 'nothing-to-restore' }],
    });
  });
});
