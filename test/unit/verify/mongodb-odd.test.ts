import type { Document } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { compareIndexes, readIndexes } from '../../../src/verify/mongodb/indexes.ts';
import { buildingIndexes, longOperations, slowQueries } from '../../../src/verify/mongodb/operations.ts';
import { lastingLag, readReplication } from '../../../src/verify/mongodb/replication.ts';
import { topologyOf } from '../../../src/verify/mongodb/server.ts';
import { replicationOf, type ShardMember } from '../../../src/verify/mongodb/sharded.ts';
import { skipOf } from '../../../src/verify/mongodb/skip.ts';
import { ago, ask, healthy, NOW, replSetStatus, server } from './mongodb-builders.ts';

/** What a server leaves out, or says otherwise than mongod, is not read as zero. */

const refuse =
  (code: number, message = 'no', codeName?: string) =>
  () => {
    throw Object.assign(new Error(message), { code, ...(codeName === undefined ? {} : { codeName }) });
  };
const untold = { kind: 'unsupported', reason: 'the server does not tell it' };

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
      skip: { kind: 'missing', reason: 'the server does not tell its version' },
    });
    expect(read.compatibility).toMatchObject({ ok: false, skip: { reason: 'the server does not tell it' } });
    expect(facts).toEqual(['replica set rs0', '2 members']);
  });
});

test('the size is that of data and indexes, where no sum of both is told', async () => {
  const sized = async (stats: Document) =>
    (await ask(server({ ...healthy, dbStats: () => stats }))).values.get('mongodb_storage_size')?.value;
  expect(await sized({ storageSize: 1_000, indexSize: 500 })).toBe(1_500);
  expect(await sized({ storageSize: 1_000 })).toBe(1_000);
});

test('a feature compatibility version that is told as a text alone is read', async () => {
  const { server: read } = await ask(
    server({ ...healthy, getParameter: () => ({ featureCompatibilityVersion: '3.4' }) }),
  );
  expect(read.compatibility).toEqual({ ok: true, value: { version: '3.4' } });
});

test('a member that is not the primary and does not tell its name is told as such', () => {
  expect(topologyOf({ setName: 'rs0', isWritablePrimary: false, primary: 'a:27017' })).toMatchObject({
    primary: true,
    secondary: 'a member that is not the primary',
  });
});

describe('replication', () => {
  test('lag that lasts over three readings is told, with the member', async () => {
    let asked = 0;
    const { values } = await ask(
      server({ ...healthy, replSetGetStatus: () => replSetStatus(...([[60], [45], [50]][asked++] ?? [0])) }),
    );
    expect(asked).toBe(3);
    expect(values.get('mongodb_replication_lag')).toEqual({ value: 45, unit: 's', detail: 'b:27017' });
  });

  test('without any lag no member is named', async () => {
    const { values } = await ask(server({ ...healthy, replSetGetStatus: () => replSetStatus(0) }));
    expect(values.get('mongodb_replication_lag')).toEqual({ value: 0, unit: 's' });
  });

  test('a member that only the last reading knows is behind by what that says', () => {
    const readings = [replSetStatus(0), replSetStatus(0, 90)].map(readReplication);
    expect(lastingLag(readings)).toEqual({ member: 'c:27017', seconds: 90 });
  });

  test('a state without a name is told by its number', () => {
    const status = replSetStatus({ state: 3, stateStr: undefined });
    expect(readReplication(status).unhealthy).toEqual(['b:27017 (3)']);
  });

  test('a member of a shard in no state to serve is unhealthy, by that state', () => {
    const members: ShardMember[] = [
      { name: 'a:1', state: 'primary' },
      { name: 'b:1', state: 'other' },
      { name: 'c:1', state: 'unreachable', error: 'refused' },
    ];
    expect(replicationOf('s0', members).unhealthy).toEqual(['s0 b:1 (other)', 's0 c:1 (refused)']);
  });
});

describe('indexes', () => {
  test('of a collection that does not exist are missing, whichever option the server knows', async () => {
    const missing = async (listIndexes: (command: Document) => Document) =>
      (await ask(server({ ...healthy, listIndexes }))).values.get('mongodb_missing_indexes');
    const expected = { value: 1, unit: '', detail: 'orders {n: 1}' };
    expect(await missing(refuse(26, 'ns does not exist', 'NamespaceNotFound'))).toEqual(expected);
    expect(
      await missing(({ includeIndexBuildInfo }) =>
        includeIndexBuildInfo ? refuse(40_415, 'unknown field')() : refuse(26, 'ns does not exist')(),
      ),
    ).toEqual(expected);
  });

  test('many of them are counted, five are named', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => ({ key: { [name]: 1 } }));
    const { values } = await ask(server(healthy), { indexes: new Map([['orders', keys]]) });
    expect(values.get('mongodb_missing_indexes')).toEqual({
      value: 7,
      unit: '',
      detail: 'orders {a: 1}, orders {b: 1}, orders {c: 1}, orders {d: 1}, orders {e: 1} and 2 more',
    });
  });

  const found = readIndexes(
    [
      { key: { email: 1 }, name: 'email_1' },
      { key: { kind: 1, _fts: 'text', _ftsx: 1 }, name: 'words', weights: { title: 1 } },
    ],
    [{ name: 'email_1' }],
  );

  test('one that is not unique does not do where a unique one is expected', () => {
    const { missing } = compareIndexes('users', [{ key: { email: 1 }, unique: true }], found, NOW);
    expect(missing).toEqual(['users {email: 1} (there, but not unique)']);
  });

  test('a text index keeps the fields before its words, in order', () => {
    const { missing } = compareIndexes(
      'users',
      [{ key: { kind: 1, title: 'text' } }, { key: { title: 'text', kind: 1 } }],
      found,
      NOW,
    );
    expect(missing).toEqual(['users {title: text, kind: 1}']);
  });

  test('one whose use is not told is not called unused', () => {
    expect(compareIndexes('users', undefined, found, NOW).unused).toEqual([]);
  });
});

describe('operations', () => {
  const running = { active: true, op: 'query', ns: 'shop.orders', secs_running: 90 };

  test('that tell little are told all the same', () => {
    expect(longOperations([running], 60)).toEqual([{ seconds: 90, what: 'query on shop.orders' }]);
    expect(buildingIndexes([{ msg: 'Index Build' }])).toEqual(['an index']);
    expect(
      buildingIndexes([{ active: true, ns: 'shop.orders', command: { createIndexes: 'orders' } }]),
    ).toEqual(['shop.orders']);
  });

  test('in the log without a time, or of another kind, are not counted', () => {
    const line = (rest: object) => JSON.stringify({ attr: { ns: 'shop.orders' }, ...rest });
    const log = [
      7,
      line({ msg: 'Connection accepted' }),
      line({ msg: 'Slow query' }),
      line({ msg: 'Slow query', t: { $date: ago(-5).toISOString() } }),
    ];
    expect(slowQueries(log, 'shop', new Date(NOW))).toBe(1);
    expect(slowQueries([], 'shop', new Date(NOW))).toBe(0);
  });
});

test('a command that a server does not know, and has no name for that, is told in its words', () => {
  const privilege = { action: 'getLog', resource: '{ cluster: true }', role: 'r' };
  expect(skipOf(new Error('getLog is not supported'), privilege, () => 'getLog is not supported')).toEqual({
    kind: 'unsupported',
    reason: 'this server has no such command (getLog is not supported)',
  });
});
