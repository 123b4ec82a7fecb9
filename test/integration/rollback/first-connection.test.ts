import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { openStore } from '../../../src/state/open-store.ts';
import { StateUnavailableError } from '../../../src/state/store.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { type MongoProxy, startMongoProxy } from '../../support/mongo-proxy.ts';
import { builtIn, Session } from './session.ts';

/** A client whose first connection fails stays closed until it is told to connect again. */
let session: Session;
let proxy: MongoProxy;
let client: MongoClient;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  proxy = await startMongoProxy(inject('mongoUri'));
  client = new MongoClient(proxy.uri, { serverSelectionTimeoutMS: 300 });
});
afterEach(async () => {
  await client.close();
  await proxy.close();
  await session.close();
});

test('a database that comes back within the tries of a rollback is rolled back', async () => {
  await session.db.collection('orders').insertOne({ subscription_id: 1 });
  proxy.refuse = true;
  const refused: string[] = [];
  const log = {
    debug: () => undefined,
    info: (message: string) => {
      if (!message.startsWith('cannot reach the database')) return;
      refused.push(message);
      proxy.refuse = false;
    },
    notice: () => undefined,
    warning: () => undefined,
    error: () => undefined,
    group: <T>(_title: string, work: () => Promise<T>) => work(),
  };
  const result = await session.run(
    { operation: 'apply', steps: builtIn('19') },
    { client, db: client.db(session.name), state: client.db(`${session.name}_state`), log },
  );
  expect(result).toMatchObject({ failed: false, rollback: { state: 'succeeded' } });
  expect(refused.length).toBeGreaterThan(0);
});

test('a state that could not be read at first can be written later in the same run', async () => {
  const db = client.db(`${session.name}_state`);
  const store = openStore({ kind: 'mongodb', db }, { clock: systemClock, random: Math.random });
  proxy.refuse = true;
  await expect(store.read('alert_history', 'k')).rejects.toThrow(StateUnavailableError);
  proxy.refuse = false;
  const written = await store.update('alert_history', 'k', () => ({ next: { n: 1 }, result: 'written' }));
  expect(written).toBe('written');
  expect(await store.read('alert_history', 'k')).toEqual({ n: 1 });
});
