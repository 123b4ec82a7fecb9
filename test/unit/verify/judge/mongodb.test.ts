import { describe, expect, test } from 'vitest';
import type { Check } from '../../../../src/report/schema.ts';
import { indexChanges, mongoReachable, mongoThreshold } from '../../../../src/verify/judge/mongodb.ts';
import { Baseline } from '../../../../src/verify/metrics/baseline.ts';
import type { Reference } from '../../../../src/verify/metrics/baseline-store.ts';
import { SampleSet } from '../../../../src/verify/metrics/samples.ts';
import { type MongoOutcome, NO_COLLECTION } from '../../../../src/verify/mongodb/outcome.ts';
import { diagnosis, down, failures, judging, MINUTE, mongo, samplesOf, threshold } from './builders.ts';

describe('MongoDB', () => {
  test('is reachable or not', () => {
    expect(mongoReachable(mongo(), MINUTE)).toEqual({
      id: 'mongodb/reachable',
      kind: 'mongodb',
      target: 'shop',
      metric: 'reachable',
      observed: 3,
      unit: 'ms',
      threshold: 'within 1 min',
      samples: 1,
      attempts: 1,
      verdict: 'pass',
      reason: 'answered after 3 ms',
    });
    expect(mongoReachable(mongo({ reachable: down }), MINUTE)).toMatchObject({
      verdict: 'fail',
      hint: 'Check the URI, the network access list and the user; then whether the server runs.',
    });
  });

  const judged = (text: string, given: MongoOutcome, samples = new SampleSet(), implied = false) =>
    mongoThreshold(threshold(text, implied), { samples, targets: [] }, given, judging);

  test.each<[string, MongoOutcome, string]>([
    ['it was never reached', mongo({ reachable: down, failures: failures('x') }), 'connection refused'],
    [
      'it was never reached, nobody knows why',
      mongo({ reachable: { ...down, reason: undefined } as never }),
      'MongoDB was never reachable',
    ],
    ['every ping failed', mongo({ failures: failures('timed out') }), 'timed out'],
    ['nothing was tried', mongo(), 'no sample was taken'],
  ])('where %s, a threshold is an error that says so', (_name, given, why) => {
    expect(judged('mongodb_ping_duration: avg<1s', given)).toMatchObject([
      {
        id: 'mongodb/mongodb_ping_duration/avg',
        target: 'shop',
        verdict: 'error',
        reason: `nothing was measured: ${why}`,
      },
    ]);
  });

  test('failed pings are told beside the share', () => {
    const samples = samplesOf({ mongodb_up: [1, 0] });
    expect(judged('mongodb_up: rate==1', mongo({ failures: failures('timed out') }), samples)).toMatchObject([
      { verdict: 'fail', reason: '1 of 2 samples answered: timed out' },
    ]);
  });

  const lag = 'mongodb_replication_lag: value<10s';

  test('diagnostics that nobody asked for are left out while it is down, and only then', () => {
    expect(judged(lag, mongo({ reachable: down }), undefined, true)).toEqual([]);
    expect(judged(lag, mongo({ reachable: down }))).toHaveLength(1);
    expect(judged(lag, mongo({ diagnosis: diagnosis() }), undefined, true)).toHaveLength(1);
    for (const always of ['mongodb_up: rate==1', 'mongodb_ping_duration: avg<1s']) {
      expect(judged(always, mongo({ reachable: down }), undefined, true)).toHaveLength(1);
    }
  });

  test.each<['missing' | 'forbidden', boolean, string]>([
    ['missing', false, 'skipped'],
    ['missing', true, 'skipped'],
    ['forbidden', true, 'skipped'],
    // Asked for and not measured: never a pass, never passed over.
    ['forbidden', false, 'error'],
  ])('a diagnostic that is %s (implied: %s) is %s', (kind, implied, verdict) => {
    const skips = new Map([
      ['mongodb_replication_lag', { kind, reason: 'no replica set', hint: 'Give it.' }],
    ]);
    const [found] = judged(lag, mongo({ diagnosis: diagnosis({ skips }) }), undefined, implied);
    expect(found).toMatchObject({ verdict, reason: 'no replica set', hint: 'Give it.', observed: null });
    const bare = new Map([['mongodb_replication_lag', { kind, reason: 'no replica set' }]]);
    expect(
      judged(lag, mongo({ diagnosis: diagnosis({ skips: bare }) }), undefined, implied)[0],
    ).not.toHaveProperty('hint');
  });

  test('a value beside a skip counts, with its detail', () => {
    const skips = new Map([['mongodb_replication_lag', { kind: 'failed' as const, reason: 'x' }]]);
    const values = new Map([
      ['mongodb_replication_lag', { value: 30, unit: 's' as const, detail: 'b:27017' }],
    ]);
    const given = mongo({ diagnosis: diagnosis({ skips, values }) });
    const samples = samplesOf({ mongodb_replication_lag: [30] });
    expect(judged(lag, given, samples)).toMatchObject([
      { verdict: 'fail', reason: '30 s, limit < 10 s: b:27017' },
    ]);
    expect(judged(lag, mongo({ diagnosis: diagnosis() }), samples)).toMatchObject([
      { reason: '30 s, limit < 10 s' },
    ]);
  });

  describe('documents of collections', () => {
    const text = 'mongodb_collection_documents: value>0';
    const counted = (counts: Record<string, number>) => {
      const samples = new SampleSet();
      for (const [collection, value] of Object.entries(counts)) {
        samples.add({
          metric: 'mongodb_collection_documents',
          labels: { collection },
          value,
          unit: '',
          at: 0,
        });
      }
      return samples;
    };

    test('one check each, in order, and what could not be counted is an error', () => {
      const uncounted = new Map([['carts', 'not authorised']]);
      expect(judged(text, mongo({ uncounted }), counted({ users: 5, orders: 0 }))).toMatchObject([
        {
          id: 'mongodb/carts/mongodb_collection_documents/value',
          target: 'shop.carts',
          verdict: 'error',
          reason: 'nothing was measured: not authorised',
        },
        { target: 'shop.orders', verdict: 'fail', observed: 0 },
        { target: 'shop.users', verdict: 'pass', observed: 5, reason: '5, limit > 0' },
      ]);
    });

    test('one that is named is judged alone, counted or not', () => {
      const named = 'mongodb_collection_documents{collection:orders}: value>0';
      const samples = counted({ users: 5, orders: 7 });
      expect(judged(named, mongo(), samples)).toMatchObject([{ target: 'shop.orders', observed: 7 }]);
      expect(judged(named, mongo({ reachable: down }))).toMatchObject([
        { target: 'shop.orders', verdict: 'error', reason: 'nothing was measured: connection refused' },
      ]);
      expect(judged(named, mongo())).toMatchObject([{ reason: 'nothing was measured: it was not counted' }]);
    });

    test('an estimate says that it is one', () => {
      const given = mongo({ estimated: new Set(['users']) });
      expect(judged(text, given, counted({ users: 5, orders: 2 }))).toMatchObject([
        { target: 'shop.orders', reason: '2, limit > 0' },
        { target: 'shop.users', reason: '5, limit > 0 (estimated from metadata)' },
      ]);
    });

    test('without any, there is one error', () => {
      expect(judged(text, mongo())).toMatchObject([
        {
          id: 'mongodb/mongodb_collection_documents/value',
          target: 'shop',
          verdict: 'error',
          reason: 'nothing was measured: no collection could be counted',
        },
      ]);
    });
  });

  describe('indexes since the baseline', () => {
    const reference = (indexes: Record<string, string[]>): Reference => ({
      kind: 'present',
      baseline: new Baseline({ version: 1, recordedAt: '2026-03-01T12:00:00.000Z', series: [], indexes }),
    });
    const now = (indexes: Record<string, string[]>) =>
      mongo({ diagnosis: diagnosis({ indexes: new Map(Object.entries(indexes)) }) });

    test.each<[string, Record<string, string[]>, Record<string, string[]>, number, string, string]>([
      [
        'the same',
        { o: ['_id_', 'a'] },
        { o: ['a', '_id_'] },
        0,
        'pass',
        'the same indexes as in the baseline',
      ],
      ['one gone', { o: ['_id_', 'a'] }, { o: ['_id_'] }, 1, 'warn', 'since the baseline: o.a was dropped'],
      ['one new', { o: ['_id_'] }, { o: ['_id_', 'b'] }, 1, 'pass', 'since the baseline: o.b is new'],
      [
        'both',
        { o: ['_id_', 'a'], u: ['x'] },
        { o: ['_id_', 'b'], u: ['x'] },
        2,
        'warn',
        'since the baseline: o.a was dropped, o.b is new',
      ],
      [
        'of a collection that the baseline does not know',
        { o: ['a'] },
        { n: ['b'] },
        0,
        'pass',
        'the same indexes as in the baseline',
      ],
    ])('%s', (_name, before, after, observed, verdict, reason) => {
      expect(indexChanges(now(after), reference(before))).toEqual([
        {
          id: 'mongodb/index-changes',
          kind: 'mongodb',
          target: 'shop',
          metric: 'index-changes',
          observed,
          unit: '',
          threshold: 'warn none dropped',
          samples: 1,
          attempts: 1,
          verdict,
          reason,
        },
      ]);
    });

    test('nothing is said without a baseline, without diagnostics, and where no index was looked at', () => {
      expect(indexChanges(now({ o: ['a'] }), { kind: 'absent', reason: 'x' })).toEqual([]);
      expect(indexChanges(mongo(), reference({ o: ['a'] }))).toEqual([]);
      expect(indexChanges(now({}), reference({ o: ['a'] }))).toEqual([]);
    });
  });
});

describe('a collection that was there when the baseline was recorded', () => {
  const metric = 'mongodb_collection_documents';
  const reference = (documents: Record<string, number[]>): Reference => ({
    kind: 'present',
    baseline: new Baseline({
      version: 1,
      recordedAt: '2026-03-01T12:00:00.000Z',
      series: Object.entries(documents).map(([collection, values]) => ({
        metric,
        labels: { collection },
        values,
      })),
      indexes: {},
    }),
  });
  const judged = (
    text: string,
    before: Reference,
    over: Partial<MongoOutcome> = {},
    samples = samplesOf({ [metric]: [5] }, { collection: 'users' }),
  ) =>
    mongoThreshold(
      threshold(`${metric}: ${text}`),
      { samples, targets: [] },
      mongo({ counted: new Set(['users']), ...over }),
      { reference: before, floorMs: 0 },
    );
  const drop = 'value>-10%';
  const before = reference({ users: [5], orders: [40] });
  const ids = (checks: readonly Check[]) => checks.map(({ target, verdict }) => `${target} ${verdict}`);

  test('and is not any more counts as empty', () => {
    expect(judged(drop, before)).toMatchObject([
      {
        id: `mongodb/orders/${metric}/value-change`,
        target: 'shop.orders',
        observed: 0,
        baseline: 40,
        samples: 1,
        verdict: 'fail',
        reason: 'the collection no longer exists: 0, limit > 36, baseline 40',
      },
      { target: 'shop.users', observed: 5, verdict: 'pass', reason: '5, limit > 4.5, baseline 5' },
    ]);
  });

  test.each<[string, () => readonly Check[], string[]]>([
    ['for a warning too', () => judged(`warn ${drop}`, before), ['shop.orders warn', 'shop.users pass']],
    [
      'where somebody looked for it',
      () => judged(drop, before, { uncounted: new Map([['orders', NO_COLLECTION]]) }),
      ['shop.orders fail', 'shop.users pass'],
    ],
    [
      'not where it could not be looked at',
      () => judged(drop, before, { uncounted: new Map([['orders', 'not authorised']]) }),
      ['shop.orders error', 'shop.users pass'],
    ],
    [
      'not where it is there',
      () => judged(drop, before, { counted: new Set(['users', 'orders']) }),
      ['shop.users pass'],
    ],
    [
      'not where it was empty then',
      () => judged(drop, reference({ users: [5], orders: [40, 0] })),
      ['shop.users pass'],
    ],
    [
      'where it was empty at first',
      () => judged(drop, reference({ users: [5], orders: [0, 40] })),
      ['shop.orders fail', 'shop.users pass'],
    ],
    ['not by an absolute limit', () => judged('value>1', before), ['shop.users pass']],
    [
      'not where nothing could be counted',
      () => judged(drop, before, { counted: new Set() }),
      ['shop.users pass'],
    ],
    [
      'not without a baseline',
      () => judged(drop, { kind: 'absent', reason: 'none yet' }),
      ['shop.users skipped'],
    ],
    [
      'not where it was another metric’s',
      () =>
        judged(drop, {
          kind: 'present',
          baseline: new Baseline({
            version: 1,
            recordedAt: '2026-03-01T12:00:00.000Z',
            series: [
              { metric, labels: { collection: 'users' }, values: [5] },
              { metric: 'mongodb_other', labels: { collection: 'orders' }, values: [9] },
              { metric, labels: {}, values: [9] },
            ],
            indexes: {},
          }),
        }),
      ['shop.users pass'],
    ],
  ])('%s', (_name, checks, expected) => expect(ids(checks())).toEqual(expected));

  test('one that is named is judged by itself', () => {
    const named = mongoThreshold(
      threshold(`${metric}{collection:orders}: ${drop}`),
      { samples: new SampleSet(), targets: [] },
      mongo({ counted: new Set(['users']) }),
      { reference: before, floorMs: 0 },
    );
    expect(ids(named)).toEqual(['shop.orders fail']);
  });
});
