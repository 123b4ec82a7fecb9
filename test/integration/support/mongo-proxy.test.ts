import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { monitorCommands } from '../../support/command-monitor.ts';
import { freshDatabaseName } from '../../support/mongo.ts';
import { type MongoProxy, startMongoProxy } from '../../support/mongo-proxy.ts';

const name = freshDatabaseName('proxy');
const direct = new MongoClient(inject('mongoUri'));
let proxy: MongoProxy;
let clients: MongoClient[] = [];

const open = (options: { monitorCommands?: boolean } = {}): MongoClient => {
  const client = new MongoClient(proxy.uri, {
    serverSelectionTimeoutMS: 1_000,
    retryWrites: false,
    ...options,
  });
  clients.push(client);
  return client;
};

beforeAll(async () => {
  proxy = await startMongoProxy(inject('mongoUri'));
});

afterEach(async () => {
  Object.assign(proxy, { refuse: false, stall: false, delayMs: 0, cutOn: undefined });
  for (const client of clients) await client.close();
  clients = [];
  proxy.commands.length = 0;
  proxy.undecoded.length = 0;
});

afterAll(async () => {
  await proxy.close();
  await direct.db(name).dropDatabase();
  await direct.close();
});

describe('what the proxy records', () => {
  test('command, collection and database of reads and writes', async () => {
    const db = open().db(name);
    await db.collection('orders').find({ a: 1 }).toArray();
    await db.collection('orders').insertMany([{ a: 1 }, { a: 2 }]);
    await db.collection('orders').updateOne({ a: 1 }, { $set: { a: 3 } });
    await db.collection('orders').createIndex({ a: 1 });
    const seen = proxy
      .writes()
      .map(({ command, collection, db: database }) => [command, collection, database]);
    expect(seen).toEqual([
      ['insert', 'orders', name],
      ['update', 'orders', name],
      ['createIndexes', 'orders', name],
    ]);
    expect(proxy.commands).toContainEqual(
      expect.objectContaining({ command: 'find', collection: 'orders', db: name }),
    );
    expect(proxy.commands.find((seen) => seen.command === 'insert')?.body.documents).toHaveLength(2);
    expect(proxy.undecoded).toEqual([]);
  });

  test('reads are no writes, an aggregation with $out is one', async () => {
    const db = open().db(name);
    await db.collection('source').insertOne({ a: 1 });
    proxy.commands.length = 0;
    await db.collection('source').countDocuments();
    await db.collection('source').distinct('a');
    await db.listCollections().toArray();
    expect(proxy.writes()).toEqual([]);
    await db
      .collection('source')
      .aggregate([{ $out: 'target' }])
      .toArray();
    expect(proxy.writes().map((seen) => seen.command)).toEqual(['aggregate']);
  });

  test('messages of many packets, unchanged', async () => {
    const collection = open().db(name).collection<{ _id: number; pad: string }>('large');
    const documents = Array.from({ length: 200 }, (_, index) => ({ _id: index, pad: 'é'.repeat(20_000) }));
    await collection.insertMany(documents);
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual(documents);
    expect(proxy.undecoded).toEqual([]);
    expect(proxy.writes()[0]?.body.documents).toHaveLength(200);
  });

  test('the same as a monitor on the client', async () => {
    const client = open({ monitorCommands: true });
    const monitor = monitorCommands(client);
    await client.db(name).collection('both').insertOne({ a: 1 });
    await client.db(name).collection('both').findOne({ a: 1 });
    const short = (seen: { command: string; collection: string | undefined; db: string }) => [
      seen.command,
      seen.collection,
      seen.db,
    ];
    const fromProxy = proxy.commands.filter((seen) => seen.db === name).map(short);
    expect(monitor.commands.map(short)).toEqual(fromProxy);
    expect(monitor.writes()).toHaveLength(1);
    monitor.stop();
  });
});

describe('how the proxy fails', () => {
  test('refused connections', async () => {
    proxy.refuse = true;
    await expect(open().db(name).command({ ping: 1 })).rejects.toThrow();
  });

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('a connection cut %s the server got the update leaves %i updated', async (when, updated) => {
    const collection = direct.db(name).collection(`cut_${when}`);
    await collection.insertOne({ a: 1 });
    const client = await open().connect();
    proxy.cutOn = { command: 'update', when };
    const update = client
      .db(name)
      .collection(`cut_${when}`)
      .updateOne({ a: 1 }, { $set: { a: 2 } });
    await expect(update).rejects.toThrow(/closed|reset|network/i);
    await expect.poll(() => collection.countDocuments({ a: 2 })).toBe(updated);
  });

  test('answers that come late, and in order', async () => {
    const client = await open().connect();
    proxy.delayMs = 60;
    const start = performance.now();
    await client.db(name).command({ ping: 1 });
    expect(performance.now() - start).toBeGreaterThanOrEqual(50);
  });
});
