import { describe, expect, test } from 'vitest';
import type { TargetOutcome } from '../../../../src/verify/http/outcome.ts';
import { judge } from '../../../../src/verify/judge/judge.ts';
import type { GateOutcome } from '../../../../src/verify/judge/outcome.ts';
import { Baseline } from '../../../../src/verify/metrics/baseline.ts';
import { Failures } from '../../../../src/verify/metrics/failures.ts';
import { SampleSet } from '../../../../src/verify/metrics/samples.ts';
import {
  diagnosis,
  down,
  failures,
  MINUTE,
  mongo,
  outcome,
  samplesOf,
  service,
  settings,
  target,
  ten,
  threshold,
  up,
} from './builders.ts';

const only = (result: ReturnType<typeof judge>, id: string) =>
  result.checks.filter((check) => check.id === id);

describe('thresholds', () => {
  test.each([
    ['p(95)<101ms', 'pass'],
    ['p(95)<100ms', 'fail'],
    ['p(95)<200ms, warn p(95)<50ms', 'warn'],
    ['p(95)<200ms, warn p(95)<150ms', 'pass'],
    ['warn med<1ms', 'warn'],
    ['p(99)<1s', 'inconclusive'],
    ['count>=10', 'pass'],
    ['count>=11', 'fail'],
  ])('%s of 10 to 100 ms: %s', (text, verdict) => {
    const result = judge(outcome({ api: ten }), [threshold(`http_req_duration: ${text}`)], settings);
    expect(result.verdict).toBe(verdict);
  });

  test('are judged for each target, so that a bad one cannot hide among good ones', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_value, n) => [`good-${n}`, ten]));
    const result = judge(
      outcome({ ...many, bad: [null, null, null, null] }),
      [threshold('http_req_failed: rate<5%')],
      settings,
    );
    expect(result.verdict).toBe('fail');
    expect(only(result, 'bad/http_req_failed/rate')).toMatchObject([
      { verdict: 'fail', reason: '4 of 4 samples failed: connection refused' },
    ]);
  });

  test('nothing measured is an error, too little inconclusive; neither passes', () => {
    const nothing = judge(outcome({ api: [null] }), [threshold('http_req_duration: avg<1s')], settings);
    expect(nothing.verdict).toBe('error');
    const little = judge(outcome({ api: [1, 2, 3] }), [threshold('http_req_duration: p(95)<1s')], settings);
    expect(little.checks.at(-1)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'p(95) needs 10 samples, there are 3',
      hint: 'Set `samples` to 10 or more, or judge a lower percentile.',
    });
  });

  test('nothing to judge at all is inconclusive', () => {
    expect(judge({ samples: new SampleSet(), targets: [] }, [], settings).verdict).toBe('inconclusive');
  });

  test('ids are unique and stable', () => {
    const two = [threshold('http_req_duration: avg<1s'), threshold('http_req_duration: avg>1ms')];
    const ids = judge(outcome({ api: ten }), two, settings).checks.map(({ id }) => id);
    expect(ids).toEqual(['api/reachable', 'api/http_req_duration/avg', 'api/http_req_duration/avg#2']);
  });
});

describe('values that hide something', () => {
  const tls = (...hours: readonly number[]) => {
    const given = outcome({ api: ten });
    for (const left of hours) {
      given.samples.add({
        metric: 'tls_cert_expiry',
        labels: { target: 'api' },
        value: left * 3_600_000,
        unit: 'ms',
        at: 0,
      });
    }
    return judge(given, [threshold('tls_cert_expiry: value>72h')], settings);
  };

  test('of several certificates behind a balancer the one that ends first counts, whichever came last', () => {
    expect(tls(1, 2_000).verdict).toBe('fail');
    expect(tls(2_000, 1).verdict).toBe('fail');
    expect(tls(2_000, 100).verdict).toBe('pass');
  });

  test.each(['<', '<=', '>', '>=', '==', '!='])('what is no number does not keep %s', (operator) => {
    const given = outcome({ api: ten });
    given.samples.add({ metric: 'app_requests', labels: {}, value: Number.NaN, unit: '', at: 0 });
    const app = {
      format: 'unknown',
      reachable: { done: true, attempts: 1, waitedMs: 1 },
      hasHealth: false,
      otherVersions: new Map(),
      polls: 0,
      unhealthyPolls: new Failures(),
      reading: { reasons: [], values: {}, alerts: [], unread: new Map() },
    };
    const result = judge({ ...given, app }, [threshold(`app_requests: value${operator}5`)], settings);
    expect(only(result, 'service:app_requests/value')).toMatchObject([
      { verdict: 'fail', observed: 'beyond measure' },
    ]);
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
