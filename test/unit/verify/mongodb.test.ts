import fc from 'fast-check';
import { Timestamp } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { compareIndexes, keyText, readIndexes } from '../../../src/verify/mongodb/indexes.ts';
import { buildingIndexes, longOperations, slowQueries } from '../../../src/verify/mongodb/operations.ts';
import { lastingLag, oplogWindow, readReplication } from '../../../src/verify/mongodb/replication.ts';
import { ago, ask, healthy, NOW, replSetStatus, sent, server } from './mongodb-builders.ts';

describe('replication lag', () => {
  test('is what the slowest secondary is behind, never negative', () => {
    const reading = readReplication(replSetStatus(3, -2));
    expect([...reading.lag]).toEqual([
      ['b:27017', 3],
      ['c:27017', 0],
    ]);
    expect(lastingLag([reading])).toEqual({ member: 'b:27017', seconds: 3 });
  });

  test('of an idle set whose first write was just now does not last', () => {
    const spike = readReplication(replSetStatus(600));
    const after = readReplication(replSetStatus(0));
    expect(lastingLag([spike, after])).toEqual({ member: 'b:27017', seconds: 0 });
  });

  test('that lasts is told though another member has a spike', () => {
    const readings = [replSetStatus(30, 600), replSetStatus(32, 0)].map(readReplication);
    expect(lastingLag(readings)).toEqual({ member: 'b:27017', seconds: 30 });
  });

  test('does not count arbiters, members in initial sync or dead ones; those are unhealthy', () => {
    const reading = readReplication(
      replSetStatus(
        { state: 7, stateStr: 'ARBITER' },
        { state: 5, stateStr: 'STARTUP2', optimeDate: ago(9_999) },
        { state: 8, stateStr: '(not reachable/healthy)', health: 0, optimeDate: new Date(0) },
        { state: 3, stateStr: 'RECOVERING', optimeDate: ago(9_999) },
      ),
    );
    expect(reading.lag.size).toBe(0);
    expect(reading.unhealthy).toEqual(['d:27017 ((not reachable/healthy))', 'e:27017 (RECOVERING)']);
  });

  test('is the least of the readings of a member, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { minLength: 1, maxLength: 5 }), (list) => {
        const readings = list.map((seconds) => readReplication(replSetStatus(seconds)));
        expect(lastingLag(readings)?.seconds).toBe(Math.min(...list));
      }),
    );
  });

  test('the oplog covers the time between its ends', () => {
    const entry = (t: number) => ({ ts: new Timestamp({ t, i: 1 }) });
    expect(oplogWindow(entry(1_700_000_000), entry(1_700_007_200))).toBe(7_200);
    expect(() => oplogWindow(undefined, undefined)).toThrow('no oplog');
  });
});

describe('indexes', () => {
  const found = readIndexes(
    [
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { customer_id: 1, at: -1 }, name: 'customer' },
      { v: 2, key: { email: 1 }, name: 'email_1', unique: true },
      { v: 2, key: { _fts: 'text', _ftsx: 1 }, name: 'words', weights: { title: 1 } },
      { spec: { v: 2, key: { late: 1 }, name: 'late_1' }, indexBuildInfo: { buildUUID: 'x' } },
    ],
    [
      { name: 'customer', accesses: { ops: 0n, since: ago(30 * 86_400) } },
      { name: 'email_1', accesses: { ops: 5, since: ago(30 * 86_400) } },
      { name: 'words', accesses: { ops: 0, since: ago(60) } },
    ],
  );
  const compare = (...expected: Parameters<typeof compareIndexes>[1] & object) =>
    compareIndexes('orders', expected, found, NOW);

  test('expected ones are found by fields, order and uniqueness', () => {
    expect(compare({ key: { customer_id: 1, at: -1 } }, { key: { email: 1 }, unique: true }).missing).toEqual(
      [],
    );
    expect(compare({ key: { at: -1, customer_id: 1 } }).missing).toEqual(['orders {at: -1, customer_id: 1}']);
    expect(compare({ key: { email: 1 }, unique: false }).missing).toEqual([
      'orders {email: 1} (there, but unique)',
    ]);
    expect(compare({ key: { email: 1 }, name: 'mail' }).missing).toEqual([
      'orders {email: 1} (there, but called email_1)',
    ]);
    expect(compare({ key: { title: 'text' } }).missing).toEqual([]);
  });

  test('one that is still being built is not there yet', () => {
    const findings = compare({ key: { late: 1 } });
    expect(findings.missing).toEqual(['orders {late: 1} (still being built)']);
    expect(findings.building).toEqual(['orders {late: 1}']);
  });

  test('unexpected and unused ones; those that had no time to be used are not told', () => {
    const findings = compare({ key: { email: 1 } });
    expect(findings.unexpected).toEqual([
      'orders {customer_id: 1, at: -1}',
      'orders {title: text}',
      'orders {late: 1}',
    ]);
    expect(findings.unused).toEqual(['orders {customer_id: 1, at: -1}']);
    expect(compareIndexes('orders', undefined, found, NOW).unexpected).toEqual([]);
  });

  test('numbers of any BSON type are the same direction', () => {
    expect(keyText({ a: 1, b: -1.0, c: '2dsphere' })).toBe('{a: 1, b: -1, c: 2dsphere}');
  });
});

describe('operations', () => {
  const running = { active: true, op: 'query', ns: 'shop.orders', secs_running: 90, opid: 7, desc: 'conn12' };
  test.each([
    ['a long query', running, true],
    ['a short one', { ...running, secs_running: 5 }, false],
    ['an idle one', { ...running, active: false }, false],
    ['the oplog fetcher', { ...running, ns: 'local.oplog.rs' }, false],
    [
      'a waiting hello',
      { ...running, op: 'command', ns: 'shop.$cmd', command: { hello: 1, maxAwaitTimeMS: 10 } },
      false,
    ],
    [
      'a change stream',
      { ...running, op: 'getmore', cursor: { originatingCommand: { pipeline: [{ $changeStream: {} }] } } },
      false,
    ],
    ['a tailing cursor', { ...running, op: 'getmore', cursor: { tailable: true } }, false],
  ])('%s', (_name, operation, long) => {
    expect(longOperations([operation], 60)).toHaveLength(long ? 1 : 0);
  });

  test('index builds are seen with their progress', () => {
    const build = {
      msg: 'Index Build: scanning collection',
      ns: 'shop.orders',
      progress: { done: 25, total: 100 },
    };
    expect(buildingIndexes([build, running])).toEqual(['shop.orders (25 %)']);
  });

  test('slow queries are counted on this database since the start', () => {
    const line = (at: string, ns: string) =>
      JSON.stringify({ t: { $date: at }, s: 'I', c: 'COMMAND', id: 51803, msg: 'Slow query', attr: { ns } });
    const log = [
      line('2026-03-01T12:00:05Z', 'shop.orders'),
      line('2026-03-01T11:59:59Z', 'shop.orders'),
      line('2026-03-01T12:00:06Z', 'other.orders'),
      'Slow query in plain text of 4.2',
      '{broken Slow query',
    ];
    expect(slowQueries(log, 'shop', new Date(NOW))).toBe(1);
  });
});

describe('diagnose, at command level', () => {
  test('a replica set tells everything', async () => {
    const { values, skips, facts } = await ask(server(healthy));
    expect(Object.fromEntries([...values].map(([name, { value }]) => [name, value]))).toEqual({
      mongodb_connections_used: 90,
      mongodb_open_cursors: 4,
      mongodb_cursor_timeouts: 0,
      mongodb_replication_lag: 1,
      mongodb_unhealthy_members: 0,
      mongodb_oplog_window: 7_200,
      mongodb_long_running_operations: 0,
      mongodb_slow_queries: 0,
      mongodb_storage_size: 1_500,
      mongodb_missing_indexes: 1,
      mongodb_unexpected_indexes: 0,
      mongodb_building_indexes: 0,
      mongodb_unused_indexes: 0,
    });
    expect([...skips]).toEqual([]);
    expect(facts.join(', ')).toBe(
      'MongoDB 7.0.14, feature compatibility 7.0, replica set rs0, 2 members, 3 collections',
    );
  });

  test('only commands that read are sent', async () => {
    sent.length = 0;
    await ask(server(healthy));
    const reading = [
      'hello',
      'serverStatus',
      'buildInfo',
      'replSetGetStatus',
      'find',
      'aggregate',
      'getLog',
      'dbStats',
      'getParameter',
      'listIndexes',
    ];
    for (const [, command] of sent) expect(reading).toContain(Object.keys(command)[0]);
    expect(sent.find(([, command]) => 'getParameter' in command)?.[0]).toBe('admin');
    expect(sent.find(([, command]) => 'find' in command)?.[0]).toBe('local');
  });

  test('a user who may only read is told the exact privilege of each, and the rest still runs', async () => {
    const unauthorized = () => {
      throw Object.assign(new Error('not authorized on admin to execute command'), {
        code: 13,
        codeName: 'Unauthorized',
      });
    };
    const { values, skips } = await ask(
      server({
        ...healthy,
        serverStatus: unauthorized,
        replSetGetStatus: unauthorized,
        find: unauthorized,
        getLog: unauthorized,
        aggregate: unauthorized,
        getParameter: unauthorized,
      }),
    );
    expect(skips.get('mongodb_connections_used')).toEqual({
      kind: 'forbidden',
      reason: 'the user lacks the privilege `serverStatus` on { cluster: true }',
      hint: 'Grant the role `clusterMonitor` on `admin`, or a role with { resource: { cluster: true }, actions: ["serverStatus"] }.',
    });
    expect(skips.get('mongodb_replication_lag')?.reason).toContain('`replSetGetStatus`');
    expect(skips.get('mongodb_oplog_window')?.reason).toContain(
      '`find` on { db: "local", collection: "oplog.rs" }',
    );
    expect(skips.get('mongodb_long_running_operations')?.reason).toContain('`inprog`');
    expect(skips.get('mongodb_slow_queries')?.reason).toContain('`getLog`');
    expect(skips.get('mongodb_unused_indexes')?.reason).toContain('`indexStats` on { db: "shop"');
    expect(values.get('mongodb_missing_indexes')?.value).toBe(1);
    expect(values.get('mongodb_storage_size')?.value).toBe(1_500);
  });

  test('a user who may not even list indexes gets no verdict on them', async () => {
    const { values, skips } = await ask(
      server({
        ...healthy,
        listIndexes: () => {
          throw Object.assign(new Error('not authorized'), { code: 13 });
        },
      }),
    );
    expect(values.has('mongodb_missing_indexes')).toBe(false);
    expect(skips.get('mongodb_missing_indexes')?.kind).toBe('forbidden');
  });

  test.each([
    ['standalone', { code: 76, codeName: 'NoReplicationEnabled' }, { ok: 1 }, 'standalone'],
    ['not initialised', { code: 94, codeName: 'NotYetInitialized' }, { ok: 1 }, 'standalone'],
    ['behind mongos', { code: 115, codeName: 'CommandNotSupported' }, { msg: 'isdbgrid' }, 'sharded cluster'],
  ])('%s: there is no lag to judge', async (_name, error, hello, topology) => {
    const { skips, facts, values } = await ask(
      server({
        ...healthy,
        hello: () => hello,
        replSetGetStatus: () => {
          throw Object.assign(new Error('not running with --replSet'), error);
        },
        find: () => ({ cursor: { firstBatch: [] } }),
      }),
    );
    expect(['missing', 'unsupported']).toContain(skips.get('mongodb_replication_lag')?.kind);
    expect(skips.get('mongodb_oplog_window')).toMatchObject({ kind: 'missing' });
    expect(values.get('mongodb_connections_used')?.value).toBe(90);
    expect(facts).toContain(topology);
  });

  test('secondaries of which none replicates are no absence of secondaries', async () => {
    const dead = { state: 8, stateStr: '(not reachable/healthy)', health: 0, optimeDate: new Date(0) };
    const { skips, values } = await ask(
      server({ ...healthy, replSetGetStatus: () => replSetStatus(dead, { state: 7, stateStr: 'ARBITER' }) }),
    );
    expect(skips.get('mongodb_replication_lag')).toEqual({
      kind: 'failed',
      reason: 'there are secondaries, and none of them is replicating',
    });
    expect(values.get('mongodb_unhealthy_members')?.value).toBe(1);
    const alone = await ask(server({ ...healthy, replSetGetStatus: () => replSetStatus() }));
    expect(alone.skips.get('mongodb_replication_lag')?.kind).toBe('missing');
  });

  test('an index that is still being built is missing on servers before 7.1, too', async () => {
    const { values } = await ask(
      server({
        ...healthy,
        listIndexes: ({ includeIndexBuildInfo, includeBuildUUIDs }) => {
          if (includeIndexBuildInfo) throw Object.assign(new Error('unknown field'), { code: 40_415 });
          const spec = { v: 2, key: { n: 1 }, name: 'n_1' };
          // As 5.0 and 6.0 answer: unmarked, unless asked for the ids of builds.
          return { cursor: { firstBatch: [includeBuildUUIDs ? { spec, buildUUID: 'x' } : spec] } };
        },
      }),
    );
    expect(values.get('mongodb_missing_indexes')).toMatchObject({
      value: 1,
      detail: 'orders {n: 1} (still being built)',
    });
    expect(values.get('mongodb_building_indexes')?.value).toBe(1);
  });

  test('an empty compatible service skips all of it and breaks nothing', async () => {
    const { values, skips } = await ask(server({}));
    expect([...values.keys()]).toEqual([]);
    expect(new Set([...skips.values()].map(({ kind }) => kind))).toEqual(new Set(['unsupported']));
  });

  test('a set without a primary has no lag, and that is no pass', async () => {
    const { skips, values } = await ask(
      server({
        ...healthy,
        replSetGetStatus: () => ({
          set: 'rs0',
          members: [{ name: 'a', state: 2, health: 1, stateStr: 'SECONDARY' }],
        }),
      }),
    );
    expect(skips.get('mongodb_replication_lag')).toEqual({
      kind: 'failed',
      reason: 'the replica set has no primary',
    });
    expect(values.has('mongodb_replication_lag')).toBe(false);
  });
});
