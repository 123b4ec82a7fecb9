import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CollectionCounts } from '../../../src/monitor/database/collection-counts.ts';
import { DatabaseWatch } from '../../../src/monitor/database/database-watch.ts';
import { PoolWatch } from '../../../src/monitor/database/pool.ts';
import type { EventSource, MongoDbPort, MongoSource } from '../../../src/monitor/database/port.ts';

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A database whose pings take as long, and end, as the test says. */
class FakeDb extends EventEmitter {
  readonly databaseName = 'shop';
  readonly client = this;
  pings: number[] = [];
  takesMs = 3;
  failsWith: Error | null = null;
  hangs = false;

  async command(command: object): Promise<unknown> {
    expect(command).toEqual({ ping: 1 });
    this.pings.push(performance.now());
    if (this.hangs) return new Promise(() => {});
    await new Promise((resolve) => setTimeout(resolve, this.takesMs));
    if (this.failsWith !== null) throw this.failsWith;
    return { ok: 1 };
  }
}

function watchOf(mongo: MongoSource) {
  const changes: string[] = [];
  const watch: DatabaseWatch = new DatabaseWatch({
    mongo,
    database: undefined,
    intervalMs: 30_000,
    timeoutMs: 5_000,
    now: () => performance.now(),
    wallClock: () => Date.now(),
    onChange: () => changes.push(watch.read().status),
  });
  return { watch, changes };
}

function topology(type: string, ...servers: string[]) {
  const byAddress = servers.map((server, index) => [`10.0.0.${index}:27017`, { type: server }] as const);
  return { newDescription: { type, servers: new Map(byAddress) } };
}

describe('the watch of the database', () => {
  test('pings at once and then twice a minute, whatever is asked meanwhile', async () => {
    const db = new FakeDb();
    const { watch } = watchOf(db);
    expect(watch.read().status).toBe('unknown');
    const first = watch.start();
    await vi.advanceTimersByTimeAsync(3);
    await first;
    expect(watch.read()).toMatchObject({ status: 'up', responseTimeMs: 3, name: 'shop', error: null });
    for (let second = 0; second < 3_600; second++) {
      void watch.ping();
      watch.read();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(db.pings).toHaveLength(121);
    const inAnyMinute = db.pings.map(
      (at) => db.pings.filter((other) => other >= at && other < at + 60_000).length,
    );
    expect(Math.max(...inAnyMinute)).toBe(2);
    watch.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('says down, counts, and says up again', async () => {
    const db = new FakeDb();
    const { watch, changes } = watchOf(db);
    db.failsWith = new Error('auth failed for mongodb://root:hunter2@db/shop with {"pwd":"hunter2"}');
    void watch.start();
    await vi.advanceTimersByTimeAsync(30_010);
    expect(watch.read()).toMatchObject({ status: 'down', responseTimeMs: null, consecutiveFailures: 2 });
    expect(watch.read().error).toContain('auth failed');
    expect(watch.read().error).not.toContain('hunter2');
    db.failsWith = null;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(watch.read()).toMatchObject({ status: 'up', consecutiveFailures: 0, error: null });
    expect(changes).toEqual(['down', 'up']);
    watch.close();
  });

  test('takes no answer in time for down, and does not pile up pings that hang', async () => {
    const db = new FakeDb();
    db.hangs = true;
    const { watch } = watchOf(db);
    const first = watch.start();
    await vi.advanceTimersByTimeAsync(5_050);
    await first;
    expect(watch.read()).toMatchObject({ status: 'down', error: 'no answer to ping within 5000 ms' });
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(db.pings).toHaveLength(3);
    watch.close();
  });

  test("follows the driver's view between two pings, at once", async () => {
    const db = new FakeDb();
    const { watch, changes } = watchOf(db);
    void watch.start();
    await vi.advanceTimersByTimeAsync(10);
    db.emit('topologyDescriptionChanged', topology('ReplicaSetNoPrimary', 'RSSecondary', 'Unknown'));
    expect(watch.read()).toMatchObject({ status: 'down', responseTimeMs: null });
    db.emit('topologyDescriptionChanged', topology('ReplicaSetWithPrimary', 'RSSecondary', 'RSPrimary'));
    expect(watch.read()).toMatchObject({ status: 'up', responseTimeMs: 3 });
    db.emit('topologyDescriptionChanged', topology('Single', 'Unknown'));
    expect(watch.read().status).toBe('down');
    db.emit('topologyDescriptionChanged', topology('Single', 'Standalone'));
    db.emit('topologyDescriptionChanged', topology('Sharded', 'Unknown', 'Mongos'));
    expect(watch.read().status).toBe('up');
    expect(changes).toEqual(['up', 'down', 'up', 'down', 'up']);
    expect(db.pings).toHaveLength(1);
    watch.close();
    expect(db.eventNames()).toEqual([]);
  });

  test('takes no server at all for none that can take a write, and an odd event for none', async () => {
    const db = new FakeDb();
    const { watch } = watchOf(db);
    void watch.start();
    await vi.advanceTimersByTimeAsync(10);
    db.emit('topologyDescriptionChanged', {});
    expect(watch.read().status).toBe('up');
    for (const description of [
      { type: 'Single' },
      { type: 'Sharded', servers: new Map() },
      { servers: new Map([['a:1', {}]]) },
    ]) {
      db.emit('topologyDescriptionChanged', { newDescription: description });
      expect(watch.read()).toMatchObject({ status: 'down', error: expect.stringContaining('every server') });
      db.emit('topologyDescriptionChanged', topology('Single', 'Standalone'));
      expect(watch.read().status).toBe('up');
    }
    watch.close();
  });

  test('says nothing any more once it is closed, though a ping was under way', async () => {
    const db = new FakeDb();
    const { watch, changes } = watchOf(db);
    const first = watch.start();
    watch.close();
    await vi.advanceTimersByTimeAsync(10);
    await first;
    expect(watch.read().status).toBe('unknown');
    expect(changes).toEqual([]);
  });

  test('does not call a driver that still connects for the first time lost', () => {
    const db = new FakeDb();
    const { watch } = watchOf(db);
    void watch.start();
    db.emit('topologyDescriptionChanged', topology('Unknown', 'Unknown'));
    expect(watch.read().status).toBe('unknown');
    watch.close();
  });

  test('forgets an answer that is too old: unknown, not up', async () => {
    const db = new FakeDb();
    const { watch } = watchOf(db);
    void watch.start();
    await vi.advanceTimersByTimeAsync(10);
    watch.close();
    await vi.advanceTimersByTimeAsync(65_000);
    expect(watch.read()).toMatchObject({ status: 'unknown', responseTimeMs: null });
  });

  test('waits for an app that connects later', async () => {
    const db = new FakeDb();
    let connected = false;
    const { watch } = watchOf(() => (connected ? db : null));
    await watch.start();
    expect(watch.read()).toMatchObject({ status: 'unknown', name: null, pool: null });
    await vi.advanceTimersByTimeAsync(600_000);
    expect(vi.getTimerCount()).toBe(2);
    connected = true;
    await vi.advanceTimersByTimeAsync(1_010);
    expect(watch.read()).toMatchObject({ status: 'up', name: 'shop' });
    expect(watch.read().pool).not.toBeNull();
    watch.close();
  });

  test('hears an answer that came in time while the event loop was blocked', async () => {
    vi.useRealTimers();
    let answer = (): void => {};
    const db: MongoDbPort = { command: () => new Promise((resolve) => (answer = () => resolve({ ok: 1 }))) };
    const watch = new DatabaseWatch({
      mongo: db,
      database: undefined,
      intervalMs: 30_000,
      timeoutMs: 50,
      now: () => performance.now(),
      wallClock: () => Date.now(),
      onChange: () => {},
    });
    const first = watch.start();
    await Promise.resolve();
    // The answer lies in the socket; the loop reads it only after timers that are due.
    setTimeout(() => setImmediate(answer), 0);
    for (const until = performance.now() + 100; performance.now() < until; );
    await first;
    expect(watch.read().status).toBe('up');
    watch.close();
  });

  test('is down where the app throws instead of giving its database', async () => {
    const { watch } = watchOf(() => {
      throw new Error('not configured');
    });
    await watch.start();
    expect(watch.read()).toMatchObject({ status: 'down', error: 'not configured' });
    watch.close();
  });

  test('takes a client, and the database of its choice', async () => {
    const asked: (string | undefined)[] = [];
    const db = new FakeDb();
    const client = Object.assign(new EventEmitter(), {
      db(name?: string) {
        asked.push(name);
        return db;
      },
    });
    const { watch } = watchOf(client);
    void watch.start();
    await vi.advanceTimersByTimeAsync(10);
    expect(asked).toEqual([undefined]);
    expect(watch.read().status).toBe('up');
    watch.close();
    expect(client.eventNames()).toEqual([]);
  });
});

describe('pool statistics', () => {
  test('follow the events of the driver', () => {
    const client = new EventEmitter();
    const pool = new PoolWatch(client as unknown as EventSource);
    client.emit('connectionPoolCreated', { options: { maxPoolSize: 7 } });
    for (let index = 0; index < 3; index++) {
      client.emit('connectionCheckOutStarted', {});
      client.emit('connectionCreated', {});
      client.emit('connectionCheckedOut', {});
    }
    client.emit('connectionCheckOutStarted', {});
    client.emit('connectionCheckOutStarted', {});
    client.emit('connectionCheckOutFailed', {});
    client.emit('connectionCheckedIn', {});
    client.emit('connectionPoolCleared', {});
    client.emit('connectionClosed', {});
    expect(pool.read()).toEqual({
      complete: true,
      maxSize: 7,
      size: 2,
      inUse: 2,
      waiting: 1,
      createdTotal: 3,
      closedTotal: 1,
      checkOutFailuresTotal: 1,
      clearedTotal: 1,
    });
    pool.close();
    expect(client.eventNames()).toEqual([]);
  });

  test('say that they are incomplete, and never fall below zero, where they came late', () => {
    const client = new EventEmitter();
    const pool = new PoolWatch(client as unknown as EventSource);
    client.emit('connectionCheckedIn', {});
    client.emit('connectionClosed', {});
    expect(pool.read()).toMatchObject({ complete: false, maxSize: null, size: 0, inUse: 0, waiting: 0 });
    client.emit('connectionCheckedOut', {});
    expect(pool.read()).toMatchObject({ size: 1, inUse: 1 });
    client.emit('connectionCheckOutFailed', {});
    expect(pool.read()).toMatchObject({ waiting: 0, checkOutFailuresTotal: 1 });
    client.emit('connectionPoolCreated', {});
    expect(pool.read()).toMatchObject({ complete: true, maxSize: null });
    pool.close();
  });
});

describe('collection counts', () => {
  function counting(
    collections: Readonly<Record<string, number | Error>>,
    options: Partial<ConstructorParameters<typeof CollectionCounts>[0]> = {},
  ) {
    const asked: string[] = [];
    let lists = 0;
    const db: MongoDbPort = {
      command: async () => ({}),
      listCollections: () => ({
        toArray: async () => {
          lists++;
          return [
            ...Object.keys(collections).map((name) => ({ name, type: 'collection' })),
            { name: 'system.views', type: 'collection' },
            { name: 'a_view', type: 'view' },
          ];
        },
      }),
      collection: (name) => ({
        estimatedDocumentCount: async () => {
          asked.push(name);
          const count = collections[name];
          if (count instanceof Error) throw count;
          return count ?? 0;
        },
      }),
    };
    const counts = new CollectionCounts({
      names: undefined,
      limit: 50,
      maxAgeMs: 300_000,
      timeoutMs: 5_000,
      now: () => performance.now(),
      wallClock: () => Date.now(),
      ...options,
    });
    return { db, counts, asked, lists: () => lists };
  }

  test('are asked for once and then kept', async () => {
    const { db, counts, asked, lists } = counting({ users: 5, orders: 12 });
    const [first] = await Promise.all([counts.read(db), counts.read(db), counts.read(db)]);
    expect(first.counts).toEqual([
      { name: 'orders', documents: 12 },
      { name: 'users', documents: 5 },
    ]);
    await vi.advanceTimersByTimeAsync(299_000);
    await counts.read(db);
    expect([asked.length, lists()]).toEqual([2, 1]);
    await vi.advanceTimersByTimeAsync(1_001);
    await counts.read(db);
    expect([asked.length, lists()]).toEqual([4, 2]);
  });

  test('are bounded, and say so', async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`c${index}`, index]));
    const { db, counts, asked } = counting(many);
    const answer = await counts.read(db);
    expect(answer.truncated).toBe(true);
    expect(answer.counts).toHaveLength(50);
    expect(asked).toHaveLength(50);
  });

  test('are of the collections that the app names', async () => {
    const { db, counts, lists } = counting({ users: 5, orders: 12 }, { names: ['orders'] });
    expect((await counts.read(db)).counts).toEqual([{ name: 'orders', documents: 12 }]);
    expect(lists()).toBe(0);
  });

  test('are not zero where the database that was handed in cannot count', async () => {
    const { counts } = counting({}, { names: ['orders'] });
    const { counts: found } = await counts.read({ command: async () => ({}) });
    expect(found).toEqual([{ name: 'orders', documents: null }]);
  });

  test('say null for one that fails, with the reason, and try again', async () => {
    const { db, counts, asked } = counting({ users: new Error('not authorized on "shop"'), orders: 1 });
    const answer = await counts.read(db);
    expect(answer.counts).toEqual([
      { name: 'orders', documents: 1 },
      { name: 'users', documents: null },
    ]);
    expect(answer.error).toBe('not authorized on "…"');
    await counts.read(db);
    expect(asked).toHaveLength(4);
  });

  test('do not keep a reader waiting', async () => {
    const { db, counts } = counting({});
    const reading = counts.read({
      ...db,
      listCollections: () => ({ toArray: () => new Promise(() => {}) }),
    });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await reading).toMatchObject({ counts: [], error: 'no answer within 5000 ms' });
  });
});
