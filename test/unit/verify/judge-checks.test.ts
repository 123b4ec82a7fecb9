import { describe, expect, test } from 'vitest';
import type { Check } from '../../../src/report/schema.ts';
import type { AppReading } from '../../../src/verify/app/reading.ts';
import { appChecks, appThreshold } from '../../../src/verify/judge/app.ts';
import { judge } from '../../../src/verify/judge/judge.ts';
import { indexChanges, mongoReachable, mongoThreshold } from '../../../src/verify/judge/mongodb.ts';
import { versionCheck, waitCheck } from '../../../src/verify/judge/waits.ts';
import { Baseline } from '../../../src/verify/metrics/baseline.ts';
import type { Reference } from '../../../src/verify/metrics/baseline-store.ts';
import { SampleSet } from '../../../src/verify/metrics/samples.ts';
import type {
  AppOutcome,
  GateOutcome,
  MongoOutcome,
  TargetOutcome,
} from '../../../src/verify/model/outcome.ts';
import type { Threshold } from '../../../src/verify/thresholds/condition.ts';
import {
  diagnosis,
  down,
  failures,
  judging,
  MINUTE,
  mongo,
  samplesOf,
  service,
  target,
  threshold,
  up,
} from './judge-builders.ts';

describe('a wait', () => {
  test.each<[string, Parameters<typeof waitCheck>[0], string, string]>([
    ['at once', up, 'pass', 'answered after 3 ms'],
    [
      'at a later attempt',
      { done: true, attempts: 2, waitedMs: 1_500, reason: 'connection refused' },
      'pass',
      'answered after 1.5 s, at attempt 2 (before: connection refused)',
    ],
    [
      'at a later attempt, for no known reason',
      { done: true, attempts: 3, waitedMs: 1_500 },
      'pass',
      'answered after 1.5 s, at attempt 3 (before: no answer)',
    ],
    ['never', down, 'fail', 'not within 1 min, 4 attempts: connection refused'],
    [
      'never, for no known reason',
      { done: false, attempts: 1, waitedMs: 12.4 },
      'fail',
      'not within 1 min, 1 attempt: no answer',
    ],
  ])('%s', (_name, wait, verdict, reason) => {
    expect(waitCheck(wait, MINUTE)).toEqual({
      observed: Math.round(wait.waitedMs),
      unit: 'ms',
      threshold: 'within 1 min',
      samples: wait.attempts,
      attempts: wait.attempts,
      verdict,
      reason,
    });
  });
});

describe('a version', () => {
  const wanted = { ...up, expected: '2.0' };
  const balancer =
    'Old instances are still behind the balancer: wait for the roll-out to end before verifying.';
  test.each<[string, Parameters<typeof versionCheck>[0], [string, number][], Partial<Check>]>([
    [
      'answers at once',
      { ...wanted, seen: '2.0' },
      [],
      { observed: '2.0', verdict: 'pass', reason: 'version 2.0 answers' },
    ],
    [
      'answers after a while',
      { ...wanted, seen: '2.0', attempts: 5, waitedMs: 9_000 },
      [],
      { observed: '2.0', verdict: 'pass', reason: 'version 2.0 answers since 9 s, at attempt 5' },
    ],
    [
      'is mixed with others',
      { ...wanted, seen: '2.0' },
      [
        ['1.9', 3],
        ['1.8', 1],
      ],
      {
        observed: '1.9, 1.8',
        verdict: 'fail',
        reason: 'another version still answers some samples: 1.9 (3×), 1.8 (1×); expected 2.0',
        hint: balancer,
      },
    ],
    [
      'is the old one still',
      { ...down, expected: '2.0', seen: '1.9' },
      [],
      {
        observed: '1.9',
        verdict: 'fail',
        reason: 'version 1.9 still answers after 1 min, expected 2.0',
        hint: 'Did the deployment reach this address? Raise `wait-timeout` if it only needs longer.',
      },
    ],
    [
      'is the old one still, and was in the samples',
      { ...down, expected: '2.0', seen: '1.9' },
      [['1.9', 3]],
      { observed: '1.9', verdict: 'fail', reason: 'version 1.9 still answers after 1 min, expected 2.0' },
    ],
    [
      'cannot be read',
      { ...down, expected: '2.0' },
      [],
      {
        observed: null,
        verdict: 'fail',
        reason: 'no version could be read: connection refused',
        hint: 'Check `version-path`: a JSON Pointer such as /version into the answer of the target.',
      },
    ],
    [
      'cannot be read, for no known reason',
      { done: false, attempts: 2, waitedMs: 1, expected: '2.0' },
      [],
      { observed: null, verdict: 'fail', reason: 'no version could be read: no answer' },
    ],
  ])('%s', (_name, version, others, expected) => {
    const found = versionCheck(version, new Map(others));
    expect(found).toMatchObject({
      kind: 'http',
      metric: 'version',
      unit: '',
      threshold: '== 2.0',
      samples: version.attempts,
      attempts: version.attempts,
      ...expected,
    });
    expect('hint' in found).toBe(found.verdict === 'fail');
  });
});

describe('what a service says of itself', () => {
  const check = (app: AppOutcome, id: string) => appChecks(app, MINUTE).find((one) => one.id === id);
  const ids = (app: AppOutcome) => appChecks(app, MINUTE).map(({ id }) => id);

  test('a healthy one has two checks, whose whole content is this', () => {
    expect(appChecks(service({}, { reachable: { ...up, attempts: 3, reason: 'x' } }), MINUTE)).toEqual([
      {
        id: 'service:reachable',
        kind: 'app',
        target: 'service',
        metric: 'reachable',
        observed: 3,
        unit: '',
        threshold: 'within 1 min',
        samples: 3,
        attempts: 3,
        verdict: 'pass',
        reason: 'answered after 3 ms, at attempt 3 (before: x)',
      },
      {
        id: 'service:status',
        kind: 'app',
        target: 'service',
        metric: 'status',
        observed: 'healthy',
        unit: '',
        threshold: '== healthy',
        samples: 1,
        attempts: 1,
        verdict: 'pass',
        reason: 'it calls itself healthy',
      },
    ]);
  });

  test('without a health endpoint it says nothing of these', () => {
    const app = service(
      { database: { up: false }, alerts: ['x'] },
      { hasHealth: false, version: { ...up, expected: '1' } },
    );
    expect(ids(app)).toEqual([]);
  });

  test('one that is not there has a hint', () => {
    expect(check(service({}, { reachable: down }), 'service:reachable')).toMatchObject({
      verdict: 'fail',
      samples: 4,
      attempts: 4,
      hint: 'Does `health-base-url` lead to the service, and is it up?',
    });
  });

  test.each<[AppReading['status'], string[], Check['verdict'], string]>([
    ['healthy', [], 'pass', 'it calls itself healthy'],
    ['degraded', ['memory is at 95 %'], 'warn', 'it calls itself degraded: memory is at 95 %'],
    ['unhealthy', ['a', 'b'], 'fail', 'it calls itself unhealthy: a; b'],
  ])('status %s', (status, reasons, verdict, reason) => {
    expect(check(service({ ...(status ? { status } : {}), reasons }), 'service:status')).toMatchObject({
      observed: status,
      verdict,
      reason,
    });
  });

  test('one that tells no status has not passed', () => {
    const { status: _, ...rest } = service().reading;
    expect(check({ ...service(), reading: rest }, 'service:status')).toMatchObject({
      observed: null,
      verdict: 'error',
      reason: 'the service does not tell its status',
    });
  });

  test.each<[{ up: boolean; error?: string }, string, string, string]>([
    [{ up: true }, 'up', 'pass', 'the service reaches its database'],
    [{ up: false }, 'down', 'fail', 'the service does not reach its database'],
    [
      { up: false, error: 'no primary' },
      'down',
      'fail',
      'the service does not reach its database: no primary',
    ],
  ])('database %j', (database, observed, verdict, reason) => {
    expect(check(service({ database }), 'service:database')).toEqual({
      id: 'service:database',
      kind: 'app',
      target: 'service',
      metric: 'database',
      observed,
      unit: '',
      threshold: '== up',
      samples: 1,
      attempts: 1,
      verdict,
      reason,
    });
  });

  test.each<[number, string]>([
    [1, 'a1'],
    [5, 'a1, a2, a3, a4, a5'],
    [6, 'a1, a2, a3, a4, a5 and 1 more'],
    [7, 'a1, a2, a3, a4, a5 and 2 more'],
  ])('%d alerts of its own warn', (count, names) => {
    const alerts = Array.from({ length: count }, (_value, index) => `a${index + 1}`);
    expect(check(service({ alerts }), 'service:alerts')).toEqual({
      id: 'service:alerts',
      kind: 'app',
      target: 'service',
      metric: 'alerts',
      observed: count,
      unit: '',
      threshold: 'warn == 0',
      samples: 1,
      attempts: 1,
      verdict: 'warn',
      reason: `alerts of the service's own: ${names}`,
    });
  });

  test('its version, and another that answers after the samples', () => {
    const expecting = { version: { ...up, expected: '2.0', seen: '2.0', attempts: 2 } };
    expect(check(service({ version: '2.0' }, expecting), 'service:version')).toMatchObject({
      kind: 'app',
      target: 'service',
      metric: 'version',
      samples: 1,
      attempts: 1,
      verdict: 'pass',
    });
    expect(check(service({}, expecting), 'service:version')).toMatchObject({ verdict: 'pass' });
    expect(check(service({ version: '1.9' }, expecting), 'service:version')).toMatchObject({
      verdict: 'fail',
      reason: 'another version still answers some samples: 1.9 (1×); expected 2.0',
    });
  });

  test('endpoints that could not be read are told, but for health, which its status is about', () => {
    const unread = new Map([
      ['health', { kind: 'failed', reason: 'status 500' }],
      ['metrics', { kind: 'token', reason: 'asks for a token' }],
      ['alerts', { kind: 'missing', reason: 'status 404' }],
    ] as const);
    const checks = appChecks(service({ unread }, { hasHealth: false }), MINUTE);
    const shared = {
      kind: 'app',
      target: 'service',
      unit: '',
      observed: null,
      threshold: '',
      samples: 0,
      attempts: 1,
      verdict: 'skipped',
    };
    expect(checks).toEqual([
      {
        ...shared,
        id: 'service:metrics',
        metric: 'metrics',
        reason: 'asks for a token',
        hint: "Give the service's admin token as `bearer-token`.",
      },
      { ...shared, id: 'service:alerts', metric: 'alerts', reason: 'status 404' },
    ]);
  });
});

describe('a threshold on what the service measured', () => {
  const judged = (text: string, app: AppOutcome, samples = new SampleSet()) =>
    appThreshold(threshold(text), { samples, targets: [] }, app, judging);

  test('is judged by its own series', () => {
    expect(judged('app_cpu: value<80%', service(), samplesOf({ app_cpu: [90] }))).toMatchObject({
      id: 'service:app_cpu/value',
      target: 'service',
      verdict: 'fail',
      observed: 90,
    });
  });

  test('finds a percentile by its label, and no other one', () => {
    const samples = samplesOf({ app_response_time: [120] }, { quantile: '95' });
    const text = (p: number) => `app_response_time: p(${p})<100ms`;
    expect(judged(text(95), service(), samples)).toMatchObject({
      id: 'service:app_response_time/p95',
      verdict: 'fail',
    });
    expect(judged(text(99), service(), samples)).toMatchObject({ verdict: 'error' });
    expect(judged(`app_response_time: warn p(95)<100ms`, service(), samples).verdict).toBe('warn');
  });

  test.each<[string, AppOutcome, string]>([
    ['it never answered', service({}, { reachable: down }), 'connection refused'],
    [
      'it never answered, for no known reason',
      service({}, { reachable: { ...down, reason: undefined } as never }),
      'no answer',
    ],
    [
      'endpoints were not read',
      service({
        unread: new Map([
          ['metrics', { kind: 'token', reason: 'asks for a token' }],
          ['alerts', { kind: 'missing', reason: 'is not there' }],
        ]),
      }),
      'metrics asks for a token; alerts is not there',
    ],
    ['it does not say', service(), 'the service does not tell it'],
  ])('is an error where %s', (_name, app, why) => {
    expect(judged('app_cpu: value<80%', app)).toMatchObject({
      verdict: 'error',
      reason: `nothing was measured: ${why}`,
    });
  });

  test.each(['app_error_rate: rate<1%', 'app_response_time: p(95)<1s'])(
    '%s without requests is inconclusive, not an error and not a pass',
    (text) => {
      const idle = judged(text, service({ values: { app_requests: 0 } }));
      expect(idle).toMatchObject({
        id: expect.stringMatching(/^service:app_/),
        verdict: 'inconclusive',
        reason: 'the service counted no requests meanwhile, so there is nothing to judge',
        hint: 'Send it some: give `targets` that lead to it, or wait longer with `samples` and `interval`.',
      });
      expect(judged(text, service({ values: { app_requests: 1 } })).verdict).toBe('error');
    },
  );

  test('other metrics, and limits that are broken all the same, are judged as ever; no errors of none do not pass', () => {
    const idle = service({ values: { app_requests: 0 } });
    expect(judged('app_cpu: value<80%', idle).verdict).toBe('error');
    expect(judged('app_cpu: value<80%', idle, samplesOf({ app_cpu: [5] }))).toMatchObject({
      id: 'service:app_cpu/value',
      verdict: 'pass',
    });
    const told = (text: string, value: number) =>
      judged(text, idle, samplesOf({ app_error_rate: [value] })).verdict;
    expect(told('app_error_rate: rate<1%', 0.5)).toBe('fail');
    expect(told('app_error_rate: warn rate<1%', 0.5)).toBe('warn');
    expect(told('app_error_rate: rate<1%', 0)).toBe('inconclusive');
  });
});

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
      ['one gone', { o: ['_id_', 'a'] }, { o: ['_id_'] }, 1, 'warn', 'since the baseline: o.a is gone'],
      ['one new', { o: ['_id_'] }, { o: ['_id_', 'b'] }, 1, 'pass', 'since the baseline: o.b is new'],
      [
        'both',
        { o: ['_id_', 'a'], u: ['x'] },
        { o: ['_id_', 'b'], u: ['x'] },
        2,
        'warn',
        'since the baseline: o.a is gone, o.b is new',
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
          threshold: 'warn none gone',
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

describe('the judgement', () => {
  const outcome = (over: Partial<GateOutcome>): GateOutcome => ({
    samples: new SampleSet(),
    targets: [],
    ...over,
  });
  const run = (
    given: GateOutcome,
    texts: readonly string[] = [],
    rest: Partial<Parameters<typeof judge>[2]> = {},
  ) =>
    judge(
      given,
      texts.map((text) => threshold(text)),
      { waitTimeoutMs: MINUTE, ...rest },
    );
  const ids = (result: ReturnType<typeof judge>) => result.checks.map(({ id }) => id);

  test('has checks of targets, MongoDB, service, thresholds and indexes, in this order', () => {
    const samples = samplesOf({ http_req_failed: [0] }, { target: 'api' });
    const baseline = new Baseline({
      version: 1,
      recordedAt: '2026-03-01T12:00:00.000Z',
      series: [],
      indexes: {},
    });
    const result = run(
      outcome({
        samples,
        targets: [target('api', { version: { ...up, expected: '2', seen: '2' } })],
        mongo: mongo({ diagnosis: diagnosis({ indexes: new Map([['o', ['a']]]) }) }),
        app: service(),
      }),
      ['http_req_failed: rate==0'],
      { reference: { kind: 'present', baseline } },
    );
    expect(ids(result)).toEqual([
      'api/reachable',
      'api/version',
      'mongodb/reachable',
      'mongodb/version',
      'mongodb/topology',
      'mongodb/feature-compatibility-version',
      'service:reachable',
      'service:status',
      'api/http_req_failed/rate',
      'mongodb/index-changes',
    ]);
    expect(result.verdict).toBe('pass');
    expect(result).not.toHaveProperty('cause');
  });

  test('a target that never answered fails with a hint, and its thresholds say why', () => {
    const dead = target('api', { reachable: down, failures: failures('other') });
    const result = run(outcome({ targets: [dead] }), ['http_req_duration: avg<1s']);
    expect(result.verdict).toBe('fail');
    expect(result.checks).toMatchObject([
      {
        id: 'api/reachable',
        kind: 'http',
        target: 'api',
        metric: 'reachable',
        verdict: 'fail',
        hint: 'Is the service up, and does this address lead to it? Raise `wait-timeout` if it only needs longer.',
      },
      {
        id: 'api/http_req_duration/avg',
        kind: 'http',
        target: 'api',
        verdict: 'error',
        reason: 'nothing was measured: the target never became reachable: connection refused',
      },
    ]);
    expect(run(outcome({ targets: [target('api')] })).checks[0]).not.toHaveProperty('hint');
    const silent = target('api', { reachable: { done: false, attempts: 1, waitedMs: 1 } });
    expect(run(outcome({ targets: [silent] }), ['http_req_duration: avg<1s']).checks[1]?.reason).toBe(
      'nothing was measured: the target never became reachable: no answer',
    );
  });

  test('without a value, the reason is what failed, or that nothing was tried', () => {
    const why = (over: Partial<TargetOutcome>) =>
      run(outcome({ targets: [target('api', over)] }), ['http_req_duration: avg<1s']).checks[1]?.reason;
    expect(why({ failures: failures('status 500') })).toBe('nothing was measured: status 500');
    expect(why({})).toBe('nothing was measured: no sample was taken');
  });

  test('the target check of a version names its target', () => {
    const old = target('api', { version: { ...down, expected: '2', seen: '1' }, otherVersions: new Map() });
    expect(run(outcome({ targets: [old] })).checks[1]).toMatchObject({
      id: 'api/version',
      target: 'api',
      kind: 'http',
      verdict: 'fail',
    });
    const mixed = target('api', {
      version: { ...up, expected: '2', seen: '2' },
      otherVersions: new Map([['1', 2]]),
    });
    expect(run(outcome({ targets: [mixed] })).verdict).toBe('fail');
  });

  test('a threshold with a label is about that target alone', () => {
    const result = run(outcome({ targets: [target('a'), target('b')] }), [
      'http_req_failed{target:b}: rate==0',
    ]);
    expect(ids(result)).toEqual(['a/reachable', 'b/reachable', 'b/http_req_failed/rate']);
  });

  test('a certificate is judged where there is one, and where it was asked for', () => {
    const given = outcome({ targets: [target('plain'), target('safe', { https: true })] });
    const expiry = 'tls_cert_expiry: value>72h';
    const of = (implied: boolean) =>
      judge(given, [threshold(expiry, implied)], { waitTimeoutMs: MINUTE })
        .checks.filter(({ metric }) => metric === 'tls_cert_expiry')
        .map((check) => [check.target, check.kind]);
    expect(of(true)).toEqual([['safe', 'tls']]);
    expect(of(false)).toEqual([
      ['plain', 'tls'],
      ['safe', 'tls'],
    ]);
    const failed = judge(given, [threshold('http_req_failed: rate==0', true)], { waitTimeoutMs: MINUTE });
    expect(failed.checks.filter(({ metric }) => metric === 'http_req_failed')).toHaveLength(2);
  });

  test('thresholds on what is not there say nothing', () => {
    expect(run(outcome({}), ['mongodb_up: rate==1', 'app_cpu: value<80%']).checks).toEqual([]);
    const both = outcome({ mongo: mongo(), app: service({}, { hasHealth: false }) });
    expect(ids(run(both, ['mongodb_up: rate==1', 'app_cpu: value<80%']))).toEqual([
      'mongodb/reachable',
      'mongodb/mongodb_up/rate',
      'service:app_cpu/value',
    ]);
  });

  test('a metric that nobody knows is a mistake of the program', () => {
    const strange = { ...threshold('http_req_failed: rate==0'), metric: 'x' };
    expect(() => judge(outcome({}), [strange], { waitTimeoutMs: 1 })).toThrow(
      'a threshold names no metric: x',
    );
  });

  test('times may differ from the baseline by the floor that is set, by nothing without one', () => {
    const labels = { target: 'api' };
    const baseline = new Baseline({
      version: 1,
      recordedAt: '2026-03-01T12:00:00.000Z',
      series: [{ metric: 'http_req_duration', labels, values: [20] }],
      indexes: {},
    });
    const given = outcome({
      samples: samplesOf({ http_req_duration: [28] }, labels),
      targets: [target('api')],
    });
    const of = (rest: object) => run(given, ['http_req_duration: med<=+10%'], rest).verdict;
    const reference = { kind: 'present', baseline } as const;
    expect(of({ reference, floorMs: 10 })).toBe('pass');
    expect(of({ reference })).toBe('fail');
    expect(run(given, ['http_req_duration: med<=+10%']).checks.at(-1)?.reason).toBe(
      'no baseline is compared with',
    );
  });

  test('many checks of one id are numbered', () => {
    const texts = ['http_req_failed: rate==0', 'http_req_failed: rate<1%', 'http_req_failed: rate<2%'];
    expect(ids(run(outcome({ targets: [target('a')] }), texts)).slice(1)).toEqual([
      'a/http_req_failed/rate',
      'a/http_req_failed/rate#2',
      'a/http_req_failed/rate#3',
    ]);
  });
});

describe('good answers that are less than they seem', () => {
  const judged = (
    over: Partial<TargetOutcome>,
    values: readonly number[] = [0, 0],
    metric = 'http_req_failed',
  ) => {
    const labels = { target: 'api' };
    const result = judge(
      {
        samples: samplesOf({ http_req_failed: values, http_req_duration: [1] }, labels),
        targets: [target('api', over)],
      },
      [threshold(metric === 'http_req_failed' ? 'http_req_failed: rate==0' : 'http_req_duration: avg<1s')],
      { waitTimeoutMs: MINUTE },
    );
    return result.checks.at(-1);
  };
  const login =
    'Probe something that answers without a login, or give credentials; `redirects: 0` refuses redirects.';

  test('none: the check as it is', () => {
    expect(judged({})).toEqual({
      id: 'api/http_req_failed/rate',
      kind: 'http',
      target: 'api',
      metric: 'http_req_failed',
      observed: 0,
      unit: '',
      threshold: 'rate==0',
      samples: 2,
      attempts: 1,
      verdict: 'pass',
      reason: '0 of 2 samples failed',
    });
    expect(judged({}, [])).toMatchObject({ attempts: 1, verdict: 'error' });
  });

  test('tried again', () => {
    const retried = { samples: 2, attempts: 3, reasons: failures('status 503') };
    expect(judged({ retried })).toMatchObject({
      verdict: 'warn',
      attempts: 3,
      reason: '0 of 2 samples failed; 2 samples passed after 3 attempts: status 503',
    });
    expect(judged({ retried })).not.toHaveProperty('hint');
    expect(judged({ retried: { ...retried, samples: 1 } })?.reason).toContain(
      '1 sample passed after 3 attempts',
    );
  });

  test.each([
    '/login',
    '/log-in',
    '/LOGIN',
    '/account/signin',
    '/sign-in.html',
    '/sso/start',
    '/oauth/x',
    '/oauth2',
    '/oauth2_start',
    '/authorize',
    '/a-login-b',
    'login',
  ])('%s is a login page', (path) => {
    expect(judged({ redirectedTo: new Map([[path, 2]]) })).toMatchObject({
      verdict: 'warn',
      reason: `0 of 2 samples failed; 2 samples ended at ${path}, which looks like a login page`,
      hint: login,
    });
  });

  test.each(['/blogin', '/logins', '/signing', '/author', '/authorized', '/lo-gin', '/oauth22', '/'])(
    '%s is none',
    (path) => {
      expect(judged({ redirectedTo: new Map([[path, 2]]) })?.verdict).toBe('pass');
    },
  );

  test('a cache; beside a login page its hint yields', () => {
    expect(judged({ cached: 1 })).toMatchObject({
      verdict: 'warn',
      reason: '0 of 2 samples failed; 1 sample came from a cache, not from the service',
      hint: 'Probe an address that is not cached.',
    });
    expect(
      judged({
        cached: 2,
        redirectedTo: new Map([
          ['/home', 1],
          ['/login', 1],
        ]),
      }),
    ).toMatchObject({
      hint: login,
      reason: expect.stringMatching(/login page; 2 samples came from a cache/),
    });
  });

  test('doubts never make a failure less, and are told of the share of failures alone', () => {
    expect(judged({ cached: 1 }, [1, 0])?.verdict).toBe('fail');
    expect(judged({ cached: 1 }, [0], 'http_req_duration')).toMatchObject({ verdict: 'pass', attempts: 1 });
  });
});

describe('cause over symptom', () => {
  const failedTarget = (name: string, over: Partial<TargetOutcome> = {}) =>
    target(name, { failures: failures('refused'), ...over });
  const samples = (values: Record<string, readonly number[]>) => {
    const set = new SampleSet();
    for (const [name, list] of Object.entries(values)) {
      for (const value of list) {
        set.add({ metric: 'http_req_failed', labels: { target: name }, value, unit: 'ratio', at: 0 });
      }
    }
    return set;
  };
  const strict = [threshold('http_req_failed: rate==0')];
  const run = (given: GateOutcome, thresholds: readonly Threshold[] = strict) =>
    judge(given, thresholds, { waitTimeoutMs: MINUTE });
  const verdicts = (result: ReturnType<typeof judge>) =>
    Object.fromEntries(result.checks.map(({ id, verdict }) => [id, verdict]));
  const silent = { answered: false, reason: 'no route' };

  test('the control target failed too: what failed is inconclusive, MongoDB that answered counts', () => {
    const result = run({
      samples: samples({ a: [1, 1] }),
      targets: [failedTarget('a'), target('b', { reachable: down })],
      mongo: mongo({ diagnosis: diagnosis() }),
      control: silent,
    });
    expect(result.cause).toBe(
      'The control target did not answer either (no route): what failed is most likely the network of this runner, so nothing can be said about the targets',
    );
    expect(verdicts(result)).toEqual({
      'a/reachable': 'pass',
      'b/reachable': 'inconclusive',
      'mongodb/reachable': 'pass',
      'mongodb/version': 'pass',
      'mongodb/topology': 'pass',
      'mongodb/feature-compatibility-version': 'pass',
      'a/http_req_failed/rate': 'inconclusive',
      'b/http_req_failed/rate': 'inconclusive',
    });
    expect(result.checks[1]?.reason).toBe(
      'not within 1 min, 4 attempts: connection refused; but the control target failed too',
    );
  });

  test('a failure of a MongoDB that could be reached stays one; of one that could not, nothing is known', () => {
    const base = { samples: samples({ a: [1] }), targets: [failedTarget('a')], control: silent };
    const lost = run({ ...base, mongo: mongo({ reachable: down }) });
    expect(verdicts(lost)['mongodb/reachable']).toBe('inconclusive');
    const set = samples({ a: [1] });
    set.add({ metric: 'mongodb_up', labels: {}, value: 0, unit: 'ratio', at: 0 });
    const there = run({ ...base, samples: set, mongo: mongo() }, [
      ...strict,
      threshold('mongodb_up: rate==1'),
    ]);
    expect(verdicts(there)['mongodb/mongodb_up/rate']).toBe('fail');
  });

  test.each<[string, GateOutcome]>([
    [
      'no target at all',
      { samples: new SampleSet(), targets: [], mongo: mongo({ reachable: down }), control: silent },
    ],
    [
      'one target that passes',
      { samples: samples({ a: [1], b: [0] }), targets: [failedTarget('a'), target('b')], control: silent },
    ],
    [
      'one sample that passes',
      { samples: samples({ a: [1, 0] }), targets: [failedTarget('a')], control: silent },
    ],
    [
      'a control that answers',
      {
        samples: samples({ a: [1] }),
        targets: [failedTarget('a')],
        control: { answered: true, reason: 'no route' },
      },
    ],
    ['no control', { samples: samples({ a: [1] }), targets: [failedTarget('a')] }],
  ])('%s: failures count', (_name, given) => {
    const result = run(given);
    expect(result.verdict).toBe('fail');
    expect(result.cause ?? '').not.toContain('control');
  });

  test('all samples failed but no limit is broken: nothing to excuse', () => {
    const result = run({ samples: samples({ a: [1] }), targets: [failedTarget('a')], control: silent }, [
      threshold('http_req_failed: warn rate==0'),
    ]);
    expect(result.verdict).toBe('warn');
    expect(result.cause).toBeUndefined();
  });

  test('a target without samples is no failure to excuse', () => {
    const result = run({ samples: new SampleSet(), targets: [target('a')], control: silent });
    expect(result.cause).toBeUndefined();
    expect(result.verdict).toBe('error');
  });

  test('one firewall before all targets refuses the runner, which says nothing about users', () => {
    const refused = (name: string, refusal?: string) => failedTarget(name, refusal ? { refusal } : {});
    const given = (second?: string): GateOutcome => {
      const set = samples({ a: [1], b: [1] });
      set.add({ metric: 'mongodb_up', labels: {}, value: 0, unit: 'ratio', at: 0 });
      return { samples: set, targets: [refused('a', 'Cloudflare'), refused('b', second)], mongo: mongo() };
    };
    const thresholds = [...strict, threshold('mongodb_up: rate==1')];
    const result = run(given('Cloudflare'), thresholds);
    expect(result.cause).toBe(
      'A firewall turned every probe away (Cloudflare): it refuses this runner, which says nothing about users',
    );
    expect(verdicts(result)).toEqual({
      'a/reachable': 'pass',
      'b/reachable': 'pass',
      'mongodb/reachable': 'pass',
      'a/http_req_failed/rate': 'inconclusive',
      'b/http_req_failed/rate': 'inconclusive',
      'mongodb/mongodb_up/rate': 'fail',
    });
    expect(result.checks.find(({ id }) => id === 'a/http_req_failed/rate')?.hint).toBe(
      "Let the runner's address or a header of its own through the firewall, or run the gate inside the network.",
    );
    expect(result.checks.find(({ id }) => id === 'a/reachable')).not.toHaveProperty('hint');
    expect(run(given('Akamai'), thresholds).cause).not.toContain('firewall');
    expect(run(given(), thresholds).cause).not.toContain('firewall');
    expect(run({ samples: samples({ a: [1] }), targets: [refused('a')] }).cause).toBeUndefined();
  });

  test.each<[string, Partial<GateOutcome>, string]>([
    ['never reached', { mongo: mongo({ reachable: down }) }, 'connection refused'],
    [
      'never reached, nobody knows why',
      {
        mongo: mongo({ reachable: { ...down, reason: undefined } as never, failures: failures('timed out') }),
      },
      'timed out',
    ],
  ])('MongoDB is down (%s): HTTP failures are its symptoms', (_name, given, reason) => {
    const result = run({
      samples: samples({ a: [1], b: [0] }),
      targets: [failedTarget('a'), target('b')],
      ...given,
    });
    expect(result.cause).toBe(`MongoDB is down (${reason}); the 1 failed HTTP check is its symptom`);
    expect(
      result.checks.filter(({ hint }) => hint?.startsWith('Mend MongoDB first')).map(({ id }) => id),
    ).toEqual(['a/http_req_failed/rate']);
    expect(verdicts(result)).toMatchObject({ 'a/http_req_failed/rate': 'fail', 'mongodb/reachable': 'fail' });
    const two = run({
      samples: samples({ a: [1], b: [1] }),
      targets: [failedTarget('a'), failedTarget('b')],
      ...given,
    });
    expect(two.cause).toContain('the 2 failed HTTP checks are its symptoms');
  });

  test('MongoDB that lost pings is down too; slow or too full it is not the cause', () => {
    const set = samples({ a: [1] });
    set.add({ metric: 'mongodb_up', labels: {}, value: 0, unit: 'ratio', at: 0 });
    set.add({ metric: 'mongodb_ping_duration', labels: {}, value: 900, unit: 'ms', at: 0 });
    const given = {
      samples: set,
      targets: [failedTarget('a')],
      mongo: mongo({ failures: failures('timed out') }),
    };
    expect(run(given, [...strict, threshold('mongodb_up: rate==1')]).cause).toBe(
      'MongoDB is down (timed out); the 1 failed HTTP check is its symptom',
    );
    expect(run(given, [...strict, threshold('mongodb_ping_duration: avg<1ms')]).cause).toBeUndefined();
  });

  test('MongoDB down alone is no cause of anything', () => {
    const result = run({
      samples: samples({ a: [0] }),
      targets: [target('a')],
      mongo: mongo({ reachable: down }),
    });
    expect(result.cause).toBeUndefined();
    expect(result.verdict).toBe('fail');
  });

  test('a service that does not reach its database is the cause of what else failed', () => {
    const app = service({ database: { up: false, error: 'no primary' } });
    const given = { samples: samples({ a: [1] }), targets: [failedTarget('a')], app };
    expect(run(given).cause).toBe(
      'The service does not reach its database (no primary); the 1 other failed check is its symptom',
    );
    const more = run({ ...given, app: service({ status: 'unhealthy', database: { up: false } }) });
    expect(more.cause).toBe(
      'The service does not reach its database; the 2 other failed checks are its symptoms',
    );
    expect(verdicts(more)['a/http_req_failed/rate']).toBe('fail');
    expect(run({ ...given, samples: samples({ a: [0] }), targets: [target('a')] }).cause).toBeUndefined();
    expect(run({ ...given, app: service({ database: { up: true } }) }).cause).toBeUndefined();
    expect(run({ ...given, app: service() }).cause).toBeUndefined();
  });
});
