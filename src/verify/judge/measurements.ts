import type { Measurement } from '../../report/schema.ts';
import { thinned } from '../metrics/baseline.ts';
import type { Threshold } from '../thresholds/condition.ts';
import type { GateOutcome } from './outcome.ts';

/** More points than this cannot be distinguished in a plot. */
const MOST_POINTS = 200;

/** The samples of each target, for plots. Pure. */
export function measurementsOf(outcome: GateOutcome, thresholds: readonly Threshold[]): Measurement[] {
  const measurements: Measurement[] = [];
  for (const { name, warmup } of outcome.targets) {
    const labels = { target: name };
    const values = outcome.samples.get('http_req_duration', labels)?.values ?? [];
    const failed = outcome.samples.get('http_req_failed', labels)?.values ?? [];
    if (failed.length === 0) continue;
    const limit = upperLimit(thresholds, 'http_req_duration', name);
    measurements.push({
      target: name,
      metric: 'http_req_duration',
      unit: 'ms',
      count: failed.length,
      failed: failed.filter((value) => value === 1).length,
      values: points(values),
      warmup: points(warmup),
      ...(limit === undefined ? {} : { limit }),
    });
  }
  const pings = outcome.samples.get('mongodb_ping_duration', {})?.values;
  if (pings && outcome.mongo) {
    const up = outcome.samples.get('mongodb_up', {})?.values ?? [];
    const limit = upperLimit(thresholds, 'mongodb_ping_duration', undefined);
    measurements.push({
      target: `MongoDB ${outcome.mongo.database}`,
      metric: 'mongodb_ping_duration',
      unit: 'ms',
      count: up.length,
      failed: up.filter((value) => value === 0).length,
      values: points(pings),
      warmup: [],
      ...(limit === undefined ? {} : { limit }),
    });
  }
  return measurements;
}

function points(values: readonly number[]): number[] {
  return thinned(values, MOST_POINTS).map((value) => Number(value.toPrecision(6)));
}

/** The lowest absolute upper limit that fails. */
function upperLimit(
  thresholds: readonly Threshold[],
  metric: string,
  target: string | undefined,
): number | undefined {
  const limits = thresholds
    .filter((threshold) => threshold.metric === metric && (threshold.labels.target ?? target) === target)
    .flatMap(({ fail }) => (fail && !fail.relative && /^<=?$/.test(fail.operator) ? [fail] : []))
    .filter(({ aggregate }) => aggregate.name !== 'count')
    .map(({ value }) => value);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}
