import type { Document } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { ask, healthy, replSetStatus, sent, server } from './builders.ts';

/** What a server leaves out, or says otherwise than mongod, is not read as zero. */

const refuse =
  (code: number, message = 'no', codeName?: string) =>
  () => {
    throw Object.assign(new Error(message), { code, ...(codeName === undefined ? {} : { codeName }) });
  };

const untold = { kind: 'unsupported', reason: 'not reported by this server' };

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

describe('a server that does not tell', () => {
  test.each<[string, Record<string, (command: Document) => Document>, readonly string[]]>([
    [
      'its connections and cursors',
      { serverStatus: () => ({ ok: 1 }) },
      ['mongodb_connections_used', 'mongodb_open_cursors', 'mongodb_cursor_timeouts'],
    ],
    ['its log', { getLog: () => ({ ok: 1 }) }, ['mongodb_slow_queries']],
    [
      'its log in a form that can be read',
      { getLog: () => ({ log: ['2026-03-01T12:00:05Z I COMMAND [conn1] Slow query shop.orders'] }) },
      ['mongodb_slow_queries'],
    ],
    ['its size', { dbStats: () => ({ ok: 1 }) }, ['mongodb_storage_size']],
    [
      'its members',
      { replSetGetStatus: () => ({ set: 'rs0', ok: 1 }) },
      ['mongodb_unhealthy_members', 'mongodb_replication_lag'],
    ],
  ])('%s: nothing is judged, and nothing is zero', async (_name, answers, metrics) => {
    const { values, skips } = await ask(server({ ...healthy, ...answers }));
    for (const metric of metrics) {
      expect(values.has(metric)).toBe(false);
      expect(skips.get(metric)).toEqual(untold);
    }
  });

  test('how many cursors had timed out before: their difference is not known', async () => {
    let asked = 0;
    const { values, skips } = await ask(
      server({
        ...healthy,
        serverStatus: (command) =>
          asked++ === 0 ? refuse(13)() : (healthy.serverStatus as (command: Document) => Document)(command),
      }),
    );
    expect(skips.get('mongodb_cursor_timeouts')).toEqual(untold);
    expect(values.get('mongodb_open_cursors')?.value).toBe(4);
  });

  test('a list where one was asked for: that is no empty list', async () => {
    const { values, skips } = await ask(
      server({ ...healthy, aggregate: () => ({ ok: 1 }), listIndexes: () => ({ ok: 1 }) }),
    );
    for (const metric of [
      'mongodb_long_running_operations',
      'mongodb_unused_indexes',
      'mongodb_missing_indexes',
    ]) {
      expect(values.has(metric)).toBe(false);
      expect(skips.get(metric)).toEqual({
        kind: 'failed',
        reason: 'Error: the answer of the server holds no list',
      });
    }
  });

  test('its shards: that is no healthy cluster', async () => {
    const { values, skips } = await ask(
      server({ ...healthy, hello: () => ({ msg: 'isdbgrid' }), listShards: () => ({ ok: 1 }) }),
      { watchMembers: () => Promise.reject(new Error('nobody to watch')) },
    );
    expect(values.has('mongodb_unhealthy_members')).toBe(false);
    expect(skips.get('mongodb_unhealthy_members')).toMatchObject({ kind: 'failed' });
  });

  test('what it is: no fact of it is made up', async () => {
    const { server: read, facts } = await ask(
      server({
        ...healthy,
        buildInfo: () => ({ ok: 1 }),
        getParameter: () => ({ ok: 1 }),
        dbStats: () => ({ storageSize: 1_000, ok: 1 }),
      }),
    );
    expect(read.version).toEqual({
      ok: false,
      skip: { kind: 'missing', reason: 'the version is not reported by this server' },
    });
    expect(read.compatibility).toMatchObject({ ok: false, skip: { reason: 'not reported by this server' } });
    expect(facts).toEqual(['replica set rs0', '2 members']);
  });
});

test('the size is that of data and indexes, where no sum of both is told', async () => {
  const sized = async (stats: Document) =>
    (await ask(server({ ...healthy, dbStats: () => stats }))).values.get('mongodb_storage_size')?.value;
  expect(await sized({ storageSize: 1_000, indexSize: 500 })).toBe(1_500);
  expect(await sized({ storageSize: 1_000 })).toBe(1_000);
});
