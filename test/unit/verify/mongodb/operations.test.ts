import { describe, expect, test } from 'vitest';
import { buildingIndexes, longOperations, slowQueries } from '../../../../src/verify/mongodb/operations.ts';
import { ago, NOW } from './builders.ts';

/** What a server leaves out, or says otherwise than mongod, is not read as zero. */

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
