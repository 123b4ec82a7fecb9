import { MongoClient } from 'mongodb';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { detailedAnswer, diagnosticsAnswer } from '../../../scripts/generate/monitor-answers.ts';
import { freshDatabaseName } from '../../support/mongo.ts';
import { startMongoProxy } from '../../support/mongo-proxy.ts';
import { serve, testMonitor, until } from './serve.ts';

async function connected(uri: string, options: Record<string, unknown> = {}) {
  const client = new MongoClient(uri, {
    heartbeatFrequencyMS: 500,
    serverSelectionTimeoutMS: 2_000,
    ...options,
  });
  const db = client.db(freshDatabaseName('monitor'));
  onTestFinished(async () => {
    await db.dropDatabase().catch(() => {});
    await client.close();
  });
  return { client, db };
}

describe('a monitor of a real MongoDB', () => {
  test('says up with its response time, and counts collections', async () => {
    const { db } = await connected(inject('mongoUri'));
    await db.collection('orders').insertMany(Array.from({ length: 12 }, (_, index) => ({ index })));
    await db.collection('users').insertOne({ email: 'jane@example.com' });
    const monitor = testMonitor({ mongo: db });
    const base = await serve(monitor.listener());
    const response = await fetch(`${base}/api/health/diagnostics`);
    const text = await response.text();
    const body = diagnosticsAnswer.parse(JSON.parse(text));
    expect(response.status).toBe(200);
    expect(body.database).toMatchObject({ status: 'up', name: db.databaseName, consecutiveFailures: 0 });
    expect(body.database?.responseTimeMs).toBeGreaterThan(0);
    expect(body.collections).toMatchObject({
      counts: [
        { name: 'orders', documents: 12 },
        { name: 'users', documents: 1 },
      ],
      truncated: false,
      error: null,
    });
    expect(text).not.toContain('jane@example.com');
    // Kept: a second reader costs the database nothing.
    await db.collection('orders').insertOne({ index: 12 });
    const again = diagnosticsAnswer.parse(await (await fetch(`${base}/api/health/diagnostics`)).json());
    expect(again.collections).toEqual(body.collections);
  });

  test("reads the pool from the driver's events", async () => {
    const { client, db } = await connected(inject('mongoUri'), { maxPoolSize: 3 });
    const monitor = testMonitor({ mongo: client, database: db.databaseName });
    await monitor.ready();
    await Promise.all(Array.from({ length: 20 }, () => db.collection('orders').findOne({})));
    const { database } = monitor.read.detailed();
    expect(database?.pool).toMatchObject({ complete: true, maxSize: 3, inUse: 0, waiting: 0 });
    expect(database?.pool?.size).toBeGreaterThanOrEqual(1);
    expect(database?.pool?.size).toBeLessThanOrEqual(3);
  });

  test('costs the database one ping, however often it is asked', async () => {
    const proxy = await startMongoProxy(inject('mongoUri'));
    onTestFinished(() => proxy.close());
    const { db } = await connected(proxy.uri);
    const monitor = testMonitor({ mongo: db });
    const base = await serve(monitor.listener(() => {}));
    for (let index = 0; index < 50; index++) {
      await (await fetch(`${base}/api/health`)).text();
      await (await fetch(`${base}/api/health/detailed`)).text();
    }
    expect(proxy.commands.filter(({ command }) => command === 'ping')).toHaveLength(1);
    expect(proxy.writes()).toEqual([]);
  });

  test('says down within moments of losing it, alerts, and says up again', async () => {
    const proxy = await startMongoProxy(inject('mongoUri'));
    onTestFinished(() => proxy.close());
    const { db } = await connected(proxy.uri);
    const monitor = testMonitor({ mongo: db });
    const base = await serve(monitor.listener());
    expect((await fetch(`${base}/api/health`)).status).toBe(200);
    proxy.refuse = true;
    proxy.cut();
    await until(monitor.read.health, ({ status }) => status === 'unhealthy');
    expect((await fetch(`${base}/api/health`)).status).toBe(503);
    expect(monitor.read.alertsSummary()).toMatchObject({ firing: 1, active: [{ type: 'database-down' }] });
    expect(await monitor.read.diagnostics()).toMatchObject({ collections: null });
    proxy.refuse = false;
    await until(monitor.read.health, ({ status }) => status === 'healthy');
    expect((await fetch(`${base}/api/health`)).status).toBe(200);
  });

  test('answers in time where the database does not', async () => {
    const proxy = await startMongoProxy(inject('mongoUri'));
    onTestFinished(() => proxy.close());
    proxy.stall = true;
    const { db } = await connected(proxy.uri);
    const monitor = testMonitor({ mongo: db, databaseTimeout: '200ms' });
    const base = await serve(monitor.listener());
    const startedAt = performance.now();
    const response = await fetch(`${base}/api/health/detailed`);
    expect(response.status).toBe(503);
    expect(detailedAnswer.parse(await response.json()).database).toMatchObject({
      status: 'down',
      error: 'no answer to ping within 200 ms',
    });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
