import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/verify/judge/judge.ts';
import { SampleSet } from '../../../src/verify/metrics/samples.ts';
import { Failures, type GateOutcome, type TargetOutcome } from '../../../src/verify/model/outcome.ts';
import type { Threshold } from '../../../src/verify/thresholds/condition.ts';
import { parseThreshold } from '../../../src/verify/thresholds/parse.ts';

const settings = { waitTimeoutMs: 60_000 };

function threshold(text: string): Threshold {
  const result = parseThreshold(text);
  if (!result.ok) throw new Error(result.error.message);
  return result.threshold;
}

function target(name: string, failures: readonly string[] = []): TargetOutcome {
  const counted = new Failures();
  for (const failure of failures) counted.add(failure);
  return {
    name,
    https: false,
    reachable: { done: true, attempts: 1, waitedMs: 3 },
    warmup: [],
    failures: counted,
    retried: { samples: 0, attempts: 1, reasons: new Failures() },
    otherVersions: new Map(),
    redirectedTo: new Map(),
    doubts: new Map(),
    cached: 0,
  };
}

/** Targets with the durations that were measured of each; `null` is a failed sample. */
function outcome(durations: Record<string, ReadonlyArray<number | null>>): GateOutcome {
  const samples = new SampleSet();
  for (const [name, list] of Object.entries(durations)) {
    const labels = { target: name };
    for (const value of list) {
      samples.add({ metric: 'http_req_failed', labels, value: value === null ? 1 : 0, unit: 'ratio', at: 0 });
      if (value !== null) samples.add({ metric: 'http_req_duration', labels, value, unit: 'ms', at: 0 });
    }
  }
  const targets = Object.entries(durations).map(([name, list]) =>
    target(
      name,
      list.filter((value) => value === null).map(() => 'connection refused'),
    ),
  );
  return { samples, targets };
}

const ten = Array.from({ length: 10 }, (_value, n) => (n + 1) * 10);
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

describe('good answers that are less than they seem', () => {
  const strict = [threshold('http_req_failed: rate==0')];
  const doubt = (rest: Partial<TargetOutcome>) => {
    const { samples } = outcome({ api: ten });
    return judge({ samples, targets: [{ ...target('api'), ...rest }] }, strict, settings);
  };

  test.each([
    [
      { redirectedTo: new Map([['/account/login', 10]]) },
      '10 samples ended at /account/login, which looks like a login page',
    ],
    [
      { redirectedTo: new Map([['/sign-in', 1]]) },
      '1 sample ended at /sign-in, which looks like a login page',
    ],
    [{ cached: 10 }, '10 samples came from a cache, not from the service'],
  ])('warn', (rest, reason) => {
    const result = doubt(rest);
    expect(result.verdict).toBe('warn');
    expect(result.checks.at(-1)?.reason).toContain(reason);
  });

  test('an ordinary redirect does not', () => {
    expect(doubt({ redirectedTo: new Map([['/en/blog-index', 10]]) }).verdict).toBe('pass');
  });
});

describe('the control target', () => {
  const failing = {
    ...outcome({ a: [null, null], b: [null] }),
    control: { answered: false, reason: 'no route' },
  };
  const strict = [threshold('http_req_failed: rate==0')];

  test('silent while all fail: inconclusive', () => {
    const result = judge(failing, strict, settings);
    expect(result.verdict).toBe('inconclusive');
    expect(result.cause).toContain('no route');
  });

  test('silent while one target still answers: the failures count', () => {
    const mixed = { ...outcome({ a: [null], b: [5] }), control: { answered: false, reason: 'no route' } };
    expect(judge(mixed, strict, settings).verdict).toBe('fail');
  });

  test('answering: the failures count', () => {
    expect(judge({ ...failing, control: { answered: true, reason: '' } }, strict, settings).verdict).toBe(
      'fail',
    );
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
      glances: 0,
      lapses: new Failures(),
      reading: { reasons: [], values: {}, alerts: [], unread: new Map() },
    };
    const result = judge({ ...given, app }, [threshold(`app_requests: value${operator}5`)], settings);
    expect(only(result, 'service:app_requests/value')).toMatchObject([
      { verdict: 'fail', observed: 'beyond measure' },
    ]);
  });
});

test('the old version is the cause, and what fails for it are symptoms', () => {
  const given = outcome({ api: Array.from({ length: 10 }, () => null), shop: ten });
  const [api, shop] = given.targets;
  if (!api || !shop) throw new Error('no targets');
  const version = { done: false, attempts: 7, waitedMs: 5_000, expected: '2', seen: '1' };
  const thresholds = ['http_req_failed: rate==0', 'http_req_duration: max<1s'].map(threshold);
  const result = judge({ ...given, targets: [{ ...api, version }, shop] }, thresholds, settings);
  expect(result.verdict).toBe('fail');
  expect(result.cause).toBe(
    'The deployment did not reach api: version 1 still answers, expected 2; the 2 other failed checks are its symptoms',
  );
  // Something that fails beside it is no symptom of it.
  const both = judge(
    { ...given, targets: [{ ...api, version }, shop] },
    [...thresholds, threshold('http_req_duration{target:shop}: max<1ms')],
    settings,
  );
  expect(both.cause).toBeUndefined();
});
