import type { MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { openMongodb } from '../../../src/mongo/client.ts';
import { silentLog } from '../../../src/support/log.ts';
import { type MongoProxy, startMongoProxy } from '../../support/mongo-proxy.ts';
import { builtIn, Session, snapshot } from './session.ts';

/** One connection is swallowed by something on the way, and all others live: nothing tells the client of it. */
let session: Session;
let proxy: MongoProxy;
let client: MongoClient;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await session.db
    .collection('orders')
    .insertMany(Array.from({ length: 120 }, (_, n) => ({ n, subscription_id: n % 3 === 0 ? null : n })));
  proxy = await startMongoProxy(inject('mongoUri'));
  client = openMongodb(`${proxy.uri}&socketTimeoutMS=250&retryReads=false&retryWrites=false`, {
    serverSelectionTimeoutMS: 5_000,
    socketTimeoutMS: 30_000,
  });
});
afterEach(async () => {
  await client.close(true);
  await proxy.close();
  await session.close();
});

const ports = () => ({ client, db: client.db(session.name), state: client.db(`${session.name}_state`) });

describe.each([
  { command: 'hello', nth: 1 },
  { command: 'aggregate', nth: 1 },
  { command: 'find', nth: 2 },
  { command: 'getMore', nth: 1 },
  { command: 'insert', nth: 3 },
  { command: 'update', nth: 4 },
])('the connection is swallowed at $command $nth', ({ command, nth }) => {
  test.each(['before', 'after'] as const)(
    '%s the server has it: the run goes on by another',
    async (when) => {
      const before = await snapshot(session, 'orders');
      proxy.cutOn = { command, nth, when, how: 'stall' };
      const started = performance.now();
      const applied = await session.run({ operation: 'apply', steps: builtIn('19'), batchSize: 20 }, ports());
      expect(applied).toMatchObject({
        failed: false,
        rollback: { steps: [{ modified: 120, conflicts: 0 }] },
      });
      expect(performance.now() - started).toBeGreaterThan(240);
      proxy.cutOn = undefined;
      await session.run({ operation: 'restore' }, ports());
      expect(await snapshot(session, 'orders')).toEqual(before);
    },
  );
});

test('each answer is swallowed: the run ends in words that name the limit', async () => {
  const told: string[] = [];
  const swallowNext = () => {
    const asked = proxy.commands.filter(({ command }) => command === 'count' || command === 'aggregate');
    proxy.cutOn = { command: 'aggregate', nth: asked.length + 1, when: 'after', how: 'stall' };
  };
  const log = {
    ...silentLog,
    info(message: string) {
      told.push(message);
      swallowNext();
    },
  };
  swallowNext();
  await expect(session.run({ operation: 'plan', steps: builtIn('19') }, { ...ports(), log })).rejects.toThrow(
    /cannot count orders: no answer within the limit, 3 times .*socketTimeoutMS/s,
  );
  expect(told.filter((line) => line.startsWith('cannot count orders'))).toHaveLength(2);
});
