import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Document, MongoClient, ObjectId } from 'mongodb';
import { afterEach, expect, test } from 'vitest';
import { mongodPath } from '../../support/mongod.ts';
import { lacking } from '../../support/needs.ts';
import { builtIn, Session, snapshot } from './session.ts';

/**
 * A server that dies in the midst of a batch and comes back with its data. The engines of the other tests
 * are shared, or keep their data in memory; `server-fails.test.ts` covers the same by the connections alone.
 */
const path = await mongodPath();
const reason = path === undefined ? lacking('a mongod to restart') : undefined;

let folder: string | undefined;
let server: ChildProcess | undefined;
let session: Session | undefined;
afterEach(async () => {
  await session?.close().catch(() => {});
  await end('SIGKILL');
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function start(port: number): Promise<void> {
  server = spawn(
    path ?? '',
    ['--dbpath', folder ?? '', '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'],
    { stdio: 'ignore' },
  );
  const client = new MongoClient(`mongodb://127.0.0.1:${port}`, { serverSelectionTimeoutMS: 20_000 });
  await client.db('admin').command({ ping: 1 });
  await client.close();
}

async function end(signal: NodeJS.Signals): Promise<void> {
  if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
}

test.skipIf(reason)(
  'the server is killed, or stopped, in the midst of a batch and comes back',
  {
    timeout: 120_000,
  },
  async () => {
    folder = await mkdtemp(join(tmpdir(), 'deploy-guard-restart-'));
    const port = await freePort();
    await start(port);
    session = new Session(`mongodb://127.0.0.1:${port}`);
    const { client, db } = session;
    await db
      .collection('orders')
      .insertMany(Array.from({ length: 1_000 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: n })));
    const before = await snapshot(session, 'orders');

    const through = async (signal: NodeJS.Signals, operation: 'apply' | 'restore') => {
      let updates = 0;
      let restarted: Promise<void> = Promise.resolve();
      const watch = (event: { commandName: string; command: Document }) => {
        if (event.command.update !== 'orders' || ++updates !== 3) return;
        restarted = end(signal).then(() => start(port));
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
