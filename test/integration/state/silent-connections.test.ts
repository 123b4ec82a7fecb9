import { Socket } from 'node:net';
import type { MongoClient } from 'mongodb';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { openMongodb } from '../../../src/mongo/client.ts';
import {
  LONG_SILENCE_LIMIT_MS,
  mayTakeLong,
  SILENCE_LIMIT_MS,
} from '../../../src/mongo/patches/silent-connections.ts';
import { freshDatabaseName } from '../../support/mongo.ts';

let client: MongoClient;
afterEach(async () => {
  vi.restoreAllMocks();
  await client.close();
});

/** The limits under which sockets waited while `work` ran, each once; 0 ends one. */
async function limitsOf(work: () => Promise<unknown>): Promise<number[]> {
  const set = vi.spyOn(Socket.prototype, 'setTimeout');
  await work();
  const limits = new Set(set.mock.calls.map(([limit]) => limit));
  set.mockRestore();
  return [...limits].filter((limit) => limit !== 0);
}

test.each([
  { written: '', small: SILENCE_LIMIT_MS, long: LONG_SILENCE_LIMIT_MS },
  { written: 'socketTimeoutMS=7000', small: 7_000, long: 7_000 },
])(
  'a small command waits $small ms, one that walks through a collection $long ms ("$written")',
  async (row) => {
    const uri = new URL(inject('mongoUri'));
    uri.search = row.written;
    // The monitor's connection has limits of its own, and must not be asked in between.
    client = openMongodb(uri.href, { socketTimeoutMS: SILENCE_LIMIT_MS, heartbeatFrequencyMS: 600_000 });
    const orders = client.db(freshDatabaseName('silent')).collection('orders');
    await orders.insertMany(Array.from({ length: 30 }, (_, n) => ({ n })));
    expect(await limitsOf(() => orders.findOne({ n: 3 }))).toEqual([row.small]);
    expect(await limitsOf(() => orders.updateOne({ n: 3 }, { $set: { n: 4 } }))).toEqual([row.small]);
    expect(await limitsOf(() => orders.countDocuments({ n: 3 }))).toEqual([row.long]);
    expect(await limitsOf(() => orders.find({}, { batchSize: 5 }).toArray())).toEqual([row.long]);
    await client.db(orders.dbName).dropDatabase();
  },
);

test.each([
  [{ find: 'c', filter: {}, limit: 1, singleBatch: true }, false],
  [{ find: 'c', filter: {} }, true],
  [{ getMore: 1, collection: 'c' }, true],
  [{ collMod: 'c', validator: {} }, true],
  [{ insert: 'c', documents: [] }, false],
  [{ update: 'c', updates: [] }, false],
  [{ findAndModify: 'c' }, false],
  [{ hello: 1 }, false],
  [{}, false],
])('whether %j may take long: %s', (command, expected) => {
  client = openMongodb(inject('mongoUri'));
  expect(mayTakeLong(command)).toBe(expected);
});
