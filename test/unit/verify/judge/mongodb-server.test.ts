import { describe, expect, test } from 'vitest';
import type { Check } from '../../../../src/report/schema.ts';
import { serverChecks } from '../../../../src/verify/judge/mongodb-server.ts';
import { type MongoOutcome, NO_COLLECTION } from '../../../../src/verify/mongodb/outcome.ts';
import type {
  CompatibilityReading,
  ServerFact,
  TopologyReading,
} from '../../../../src/verify/mongodb/server.ts';
import { diagnosis, down, mongo } from './builders.ts';

type Expected = MongoOutcome['expected'];

const server = diagnosis().server;

const found = (expected: Partial<Expected>, over: Parameters<typeof diagnosis>[0] = {}) =>
  serverChecks(mongo({ expected: { collections: [], ...expected }, diagnosis: diagnosis(over) }));

const one = (checks: readonly Check[], metric: string) => checks.find((check) => check.metric === metric);

const shared = { kind: 'mongodb', target: 'shop', unit: '', attempts: 1 };

/** A version as the guard file expects it. */
const from7: NonNullable<Expected['version']> = { text: '>=7.0', includes: (version) => version >= '7' };

describe('what a server is', () => {
  test('is told, whether or not anything is expected', () => {
    const expected = { version: from7, topology: 'replica-set', featureCompatibilityVersion: '8.0' } as const;
    expect(found({})).toStrictEqual([
      {
        ...shared,
        id: 'mongodb/version',
        metric: 'version',
        samples: 1,
        observed: '8.0.4',
        threshold: '',
        verdict: 'pass',
        reason: 'the server is MongoDB 8.0.4',
      },
      {
        ...shared,
        id: 'mongodb/topology',
        metric: 'topology',
        samples: 1,
        observed: 'replica-set',
        threshold: '',
        verdict: 'pass',
        reason: 'it is the replica set rs0',
      },
      {
        ...shared,
        id: 'mongodb/feature-compatibility-version',
        metric: 'feature-compatibility-version',
        samples: 1,
        observed: '8.0',
        threshold: '',
        verdict: 'pass',
        reason: 'the feature compatibility version is 8.0',
      },
    ]);
    expect(found(expected).map(({ threshold, verdict, reason }) => [threshold, verdict, reason])).toEqual([
      ['>=7.0', 'pass', 'the server is MongoDB 8.0.4, expected >=7.0'],
      ['== replica-set', 'pass', 'it is the replica set rs0'],
      ['== 8.0', 'pass', 'the feature compatibility version is 8.0, expected 8.0'],
    ]);
  });

  test('of a server that was never reached nothing is told', () => {
    expect(serverChecks(mongo({ reachable: down }))).toEqual([]);
  });

  test('another version than expected fails', () => {
    const old = { server: { ...server, version: { ok: true, value: '6.0.1' } as const } };
    expect(one(found({ version: from7 }, old), 'version')).toMatchObject({
      observed: '6.0.1',
      threshold: '>=7.0',
      verdict: 'fail',
      reason: 'the server is MongoDB 6.0.1, expected >=7.0',
    });
    expect(one(found({}, old), 'version')?.verdict).toBe('pass');
  });

  const majority = 'Is a majority of its members up, and do they reach one another?';
  const direct = 'Take `readPreference` and `directConnection` out of `mongodb-uri`.';
  const set: TopologyReading = { kind: 'replica-set', set: 'rs0', primary: true };
  test.each<
    [string, TopologyReading, string[], Expected['topology'], Check['verdict'], string, string | undefined]
  >([
    [
      'a standalone server',
      { kind: 'standalone', primary: true },
      [],
      undefined,
      'pass',
      'it is a standalone server',
      undefined,
    ],
    [
      'a sharded cluster',
      { kind: 'sharded', primary: true },
      [],
      'sharded',
      'pass',
      'it is a sharded cluster',
      undefined,
    ],
    [
      'another kind than expected',
      { kind: 'standalone', primary: true },
      [],
      'replica-set',
      'fail',
      'it is a standalone server, expected replica-set',
      undefined,
    ],
    [
      'another kind than expected, which has no primary either',
      { ...set, primary: false },
      [],
      'sharded',
      'fail',
      'it is the replica set rs0, expected sharded',
      undefined,
    ],
    [
      'no primary',
      { ...set, primary: false, secondary: 'b:27017' },
      [],
      'replica-set',
      'fail',
      'it is the replica set rs0 without a primary; nothing can be written there',
      majority,
    ],
    [
      'shards without a primary',
      { kind: 'sharded', primary: true },
      ['shard1', 'shard2'],
      undefined,
      'fail',
      'it is a sharded cluster, and without a primary: shard1, shard2; nothing can be written there',
      majority,
    ],
    [
      'another member than the primary answers',
      { ...set, secondary: 'b:27017' },
      [],
      'replica-set',
      'warn',
      'it is the replica set rs0, and b:27017 answered, which is not its primary: reads there may be stale',
      direct,
    ],
  ])('%s', (_name, value, headless, topology, verdict, reason, hint) => {
    const given = { server: { ...server, topology: { ok: true, value } as const }, headless };
    expect(one(found(topology ? { topology } : {}, given), 'topology')).toStrictEqual({
      ...shared,
      id: 'mongodb/topology',
      metric: 'topology',
      samples: 1,
      observed: value.kind,
      threshold: topology ? `== ${topology}` : '',
      verdict,
      reason,
      ...(hint === undefined ? {} : { hint }),
    });
  });

  const wait = 'Wait until `setFeatureCompatibilityVersion` has finished.';
  test.each<[CompatibilityReading, string | undefined, Check['verdict'], string, string | undefined]>([
    [{ version: '7.0' }, '8.0', 'fail', 'the feature compatibility version is 7.0, expected 8.0', undefined],
    [{ version: '7.0' }, undefined, 'pass', 'the feature compatibility version is 7.0', undefined],
    [
      { version: '7.0', changingTo: '8.0' },
      undefined,
      'warn',
      'the feature compatibility version is 7.0, and it is being changed to 8.0',
      wait,
    ],
    [
      { version: '8.0', changingTo: '7.0' },
      '8.0',
      'fail',
      'the feature compatibility version is 8.0, and it is being changed to 7.0',
      wait,
    ],
  ])('%j, expected %s: %s', (value, wanted, verdict, reason, hint) => {
    const given = { server: { ...server, compatibility: { ok: true, value } as const } };
    const metric = 'feature-compatibility-version';
    expect(one(found(wanted ? { featureCompatibilityVersion: wanted } : {}, given), metric)).toStrictEqual({
      ...shared,
      id: `mongodb/${metric}`,
      metric,
      samples: 1,
      observed: value.version,
      threshold: wanted ? `== ${wanted}` : '',
      verdict,
      reason,
      ...(hint === undefined ? {} : { hint }),
    });
  });

  describe('what cannot be read is skipped, and an error where it was asked for', () => {
    const no = (hint?: string): ServerFact<never> => ({
      ok: false,
      skip: { kind: 'denied', reason: 'not authorised', ...(hint ? { hint } : {}) } as never,
    });
    const blind = { server: { version: no(), topology: no('Grant it.'), compatibility: no() } };
    test('nothing expected', () => {
      expect(found({}, blind)).toStrictEqual(
        ['version', 'topology', 'feature-compatibility-version'].map((metric) => ({
          ...shared,
          id: `mongodb/${metric}`,
          metric,
          samples: 0,
          observed: null,
          threshold: '',
          verdict: 'skipped',
          reason: 'not authorised',
          ...(metric === 'topology' ? { hint: 'Grant it.' } : {}),
        })),
      );
    });
    test('all expected', () => {
      const expected = { version: from7, topology: 'sharded', featureCompatibilityVersion: '8.0' } as const;
      expect(found(expected, blind)).toMatchObject([
        { threshold: '>=7.0', verdict: 'error', observed: null, samples: 0, reason: 'not authorised' },
        { threshold: '== sharded', verdict: 'error', hint: 'Grant it.' },
        { threshold: '== 8.0', verdict: 'error' },
      ]);
    });
  });
});

describe('the collections of the guard file', () => {
  const check = (
    collections: string[],
    counted: string[],
    uncounted: Record<string, string> = {},
    over: Partial<MongoOutcome> = {},
  ) =>
    one(
      serverChecks(
        mongo({
          expected: { collections },
          counted: new Set(counted),
          uncounted: new Map(Object.entries(uncounted)),
          ...over,
        }),
      ),
      'collections',
    );
  const migration = 'Did a migration not run, or does `mongodb-database` name another database?';
  const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const gone = (names: string[]) => Object.fromEntries(names.map((name) => [name, NO_COLLECTION]));

  test.each<
    [string, () => Check | undefined, number | null, string, Check['verdict'], string, string | undefined]
  >([
    [
      'one, there',
      () => check(['a'], ['a', 'x']),
      1,
      '== 1',
      'pass',
      'the collection of the guard file exists',
      undefined,
    ],
    [
      'one that is named twice',
      () => check(['a', 'a'], ['a']),
      1,
      '== 1',
      'pass',
      'the collection of the guard file exists',
      undefined,
    ],
    [
      'several, there',
      () => check(['a', 'b'], ['b', 'a']),
      2,
      '== 2',
      'pass',
      'all 2 collections of the guard file exist',
      undefined,
    ],
    [
      'one gone',
      () => check(['a', 'b'], ['b'], gone(['a'])),
      1,
      '== 2',
      'fail',
      `a: ${NO_COLLECTION}`,
      migration,
    ],
    ['all gone', () => check(['a'], [], gone(['a'])), 0, '== 1', 'fail', `a: ${NO_COLLECTION}`, migration],
    [
      'one that cannot be looked at',
      () => check(['a', 'b'], ['b'], { a: 'not authorised' }),
      1,
      '== 2',
      'error',
      'a: not authorised',
      undefined,
    ],
    [
      'none that could be looked at',
      () => check(['a', 'b'], [], { a: 'not authorised' }),
      null,
      '== 2',
      'error',
      'a: not authorised; b: it was not checked',
      undefined,
    ],
    [
      'one gone and one that cannot be looked at',
      () => check(['a', 'b', 'c'], ['c'], { a: 'not authorised', b: NO_COLLECTION }),
      1,
      '== 3',
      'fail',
      `a: not authorised; b: ${NO_COLLECTION}`,
      migration,
    ],
    [
      'MongoDB was never reached',
      () => check(['a'], [], {}, { reachable: down }),
      null,
      '== 1',
      'error',
      'a: connection refused',
      undefined,
    ],
    [
      'five gone',
      () => check(many.slice(0, 5), ['x'], gone(many)),
      0,
      '== 5',
      'fail',
      many
        .slice(0, 5)
        .map((name) => `${name}: ${NO_COLLECTION}`)
        .join('; '),
      migration,
    ],
    [
      'seven gone',
      () => check(many, ['x'], gone(many)),
      0,
      '== 7',
      'fail',
      `${many
        .slice(0, 5)
        .map((name) => `${name}: ${NO_COLLECTION}`)
        .join('; ')} and 2 more`,
      migration,
    ],
  ])('%s', (_name, result, observed, limit, verdict, reason, hint) => {
    expect(result()).toStrictEqual({
      ...shared,
      id: 'mongodb/collections',
      metric: 'collections',
      samples: observed === null ? 0 : 1,
      observed,
      threshold: limit,
      verdict,
      reason,
      ...(hint === undefined ? {} : { hint }),
    });
  });

  test('none expected: nothing is said', () => {
    expect(check([], ['a'])).toBeUndefined();
  });
});
