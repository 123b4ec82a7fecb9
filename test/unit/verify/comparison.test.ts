import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Baseline, readRecord, recordOf, thinned } from '../../../src/verify/metrics/baseline.ts';
import type { Reference } from '../../../src/verify/metrics/baseline-store.ts';
import { METRICS } from '../../../src/verify/metrics/catalogue.ts';
import { compareSamples } from '../../../src/verify/metrics/comparison.ts';
import { SampleSet } from '../../../src/verify/metrics/samples.ts';
import { evaluate, type Judging } from '../../../src/verify/thresholds/evaluate.ts';
import { parseThreshold } from '../../../src/verify/thresholds/parse.ts';

const a = Array.from({ length: 60 }, (_value, i) => ((i * 37) % 101) / 10 + 5);
const b = Array.from({ length: 70 }, (_value, i) => ((i * 53) % 97) / 10 + 5.6);

describe('Mann–Whitney', () => {
  // Reference values of scipy.stats.mannwhitneyu (asymptotic, with continuity correction).
  test.each([
    [a, b, 0.5286904761904762, 0.5751786174837704],
    [b, a, 0.4713095238095238, 0.5751786174837704],
    [b, a.map((value) => value + 3), 0.7347619047619047, 4.172420629811259e-6],
    [Array(50).fill(5), Array(50).fill(5), 0.5, 1],
    [Array(30).fill([2, 3]).flat(), Array(30).fill([1, 2]).flat(), 0.125, 1.2506340653890052e-14],
    [
      [...Array(25).fill(0), ...Array(25).fill(1)],
      [...Array(15).fill(0), ...Array(35).fill(1)],
      0.6,
      0.04266777366254668,
    ],
  ])('agrees with the reference (%#)', (before, now, superiority, p) => {
    const found = compareSamples(before, now);
    expect(found?.superiority).toBeCloseTo(superiority, 10);
    expect(found?.p).toBeCloseTo(p, 6);
  });

  test('says in words what it means', () => {
    expect(
      compareSamples(
        b,
        a.map((value) => value + 3),
      )?.words,
    ).toBe(
      'a sample of now is above one of the baseline in 73% of pairs: a large effect, and no chance (Mann–Whitney, p < 0.001)',
    );
    expect(compareSamples(a, b)?.words).toContain('no more than chance (Mann–Whitney, p = 0.575)');
  });

  test('needs 50 samples a side', () => {
    expect(compareSamples(a.slice(0, 49), b)).toBeUndefined();
    expect(compareSamples(a, b.slice(0, 49))).toBeUndefined();
  });

  test('is the same from both sides', () => {
    const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 50, maxLength: 80 });
    fc.assert(
      fc.property(values, values, (x, y) => {
        const [one, other] = [compareSamples(x, y), compareSamples(y, x)];
        expect(one?.p).toBeCloseTo(other?.p ?? -1, 9);
        expect((one?.superiority ?? 0) + (other?.superiority ?? 0)).toBeCloseTo(1, 9);
      }),
      { numRuns: 50 },
    );
  });
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

describe('what is kept', () => {
  test('reads back as it was written', () => {
    const samples = new SampleSet();
    samples.add({ metric: 'mongodb_up', labels: {}, value: 1, unit: 'ratio', at: 0 });
    samples.add({
      metric: 'app_response_time',
      labels: { quantile: '95' },
      value: Number.POSITIVE_INFINITY,
      unit: 'ms',
      at: 0,
    });
    const record = readRecord(
      JSON.parse(JSON.stringify(recordOf(samples, new Map([['orders', ['_id_']]]), 0))),
    );
    const baseline = new Baseline(record ?? { version: 1, recordedAt: '', series: [], indexes: {} });
    expect(baseline.values({ metric: 'mongodb_up', labels: {} })).toEqual([1]);
    expect(baseline.values({ metric: 'app_response_time', labels: { quantile: '95' } })).toBeUndefined();
    expect(baseline.indexes).toEqual({ orders: ['_id_'] });
  });

  test('labels are the same in any order', () => {
    const samples = new SampleSet();
    const labels = [
      { target: 'api', zone: 'eu' },
      { zone: 'eu', target: 'api' },
    ] as const;
    for (const one of labels) samples.add({ metric: 'm', labels: one, value: 1, unit: '', at: 0 });
    expect(samples.all()).toHaveLength(1);
    const baseline = new Baseline(recordOf(samples, new Map(), 0));
    for (const one of labels) expect(baseline.values({ metric: 'm', labels: one })).toEqual([1, 1]);
    expect(baseline.values({ metric: 'm', labels: { target: 'api' } })).toBeUndefined();
  });

  test('anything else is refused', () => {
    for (const value of [null, {}, { version: 2 }, 'text', []]) expect(readRecord(value)).toBeUndefined();
  });

  test('many values are thinned out evenly', () => {
    const values = thinned(Array.from({ length: 5_000 }, (_value, n) => n));
    expect(values).toHaveLength(1_000);
    expect(values.slice(0, 3)).toEqual([0, 5, 10]);
  });
});
