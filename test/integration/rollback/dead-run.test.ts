import { MongoClient, ObjectId } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../../src/support/log.ts';
import type { MongoServer } from '../../support/engine/server.ts';
import { type MongoProxy, startMongoProxy } from '../../support/mongo-proxy.ts';
import { needsOwnServer, ownServer } from '../../support/own-server.ts';
import { builtIn, Session, snapshot } from './session.ts';

const reason = needsOwnServer();

/** A log that keeps its notices. */
function keeping() {
  const notices: string[] = [];
  return { notices, log: { ...silentLog, notice: (message: string) => void notices.push(message) } };
}

describe.skipIf(reason)('after a run that died', () => {
  let server: MongoServer;
  beforeAll(async () => {
    // The server's own limit for a transaction without a client stays at 60 s.
    server = await ownServer({ topology: 'replica-set' });
  });
  afterAll(() => server?.stop());

  let session: Session;
  let proxy: MongoProxy;
  let dead: Session;
  beforeEach(async () => {
    session = new Session(server.uri);
    proxy = await startMongoProxy(server.uri);
    dead = new Session(`${proxy.uri}&socketTimeoutMS=1000&connectTimeoutMS=500`, session.name);
    await session.db
      .collection('orders')
      .insertMany(Array.from({ length: 100 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: n })));
  });
  afterEach(async () => {
    await dead.client.close().catch(() => {});
    await proxy.close();
    await session.close();
  });

  /** An apply whose network ends with a transaction open. */
  async function died(): Promise<string> {
    const stalled = new Promise<void>((resolve) => {
      dead.client.on('commandStarted', (event) => {
        const { command } = event as { command: Record<string, unknown> };
        if (command.update !== 'rollback_operations' || command.autocommit !== false) return;
        proxy.stall = true;
        resolve();
      });
    });
    const run = dead.run({ operation: 'apply', steps: builtIn('19'), batchSize: 50, leaseMs: 1_500 });
    run.catch(() => {});
    await stalled;
    const found = await session.state.collection('rollback_operations').findOne();
    return String(found?._id);
  }

  test.each(['resume', 'restore'] as const)(
    '%s ends the session whose transaction holds the documents, and says what it waits for',
    async (operation) => {
      const before = await snapshot(session, 'orders');
      const operationId = await died();
      const { log, notices } = keeping();
      const started = performance.now();
      const result = await session.run({ operation, operationId, leaseMs: 5_000 }, { log });
      expect(result.failed).toBe(false);
      expect(notices).toEqual([
        expect.stringMatching(/^waiting up to .* for the lease of octocat/),
        expect.stringMatching(/^ended the session/),
      ]);
      // The server would have kept the transaction for a minute.
      expect(performance.now() - started).toBeLessThan(45_000);
      if (operation === 'restore') expect(await snapshot(session, 'orders')).toEqual(before);
      else
        expect(
          await session.db.collection('orders').countDocuments({ subscription_id: { $exists: true } }),
        ).toBe(0);
    },
  );

  test('a lease document that is malformed is refused by name, and unlock makes it usable again', async () => {
    await session.state
      .collection<{ _id: string; holder: unknown }>('leases')
      .insertOne({ _id: `rollback:${session.name}`, holder: 7 });
    await expect(session.run({ operation: 'apply', steps: builtIn('19') })).rejects.toThrow(/malformed/);
    await session.run({ operation: 'unlock', confirm: `unlock ${session.name}`, leaseMs: 1_000 });
    expect(await session.run({ operation: 'apply', steps: builtIn('19') })).toMatchObject({ failed: false });
  });

  test('a server that nothing answers for ends the plan within 30 s', async () => {
    const client = new MongoClient('mongodb://127.0.0.1:1/', {});
    const started = performance.now();
    await expect(
      session.run(
        { operation: 'plan', steps: builtIn('19') },
        { client, db: client.db('x'), state: client.db('y') },
      ),
    ).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(30_000);
    await client.close();
  });
});
