import type { Check } from '../report/schema.ts';
import { formatValue, plural } from './format.ts';
import type { Metric } from './metrics.ts';
import type { Series } from './samples.ts';
import { ascending, mean, median, percentile, samplesNeeded } from './statistics.ts';
import { type Aggregate, aggregateText, type Condition, holds, type Threshold } from './thresholds.ts';

export type Evaluation = Pick<
  Check,
  'observed' | 'unit' | 'threshold' | 'samples' | 'verdict' | 'reason' | 'hint'
>;

/** Judges one threshold by one series. Nothing measured is `error`, too little `inconclusive`; neither passes. */
export function evaluate(
  threshold: Threshold,
  metric: Metric,
  series: Series | undefined,
  why: { whyNothing: string; failures: string },
): Evaluation {
  const shared = {
    unit: metric.unit === 'ratio' ? '' : metric.unit,
    threshold: thresholdText(threshold),
    samples: series?.values.length ?? 0,
  };
  if (!series || series.values.length === 0) {
    return { ...shared, observed: null, verdict: 'error', reason: `nothing was measured: ${why.whyNothing}` };
  }
  const condition = threshold.fail ?? threshold.warn;
  if (!condition) throw new Error(`a threshold without a condition: ${threshold.text}`);
  const observed = value(condition, metric, series);
  const shown = { ...shared, observed: round(observed) };
  for (const level of [threshold.fail, threshold.warn]) {
    // Percentiles that somebody else computed are of more values than one.
    const scarce =
      level && metric.type !== 'quantiles' ? tooFew(level.aggregate, series.values.length) : undefined;
    if (scarce) return { ...shown, verdict: 'inconclusive', ...scarce };
  }
  const say = (level: Condition) => describe(level, metric, series, why.failures);
  if (threshold.fail && !keeps(threshold.fail, metric, series)) {
    return { ...shown, verdict: 'fail', reason: say(threshold.fail) };
  }
  if (threshold.warn && !keeps(threshold.warn, metric, series)) {
    const worst = round(value(threshold.warn, metric, series));
    return { ...shown, observed: worst, verdict: 'warn', reason: say(threshold.warn) };
  }
  if (metric.type === 'rate' && mixed(series)) {
    return { ...shown, verdict: 'warn', reason: `flaky: ${say(condition)}` };
  }
  return { ...shown, verdict: 'pass', reason: say(condition) };
}

function keeps(condition: Condition, metric: Metric, series: Series): boolean {
  return holds(value(condition, metric, series), condition.operator, condition.value);
}

function value(condition: Condition, metric: Metric, series: Series): number {
  return aggregateOf(condition.aggregate, series.values, metric.type === 'rate');
}

/** The aggregate over at least one value. `count` of a rate is how many were yes. */
export function aggregateOf(aggregate: Aggregate, values: readonly number[], isRate: boolean): number {
  switch (aggregate.name) {
    case 'p':
      return percentile(ascending(values), aggregate.p);
    case 'med':
      return median(ascending(values));
    case 'avg':
    case 'rate':
      return mean(values);
    case 'min':
      return percentile(ascending(values), 0);
    case 'max':
      return percentile(ascending(values), 100);
    case 'count':
      return isRate ? values.filter((value) => value === 1).length : values.length;
    case 'value':
      return values.at(-1) ?? Number.NaN;
  }
}

function tooFew(aggregate: Aggregate, samples: number): { reason: string; hint: string } | undefined {
  if (aggregate.name !== 'p') return undefined;
  const needed = samplesNeeded(aggregate.p);
  if (samples >= needed) return undefined;
  return {
    reason: `${aggregateText(aggregate)} needs ${plural(needed, 'sample')}, there ${samples === 1 ? 'is' : 'are'} ${samples}`,
    hint: `Set \`samples\` to ${needed} or more, or judge a lower percentile.`,
  };
}

function describe(condition: Condition, metric: Metric, series: Series, failures: string): string {
  const n = series.values.length;
  if (metric.type === 'rate') {
    const yes = series.values.filter((value) => value === 1).length;
    const counted = `${yes} of ${plural(n, 'sample')} ${metric.kind === 'mongodb' ? 'answered' : 'failed'}`;
    return failures ? `${counted}: ${failures}` : counted;
  }
  const unit = condition.aggregate.name === 'count' ? '' : metric.unit;
  const shown = formatValue(value(condition, metric, series), unit);
  if (metric.type === 'value') return `${shown}, limit ${limit(condition, metric)}`;
  if (metric.type === 'share') return `${shown}, limit ${limit(condition, metric)}`;
  if (metric.type === 'quantiles') {
    return `${aggregateText(condition.aggregate)} is ${shown} as the service measured it, limit ${limit(condition, metric)}`;
  }
  const method = condition.aggregate.name === 'p' ? ', nearest rank' : '';
  return `${aggregateText(condition.aggregate)} is ${shown} (${plural(n, 'sample')}${method}), limit ${limit(condition, metric)}`;
}

function limit(condition: Condition, metric: Metric): string {
  const unit = condition.aggregate.name === 'count' ? '' : metric.unit;
  return `${condition.operator} ${formatValue(condition.value, unit)}`;
}

/** The conditions as written, without the metric. */
function thresholdText(threshold: Threshold): string {
  return [threshold.fail?.text, threshold.warn ? `warn ${threshold.warn.text}` : undefined]
    .filter((text) => text !== undefined)
    .join(', ');
}

/** Some samples yes and some no: whatever the limit allows, that is worth knowing. */
function mixed(series: Series): boolean {
  return series.values.includes(1) && series.values.includes(0);
}

/** Enough digits for any judgement, without the noise of the last bits. */
function round(value: number): number | string {
  return Number.isFinite(value) ? Number(value.toPrecision(12)) : formatValue(value, '');
}
