import { type Document, ObjectId } from 'mongodb';
import { afterEach, describe, expect, test } from 'vitest';
import type { MongoServer } from '../../support/engine/server.ts';
import { needsOwnServer, ownServer } from '../../support/own-server.ts';
import { builtIn, Session, snapshot } from './session.ts';

const reason = needsOwnServer();

let server: MongoServer | undefined;
let session: Session | undefined;
afterEach(async () => {
  await session?.close().catch(() => {});
  await server?.stop();
});

describe.each(['replica-set', 'standalone'] as const)('%s', (topology) => {
  test.skipIf(reason)(
    'apply and restore survive a server that is killed, or stopped, in the middle of a batch and comes back',
    {
      timeout: 120_000,
    },
    async () => {
      server = await ownServer({ topology, syncOnCommit: true, transactionLifetimeSeconds: 3 });
      const { end, start } = { end: server.end.bind(server), start: server.start.bind(server) };
      session = new Session(server.uri);
      const { client, db } = session;
      await db
        .collection('orders')
        .insertMany(
          Array.from({ length: 1_000 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: n })),
        );
      const before = await snapshot(session, 'orders');

      const through = async (signal: 'SIGKILL' | 'SIGTERM', operation: 'apply' | 'restore') => {
        let updates = 0;
        let restarted: Promise<void> = Promise.resolve();
        const watch = (event: { commandName: string; command: Document }) => {
          if (event.command.update !== 'orders' || ++updates !== 3) return;
          restarted = end(signal).then(start);
        };
        client.on('commandStarted', watch);
        const result = await session?.run({
          operation,
          steps: operation === 'apply' ? builtIn('19') : [],
          batchSize: 100,
        });
        client.off('commandStarted', watch);
        await restarted;
        expect(updates).toBeGreaterThan(3);
        expect(result).toMatchObject({
          failed: false,
          rollback: { steps: [{ modified: 1_000, conflicts: 0 }] },
        });
      };
      await through('SIGKILL', 'apply');
      expect(await db.collection('orders').countDocuments({ subscription_id: { $exists: true } })).toBe(0);
      await through('SIGTERM', 'restore');
      expect(await snapshot(session, 'orders')).toEqual(before);
    },
  );
});
