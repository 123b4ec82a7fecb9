import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { MongoOptions } from '../../../src/verify/mongodb/options.ts';
import { type HttpTarget, startHttpTarget } from '../../support/http-target.ts';
import { freshDatabaseName } from '../../support/mongo.ts';
import { type MongoProxy, startMongoProxy } from '../../support/mongo-proxy.ts';
import { options, run, target } from './options.ts';

const mongo: MongoOptions = {
  timeoutMs: 500,
  samples: 5,
  warmup: 1,
  intervalMs: 0,
  collections: [],
  indexes: new Map(),
  longRunningMs: 60_000,
};
const name = freshDatabaseName();
let proxy: MongoProxy;
let client: MongoClient;
const open: HttpTarget[] = [];

beforeAll(async () => {
  const seeding = new MongoClient(inject('mongoUri'));
  const orders = Array.from({ length: 40 }, (_value, n) => ({ n }));
  await seeding.db(name).collection<{ n: number }>('orders').insertMany(orders);
  await seeding.db(name).collection('orders').createIndex({ n: 1 });
  await seeding.db(name).collection('users').insertOne({ n: 1 });
  await seeding.close();
});
afterAll(async () => {
  const clearing = new MongoClient(inject('mongoUri'));
  await clearing.db(name).dropDatabase();
  await clearing.close();
});
afterEach(async () => {
  await client?.close();
  await proxy?.close();
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function connection() {
  proxy = await startMongoProxy(inject('mongoUri'));
  client = new MongoClient(proxy.uri, { serverSelectionTimeoutMS: 500 });
  return { client, db: client.db(name) };
}

describe('MongoDB', () => {
  test('that comes up while the gate waits is found, though the first connection failed', async () => {
    const ports = { mongo: await connection() };
    proxy.refuse = true;
    const up = setTimeout(() => {
      proxy.refuse = false;
    }, 1_200);
    const result = await run(
      options([], { mongo, waitTimeoutMs: 15_000, thresholds: ['mongodb_up: rate==1'] }),
      ports,
    );
    clearTimeout(up);
    expect(result.checks.find((check) => check.id === 'mongodb/reachable')).toMatchObject({
      verdict: 'pass',
    });
    expect(result.checks.find((check) => check.metric === 'mongodb_up')).toMatchObject({ verdict: 'pass' });
  });

  test('that nobody listens for is told as refused, not as the state of the driver', async () => {
    proxy = await startMongoProxy(inject('mongoUri'));
    await proxy.close();
    client = new MongoClient(proxy.uri, { serverSelectionTimeoutMS: 200 });
    const result = await run(options([], { mongo, waitTimeoutMs: 1_500 }), {
      mongo: { client, db: client.db(name) },
    });
    const reasons = result.checks
      .filter((check) => check.kind === 'mongodb')
      .map((check) => check.reason)
      .join('; ');
    expect(result.verdict).toBe('fail');
    expect(reasons).toContain('ECONNREFUSED');
    expect(reasons).not.toContain('Topology is closed');
  });

  test('is pinged and counted, and nothing is written', async () => {
    const ports = { mongo: await connection() };
    const result = await run(
      options([], {
        mongo: { ...mongo, collections: ['users'] },
        thresholds: [
          'mongodb_ping_duration: med<2s',
          'mongodb_collection_documents{collection:orders}: value==40',
          'mongodb_collection_documents{collection:users}: value>5',
        ],
      }),
      ports,
    );
    const asked = result.checks.filter(
      ({ id }) => !/(connections|lag|members|oplog|cursor|running|building|compatibility)/.test(id),
    );
    expect(asked.map(({ id, verdict, observed }) => [id, verdict, observed])).toEqual([
      ['mongodb/reachable', 'pass', expect.any(Number)],
      ['mongodb/version', 'pass', expect.stringMatching(/^\d+\.\d+/)],
      ['mongodb/topology', 'pass', expect.stringMatching(/^(standalone|replica-set|sharded)$/)],
      ['mongodb/collections', 'pass', 1],
      ['mongodb/mongodb_up/rate', 'pass', 1],
      ['mongodb/mongodb_ping_duration/med', 'pass', expect.any(Number)],
      ['mongodb/orders/mongodb_collection_documents/value', 'pass', 40],
      ['mongodb/users/mongodb_collection_documents/value', 'fail', 1],
    ]);
    expect(proxy.writes()).toEqual([]);
  });

  test('diagnostics: what the engine has is judged, what it lacks is skipped with the reason', async () => {
    const ports = { mongo: await connection() };
    const result = await run(
      options([], {
        mongo: { ...mongo, indexes: new Map([['orders', [{ key: { n: 1 } }, { key: { customer_id: 1 } }]]]) },
        thresholds: ['mongodb_missing_indexes: value==0', 'mongodb_storage_size: value<1GB'],
      }),
      ports,
    );
    const of = (metric: string) => result.checks.find((check) => check.metric === metric);
    expect(of('mongodb_missing_indexes')).toMatchObject({
      verdict: 'fail',
      observed: 1,
      reason: '1, limit == 0: orders {customer_id: 1}',
    });
    expect(of('mongodb_storage_size')?.verdict).toBe('pass');
    expect(result.notices?.[0]).toMatch(/^MongoDB \d+\.\d+/);
    for (const check of result.checks) {
      if (check.verdict === 'skipped') expect(check.reason.length).toBeGreaterThan(10);
    }
    expect(proxy.writes()).toEqual([]);
    expect(proxy.undecoded).toEqual([]);
  });

  test('a collection that is not there is no empty one', async () => {
    const ports = { mongo: await connection() };
    const thresholds = ['mongodb_collection_documents{collection:ordres}: value<1000'];
    const result = await run(options([], { mongo, thresholds }), ports);
    expect(result.verdict).toBe('error');
    expect(result.checks.at(-1)?.reason).toContain('the collection does not exist');
  });

  test('a threshold without a collection is judged for each', async () => {
    const ports = { mongo: await connection() };
    const result = await run(
      options([], { mongo, thresholds: ['mongodb_collection_documents: value>5'] }),
      ports,
    );
    expect(result.checks.filter(({ metric }) => metric === 'mongodb_collection_documents')).toMatchObject([
      { target: `${name}.orders`, verdict: 'pass' },
      { target: `${name}.users`, verdict: 'fail' },
    ]);
  });

  test('unreachable: fails with its reason, and counts are errors', async () => {
    const ports = { mongo: await connection() };
    proxy.refuse = true;
    const result = await run(
      options([], { mongo, thresholds: ['mongodb_collection_documents{collection:orders}: value>1'] }),
      ports,
    );
    expect(result).toMatchObject({ verdict: 'fail', failed: true });
    expect(result.checks.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['mongodb/reachable', 'fail'],
      ['mongodb/mongodb_up/rate', 'fail'],
      ['mongodb/orders/mongodb_collection_documents/value', 'error'],
    ]);
  });

  test('swallows everything: ends within its limits', async () => {
    const ports = { mongo: await connection() };
    proxy.stall = true;
    const begun = performance.now();
    const result = await run(options([], { mongo }), ports);
    expect(result.verdict).toBe('fail');
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test('down while HTTP fails: one cause and its symptom', async () => {
    const ports = { mongo: await connection() };
    proxy.refuse = true;
    const api = await startHttpTarget({ behaviour: { status: 503 } });
    open.push(api);
    const result = await run(options([target(api.url)], { mongo }), ports);
    expect(result.verdict).toBe('fail');
    expect(result.cause).toMatch(/^MongoDB is down \(.*\); the 2 failed HTTP checks are its symptoms$/);
  });
});
