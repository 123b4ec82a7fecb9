import type { Check } from '../../report/schema.ts';
import { plural } from '../../support/format.ts';
import type { Reference } from '../metrics/baseline-store.ts';
import type { Metric } from '../metrics/catalogue.ts';
import { compareSamples } from '../metrics/comparison.ts';
import { formatValue } from '../metrics/format.ts';
import type { Series } from '../metrics/samples.ts';
import { ascending, mean, median, percentile, samplesNeeded } from '../metrics/statistics.ts';
import { type Aggregate, aggregateText, type Condition, holds, type Threshold } from './condition.ts';

export type Evaluation = Pick<
  Check,
  'observed' | 'unit' | 'threshold' | 'baseline' | 'samples' | 'verdict' | 'reason' | 'hint'
>;

/** What thresholds are judged with, beside the samples. */
export interface Judging {
  readonly reference: Reference;
  /** Times may differ from the baseline by this much. */
  readonly floorMs: number;
}

/** Judges one threshold by one series. Nothing measured is `error`, too little `inconclusive`; neither passes. */
export function evaluate(
  threshold: Threshold,
  metric: Metric,
  series: Series | undefined,
  why: { whyNothing: string; failures?: string },
  judging: Judging,
): Evaluation {
  const shared = {
    unit: metric.unit === 'ratio' ? '' : metric.unit,
    threshold: thresholdText(threshold),
    samples: series?.values.length ?? 0,
  };
  if (!series || series.values.length === 0) {
    return { ...shared, observed: null, verdict: 'error', reason: `nothing was measured: ${why.whyNothing}` };
  }
  const written = threshold.fail ?? threshold.warn;
  if (!written) throw new Error(`a threshold without a condition: ${threshold.text}`);
  const shown = { ...shared, observed: round(aggregated(written, metric, series.values)) };
  for (const level of [threshold.fail, threshold.warn]) {
    // Percentiles that the service computed are of more values than one.
    const scarce =
      level && metric.type !== 'quantiles' ? tooFew(level.aggregate, series.values.length) : undefined;
    if (scarce) return { ...shown, verdict: 'inconclusive', ...scarce };
  }
  if (!threshold.fail?.relative && !threshold.warn?.relative) {
    return { ...shown, ...judgeLevels(threshold, metric, series, why.failures ?? '') };
  }
  const { reference } = judging;
  const before = reference.kind === 'present' ? reference.baseline.values(series) : undefined;
  if (before === undefined) return { ...shown, ...withoutBaseline(reference) };
  const absolute = against(threshold, metric, before, judging.floorMs);
  const judged = judgeLevels(absolute, metric, series, why.failures ?? '');
  const comparison = metric.type === 'trend' ? compareSamples(before, series.values) : undefined;
  const base = aggregated(written, metric, before);
  const words = comparison ? `; ${comparison.words}` : '';
  const noise = threshold.implied && judged.verdict !== 'pass' && comparison?.significant === false;
  return {
    ...shown,
    baseline: round(base),
    // An implied limit is not broken by a difference that is no more than chance.
    verdict: noise ? 'pass' : judged.verdict,
    reason: `${judged.reason}, baseline ${formatValue(base, unitOf(written, metric))}${words}`,
  };
}

function judgeLevels(
  threshold: Pick<Threshold, 'fail' | 'warn'>,
  metric: Metric,
  series: Series,
  failures: string,
): Pick<Evaluation, 'verdict' | 'reason'> {
  const say = (level: Condition) => describe(level, metric, series, failures);
  for (const verdict of ['fail', 'warn'] as const) {
    const level = threshold[verdict];
    if (level && !holds(aggregated(level, metric, series.values), level.operator, level.value)) {
      return { verdict, reason: say(level) };
    }
  }
  const level = threshold.fail ?? threshold.warn;
  const reason = level ? say(level) : '';
  if (metric.type === 'rate' && mixed(series)) return { verdict: 'warn', reason: `flaky: ${reason}` };
  return { verdict: 'pass', reason };
}

/** The threshold with its relative limits made absolute by the baseline. */
function against(
  threshold: Threshold,
  metric: Metric,
  before: readonly number[],
  floorMs: number,
): Pick<Threshold, 'fail' | 'warn'> {
  const absolute = (level: Condition): Condition => {
    if (!level.relative) return level;
    const base = aggregated(level, metric, before);
    const change = level.relative === 'percent' ? (Math.abs(base) * level.value) / 100 : level.value;
    // A tenth of two milliseconds is noise: times may always differ by the floor.
    const floor = metric.unit === 'ms' ? floorMs : 0;
    const tolerance = Math.max(Math.abs(change), floor) * (level.value < 0 ? -1 : 1);
    return { ...level, value: base + tolerance };
  };
  return {
    ...(threshold.fail ? { fail: absolute(threshold.fail) } : {}),
    ...(threshold.warn ? { warn: absolute(threshold.warn) } : {}),
  };
}

function withoutBaseline(reference: Reference): Pick<Evaluation, 'verdict' | 'reason' | 'hint'> {
  switch (reference.kind) {
    case 'unreadable':
      return { verdict: 'error', reason: `the baseline could not be read: ${reference.reason}` };
    case 'absent':
      return { verdict: 'skipped', reason: `nothing to compare with: ${reference.reason}` };
    case 'none':
      return {
        verdict: 'error',
        reason: 'no baseline is compared with',
        hint: 'Set `baseline` to `compare`.',
      };
    case 'present':
      return {
        verdict: 'skipped',
        reason: 'nothing to compare with: the baseline has no samples of this',
        hint: 'Record the baseline again.',
      };
  }
}

function aggregated(condition: Condition, metric: Metric, values: readonly number[]): number {
  // Behind a balancer each instance may have a certificate of its own: the one that ends first counts.
  if (metric.kind === 'tls') return aggregateOf({ name: 'min' }, values, false);
  return aggregateOf(condition.aggregate, values, metric.type === 'rate');
}

function unitOf(condition: Condition, metric: Metric): Metric['unit'] {
  return condition.aggregate.name === 'count' ? '' : metric.unit;
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
  const shown = formatValue(aggregated(condition, metric, series.values), unitOf(condition, metric));
  if (metric.type === 'value') return `${shown}, limit ${limit(condition, metric)}`;
  if (metric.type === 'share') return `${shown}, limit ${limit(condition, metric)}`;
  if (metric.type === 'quantiles') {
    return `${aggregateText(condition.aggregate)} is ${shown} as the service measured it, limit ${limit(condition, metric)}`;
  }
  const method = condition.aggregate.name === 'p' ? ', nearest rank' : '';
  return `${aggregateText(condition.aggregate)} is ${shown} (${plural(n, 'sample')}${method}), limit ${limit(condition, metric)}`;
}

function limit(condition: Condition, metric: Metric): string {
  return `${condition.operator} ${formatValue(condition.value, unitOf(condition, metric))}`;
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
