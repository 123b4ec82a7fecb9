import { describe, expect, test } from 'vitest';
import { thresholdCheck } from '../../../../src/verify/judge/threshold-check.ts';
import { METRICS, type Metric } from '../../../../src/verify/metrics/catalogue.ts';
import type { Threshold } from '../../../../src/verify/thresholds/condition.ts';
import { evaluate } from '../../../../src/verify/thresholds/evaluate.ts';
import { parseThreshold } from '../../../../src/verify/thresholds/parse.ts';

function parsed(text: string): Threshold {
  const result = parseThreshold(text);
  if (!result.ok) throw new Error(result.error.message);
  return result.threshold;
}

describe('the check', () => {
  const subject = { id: 'api', target: 'API', whyNothing: 'W' };
  const judging = { reference: { kind: 'none' } as const, floorMs: 0 };

  test.each<[string, string]>([
    ['http_req_duration: p(95)<1s', 'api/http_req_duration/p95'],
    ['http_req_duration: avg<1s', 'api/http_req_duration/avg'],
    ['http_req_duration: avg<=+10%', 'api/http_req_duration/avg-change'],
    ['http_req_duration: warn p(99.9)<1s', 'api/http_req_duration/p99.9'],
  ])('%s has the id %s', (text, id) => {
    expect(thresholdCheck(parsed(text), undefined, subject, judging)).toMatchObject({
      id,
      kind: 'http',
      target: 'API',
      metric: 'http_req_duration',
      attempts: 0,
      verdict: 'error',
    });
    const series = { metric: 'http_req_duration', labels: {}, unit: 'ms', values: [1] } as const;
    expect(thresholdCheck(parsed(text), series as never, subject, judging).attempts).toBe(1);
  });

  test('a threshold that the grammar would not make is a mistake of the program', () => {
    const good = parsed('http_req_failed: rate==0');
    const { fail: _, ...bare } = good;
    expect(() => thresholdCheck({ ...good, metric: 'x' }, undefined, subject, judging)).toThrow(
      'a threshold names no metric: x',
    );
    const message = 'a threshold without a condition: http_req_failed: rate==0';
    expect(() => thresholdCheck(bare, undefined, subject, judging)).toThrow(message);
    const series = { metric: 'http_req_failed', labels: {}, unit: 'ratio', values: [0] } as const;
    expect(() =>
      evaluate(bare, METRICS.get('http_req_failed') as Metric, series as never, subject, judging),
    ).toThrow(message);
  });
});
