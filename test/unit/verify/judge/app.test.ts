import { describe, expect, test } from 'vitest';
import type { Check } from '../../../../src/report/schema.ts';
import type { AppOutcome } from '../../../../src/verify/app/outcome.ts';
import type { AppReading } from '../../../../src/verify/app/reading.ts';
import { appChecks, appThreshold } from '../../../../src/verify/judge/app.ts';
import { SampleSet } from '../../../../src/verify/metrics/samples.ts';
import { down, failures, judging, MINUTE, samplesOf, service, threshold, up } from './builders.ts';

const shared = { kind: 'app', target: 'service', unit: '', attempts: 1 };

const appCheck = (app: Parameters<typeof appChecks>[0], id: string) =>
  appChecks(app, MINUTE).find((check) => check.id === id);

describe('a service of several instances', () => {
  test('one that was not healthy meanwhile fails, and the reasons are counted', () => {
    const unhealthyPolls = failures('it calls itself unhealthy', 'it calls itself unhealthy', 'status 503');
    expect(appCheck(service({}, { unhealthyPolls, polls: 9 }), 'service:steady')).toStrictEqual({
      ...shared,
      id: 'service:steady',
      metric: 'steady',
      observed: 3,
      threshold: '== 0',
      samples: 9,
      verdict: 'fail',
      reason: 'unhealthy in 3 of 9 polls during the samples: 2 × it calls itself unhealthy; 1 × status 503',
      hint: 'Is one of several instances broken, or does it come and go?',
    });
    expect(appCheck(service({}, { unhealthyPolls: failures('x'), polls: 1 }), 'service:steady')?.reason).toBe(
      'unhealthy in 1 of 1 poll during the samples: x',
    );
  });

  test('healthy all the time, or without health: nothing is said of it', () => {
    expect(appCheck(service({}, { polls: 9 }), 'service:steady')).toBeUndefined();
    expect(
      appCheck(service({}, { hasHealth: false, unhealthyPolls: failures('x'), polls: 9 }), 'service:steady'),
    ).toBeUndefined();
  });

  test('a version that answered meanwhile is counted with the one that answers last', () => {
    const version = { ...up, expected: '2', seen: '2' };
    const reason = (otherVersions: [string, number][], last?: string) =>
      appCheck(
        service(last === undefined ? {} : { version: last }, {
          version,
          otherVersions: new Map(otherVersions),
        }),
        'service:version',
      )?.reason;
    expect(reason([['1', 2]], '1')).toBe('another version still answers some samples: 1 (3×); expected 2');
    expect(reason([['1', 2]], '2')).toBe('another version still answers some samples: 1 (2×); expected 2');
    expect(reason([], '1')).toBe('another version still answers some samples: 1 (1×); expected 2');
    expect(reason([['1', 2]])).toBe('another version still answers some samples: 1 (2×); expected 2');
    expect(reason([], '2')).toBe('version 2 answers');
  });

  test('one that calls itself healthy and gives reasons why not warns', () => {
    expect(
      appCheck(service({ status: 'healthy', reasons: ['disk', 'queue'] }), 'service:status'),
    ).toStrictEqual({
      ...shared,
      id: 'service:status',
      metric: 'status',
      samples: 1,
      observed: 'healthy',
      threshold: '== healthy',
      verdict: 'warn',
      reason: 'it calls itself healthy: disk; queue',
    });
  });

  test.each<[string, 'failed' | 'missing' | 'token', Check['verdict']]>([
    ['metrics', 'failed', 'warn'],
    ['metrics', 'missing', 'skipped'],
    ['metrics', 'token', 'skipped'],
    ['Prometheus', 'failed', 'error'],
    ['Prometheus', 'missing', 'error'],
  ])('its %s, %s: %s', (path, kind, verdict) => {
    const app = service({ unread: new Map([[path, { kind, reason: 'why' }]]) });
    expect(appCheck(app, `service:${path}`)).toStrictEqual({
      ...shared,
      id: `service:${path}`,
      metric: path,
      observed: null,
      threshold: '',
      samples: 0,
      verdict,
      reason: 'why',
      ...(kind === 'token' ? { hint: "Give the service's admin token as `bearer-token`." } : {}),
    });
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
      reason: 'the service reports no status',
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
    ['it does not say', service(), 'not reported by the service'],
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
        reason:
          "the service counted 0 requests during the gate, the gate's own left out, so there is nothing to judge",
        hint: 'Send it requests: give `targets` that lead to it, or measure longer with `samples` and `interval`.',
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
