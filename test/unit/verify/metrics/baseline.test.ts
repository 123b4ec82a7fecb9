import { describe, expect, test } from 'vitest';
import { Baseline, readRecord, recordOf, thinned } from '../../../../src/verify/metrics/baseline.ts';
import { SampleSet } from '../../../../src/verify/metrics/samples.ts';

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
