import { describe, expect, test } from 'vitest';
import { Baseline } from '../../../../src/verify/metrics/baseline.ts';
import type { Reference } from '../../../../src/verify/metrics/baseline-store.ts';
import { METRICS, type Metric } from '../../../../src/verify/metrics/catalogue.ts';
import { SampleSet, type Series } from '../../../../src/verify/metrics/samples.ts';
import { mean, median, percentile } from '../../../../src/verify/metrics/statistics.ts';
import type { Aggregate, Threshold } from '../../../../src/verify/thresholds/condition.ts';
import { aggregateOf, evaluate, type Judging } from '../../../../src/verify/thresholds/evaluate.ts';
import { parseThreshold } from '../../../../src/verify/thresholds/parse.ts';

function parsed(text: string): Threshold {
  const result = parseThreshold(text);
  if (!result.ok) throw new Error(result.error.message);
  return result.threshold;
}

interface Given {
  readonly before?: readonly number[];
  readonly reference?: Reference;
  readonly floorMs?: number;
  readonly implied?: boolean;
  readonly failures?: string;
}

function judged(text: string, values: readonly number[] | undefined, given: Given = {}) {
  const threshold = { ...parsed(text), ...(given.implied ? { implied: true } : {}) };
  const metric = METRICS.get(threshold.metric) as Metric;
  const series: Series | undefined = values && {
    metric: threshold.metric,
    labels: {},
    unit: metric.unit,
    values: [...values],
  };
  const present = {
    kind: 'present',
    baseline: new Baseline({
      version: 1,
      recordedAt: '2026-03-01T12:00:00.000Z',
      series: [{ metric: threshold.metric, labels: {}, values: [...(given.before ?? [])] }],
      indexes: {},
    }),
  } as const;
  const reference = given.reference ?? (given.before ? present : ({ kind: 'none' } as const));
  const why = { whyNothing: 'W', ...(given.failures === undefined ? {} : { failures: given.failures }) };
  return evaluate(threshold, metric, series, why, { reference, floorMs: given.floorMs ?? 0 });
}

const ten = Array.from({ length: 10 }, (_value, index) => (index + 1) * 10);

describe('the whole result', () => {
  test.each<[string, number[] | undefined, object]>([
    [
      'http_req_duration: p(95)<=100ms, warn avg<60ms',
      ten,
      {
        unit: 'ms',
        threshold: 'p(95)<=100ms, warn avg<60ms',
        samples: 10,
        observed: 100,
        verdict: 'pass',
        reason: 'p(95) is 100 ms (10 samples, nearest rank), limit <= 100 ms',
      },
    ],
    [
      'http_req_duration: warn med<1ms',
      [1],
      {
        unit: 'ms',
        threshold: 'warn med<1ms',
        samples: 1,
        observed: 1,
        verdict: 'warn',
        reason: 'med is 1 ms (1 sample), limit < 1 ms',
      },
    ],
    [
      'http_req_duration: avg<1s',
      [],
      {
        unit: 'ms',
        threshold: 'avg<1s',
        samples: 0,
        observed: null,
        verdict: 'error',
        reason: 'nothing was measured: W',
      },
    ],
    [
      'http_req_duration: avg<1s',
      undefined,
      {
        unit: 'ms',
        threshold: 'avg<1s',
        samples: 0,
        observed: null,
        verdict: 'error',
        reason: 'nothing was measured: W',
      },
    ],
    [
      'http_req_duration: count>=5',
      ten,
      {
        unit: 'ms',
        threshold: 'count>=5',
        samples: 10,
        observed: 10,
        verdict: 'pass',
        reason: 'count is 10 (10 samples), limit >= 5',
      },
    ],
    [
      'http_req_failed: rate<50%',
      [0, 0],
      {
        unit: '',
        threshold: 'rate<50%',
        samples: 2,
        observed: 0,
        verdict: 'pass',
        reason: '0 of 2 samples failed',
      },
    ],
    [
      'http_req_failed: rate<=50%',
      [0, 1],
      {
        unit: '',
        threshold: 'rate<=50%',
        samples: 2,
        observed: 0.5,
        verdict: 'warn',
        reason: 'flaky: 1 of 2 samples failed',
      },
    ],
    [
      'http_req_failed: count<2',
      [1, 0, 1],
      {
        unit: '',
        threshold: 'count<2',
        samples: 3,
        observed: 2,
        verdict: 'fail',
        reason: '2 of 3 samples failed',
      },
    ],
    [
      'mongodb_up: rate==1',
      [1, 1],
      {
        unit: '',
        threshold: 'rate==1',
        samples: 2,
        observed: 1,
        verdict: 'pass',
        reason: '2 of 2 samples answered',
      },
    ],
    [
      'app_cpu: value<80%',
      [0, 1],
      {
        unit: '%',
        threshold: 'value<80%',
        samples: 2,
        observed: 1,
        verdict: 'pass',
        reason: '1%, limit < 80%',
      },
    ],
    [
      'app_error_rate: rate<1%',
      [0.5],
      {
        unit: '',
        threshold: 'rate<1%',
        samples: 1,
        observed: 0.5,
        verdict: 'fail',
        reason: '50%, limit < 1%',
      },
    ],
    [
      'app_response_time: p(99)<1s',
      [2_000],
      {
        unit: 'ms',
        threshold: 'p(99)<1s',
        samples: 1,
        observed: 2_000,
        verdict: 'fail',
        reason: 'p(99) is 2 s as the service measured it, limit < 1 s',
      },
    ],
    [
      'http_req_duration: p(99)<1s',
      [1],
      {
        unit: 'ms',
        threshold: 'p(99)<1s',
        samples: 1,
        observed: 1,
        verdict: 'inconclusive',
        reason: 'p(99) needs 50 samples, there is 1',
        hint: 'Set `samples` to 50 or more, or judge a lower percentile.',
      },
    ],
    [
      'http_req_duration: avg<1s, warn p(99)<1s',
      [1, 2],
      {
        unit: 'ms',
        threshold: 'avg<1s, warn p(99)<1s',
        samples: 2,
        observed: 1.5,
        verdict: 'inconclusive',
        reason: 'p(99) needs 50 samples, there are 2',
        hint: 'Set `samples` to 50 or more, or judge a lower percentile.',
      },
    ],
    [
      'app_response_time: p(99)<1s',
      [Number.POSITIVE_INFINITY],
      {
        unit: 'ms',
        threshold: 'p(99)<1s',
        samples: 1,
        observed: 'beyond measure',
        verdict: 'fail',
        reason: 'p(99) is beyond measure as the service measured it, limit < 1 s',
      },
    ],
  ])('%s of %j', (text, values, expected) => expect(judged(text, values)).toEqual(expected));

  test('what failed is told beside the share, with and without a baseline', () => {
    expect(judged('http_req_failed: rate<1%', [1], { failures: 'refused' }).reason).toBe(
      '1 of 1 sample failed: refused',
    );
    expect(judged('http_req_failed: rate<=+0.1', [1], { before: [0], failures: 'refused' })).toEqual({
      unit: '',
      threshold: 'rate<=+0.1',
      samples: 1,
      observed: 1,
      baseline: 0,
      verdict: 'fail',
      reason: '1 of 1 sample failed: refused, baseline 0%',
    });
    expect(judged('http_req_failed: rate<=+0.1', [0], { before: [0] }).reason).toBe(
      '0 of 1 sample failed, baseline 0%',
    );
  });

  test('the last bits of a computed value are not shown', () => {
    expect(judged('http_req_duration: avg<1s', [0.1, 0.2, 0.3]).observed).toBe(0.2);
  });
});

describe('limits relative to the baseline', () => {
  test.each<[string, number[], number[], number, string]>([
    // The floor is about times alone.
    ['app_cpu: value<=+10%', [50], [55], 100, 'pass'],
    ['app_cpu: value<=+10%', [50], [56], 100, 'fail'],
    ['http_req_duration: avg<=+0%', [100], [110], 10, 'pass'],
    ['http_req_duration: avg<=+0%', [100], [111], 10, 'fail'],
    ['http_req_duration: avg>=-0%', [100], [110], 10, 'pass'],
    ['http_req_duration: avg>=-50%', [100], [50], 10, 'pass'],
    ['http_req_duration: avg>=-50%', [100], [49], 10, 'fail'],
    // Beside a relative level an absolute one stays as it is.
    ['http_req_duration: avg<200ms, warn avg<=+10%', [100], [150], 0, 'warn'],
    ['http_req_duration: avg<200ms, warn avg<=+10%', [100], [250], 0, 'fail'],
    ['http_req_duration: avg<=+10%, warn avg<105ms', [100], [107], 0, 'warn'],
    ['tls_cert_expiry: value>=-10%', [-1_000], [-1_100], 0, 'pass'],
    ['tls_cert_expiry: value>=-10%', [-1_000], [-1_101], 0, 'fail'],
  ])('%s, before %j, now %j, floor %d: %s', (text, before, now, floorMs, verdict) => {
    expect(judged(text, now, { before, floorMs }).verdict).toBe(verdict);
  });

  test.each<[Reference, object]>([
    [
      { kind: 'unreadable', reason: 'no route' },
      { verdict: 'error', reason: 'the baseline could not be read: no route' },
    ],
    [
      { kind: 'absent', reason: 'there is no baseline yet' },
      { verdict: 'skipped', reason: 'nothing to compare with: there is no baseline yet' },
    ],
    [
      { kind: 'none' },
      { verdict: 'error', reason: 'no baseline is compared with', hint: 'Set `baseline` to `compare`.' },
    ],
  ])('%j', (reference, expected) => {
    const shown = { unit: 'ms', threshold: 'avg<=+10%', samples: 1, observed: 5 };
    expect(judged('http_req_duration: avg<=+10%', [5], { reference })).toEqual({ ...shown, ...expected });
  });

  test('a baseline that has no samples of it', () => {
    expect(judged('http_req_duration: avg<=+10%', [5], { before: [] })).toEqual({
      unit: 'ms',
      threshold: 'avg<=+10%',
      samples: 1,
      observed: 5,
      verdict: 'skipped',
      reason: 'nothing to compare with: the baseline has no samples of this',
      hint: 'Record the baseline again.',
    });
  });

  test('samples are compared where they are many values, and only there', () => {
    const many = (value: number) => Array.from({ length: 60 }, (_value, index) => value + index);
    expect(judged('http_req_duration: avg<=+500%', many(10), { before: many(10) }).reason).toContain(
      '; against the 60 samples',
    );
    expect(
      judged('http_req_failed: rate<=+5%', Array(60).fill(0), { before: Array(60).fill(0) }).reason,
    ).toBe('0 of 60 samples failed, baseline 0%');
  });

  test('an implied limit that is broken stays so where too few samples tell no chance', () => {
    const given = { before: [100], implied: true };
    expect(judged('http_req_duration: avg<=+10%', [200], given).verdict).toBe('fail');
    expect(judged('http_req_duration: avg<=+10%', [100], given).verdict).toBe('pass');
  });
});

test.each<[Aggregate, number[], number]>([
  [{ name: 'p', p: 50 }, [3, 1, 2], 2],
  [{ name: 'med' }, [4, 1, 3, 2], 2.5],
  [{ name: 'med' }, [1, 10, 1], 1],
  [{ name: 'avg' }, [1, 2, 6], 3],
  [{ name: 'rate' }, [0, 1], 0.5],
  [{ name: 'min' }, [3, 1, 2], 1],
  [{ name: 'max' }, [1, 3, 2], 3],
  [{ name: 'max' }, [9, 1], 9],
  [{ name: 'count' }, [1, 0, 1], 3],
  [{ name: 'value' }, [1, 3, 2], 2],
])('%j of %j is %d', (aggregate, values, expected) => {
  expect(aggregateOf(aggregate, values, false)).toBe(expected);
});

test('of nothing there is no statistic', () => {
  expect(aggregateOf({ name: 'count' }, [1, 0, 1], true)).toBe(2);
  expect(aggregateOf({ name: 'value' }, [], false)).toBeNaN();
  expect(() => mean([])).toThrow('the mean of no values');
  expect(() => median([])).toThrow('a statistic of no values');
  expect(() => percentile([], 50)).toThrow('a statistic of no values');
});

describe('limits relative to the baseline', () => {
  const labels = { target: 'api' };
  function judged(text: string, before: readonly number[] | Reference, now: readonly number[], floorMs = 10) {
    const parsed = parseThreshold(`http_req_duration: ${text.replace(' (implied)', '')}`);
    if (!parsed.ok) throw new Error(parsed.error.message);
    const threshold = { ...parsed.threshold, ...(text.includes('implied') ? { implied: true } : {}) };
    const metric = METRICS.get('http_req_duration');
    if (!metric) throw new Error('no metric');
    const samples = new SampleSet();
    for (const value of now) samples.add({ metric: 'http_req_duration', labels, value, unit: 'ms', at: 0 });
    const judging: Judging = {
      floorMs,
      reference:
        'kind' in before
          ? before
          : {
              kind: 'present',
              baseline: new Baseline({
                version: 1,
                recordedAt: '2026-03-01T12:00:00.000Z',
                series: [{ metric: 'http_req_duration', labels, values: [...before] }],
                indexes: {},
              }),
            },
    };
    return evaluate(threshold, metric, samples.get('http_req_duration', labels), { whyNothing: '' }, judging);
  }

  test.each([
    ['med<=+10%', [200], [220], 'pass'],
    ['med<=+10%', [200], [221], 'fail'],
    // Ten per cent of 20 ms is noise: the floor holds.
    ['med<=+10%', [20], [29], 'pass'],
    ['med<=+10%', [20], [31], 'fail'],
    ['med<=+50ms', [20], [70], 'pass'],
    ['med<=+50ms', [20], [71], 'fail'],
    ['med>=-50%', [200], [100], 'pass'],
    ['med>=-50%', [200], [99], 'fail'],
    ['med<=+50%, warn med<=+10%', [200], [250], 'warn'],
  ])('%s, before %j, now %j: %s', (text, before, now, verdict) => {
    expect(judged(text, before, now)).toMatchObject({ verdict, baseline: before[0] });
  });

  test('the reason holds the value, the limit and the baseline', () => {
    expect(judged('med<=+10%', [200], [300]).reason).toBe(
      'med is 300 ms (1 sample), limit <= 220 ms, baseline 200 ms',
    );
  });

  test('a limit that nobody wrote is not broken by what is no more than chance', () => {
    const spread = (from: number) => Array.from({ length: 60 }, (_value, i) => from + ((i * 37) % 61) * 20);
    const before = spread(100);
    const slower = spread(150);
    expect(judged('med<=+5%', before, slower).verdict).toBe('fail');
    expect(judged('med<=+5% (implied)', before, slower)).toMatchObject({
      verdict: 'pass',
      reason: expect.stringContaining('no more than chance'),
    });
    expect(judged('med<=+5% (implied)', before, spread(900)).verdict).toBe('fail');
  });

  test('without a baseline: skipped while there is none yet, an error where it cannot be read', () => {
    expect(judged('med<=+10%', { kind: 'absent', reason: 'x' }, [1]).verdict).toBe('skipped');
    expect(judged('med<=+10%', { kind: 'unreadable', reason: 'x' }, [1]).verdict).toBe('error');
    expect(judged('med<=+10%', { kind: 'none' }, [1]).verdict).toBe('error');
    expect(judged('med<=+10%', [], [1]).verdict).toBe('skipped');
  });
});
