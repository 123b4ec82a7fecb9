import { median, quantile, sampleWithReplacement } from 'simple-statistics';
import { seededRandom } from '../../test/support/seeded-random.ts';

export { median } from 'simple-statistics';

/** The value below which a share `q` of the values lies, nearest rank. */
export function nearestRank(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** A figure with the interval that holds it with 95 % confidence. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

const RESAMPLES = 5_000;

/**
 * The median, with the percentile bootstrap's interval of it. Seeded, so that the same rounds give the same
 * interval. With few rounds it is as wide as the rounds lie apart, and no wider: five are little, nine are fair.
 */
export function estimate(values: readonly number[]): Estimate {
  if (values.length === 0 || !values.every(Number.isFinite))
    throw new Error(`no estimate of ${JSON.stringify(values)}: every round must have given a number`);
  const random = seededRandom(1);
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(sampleWithReplacement([...values], values.length, random) as number[]),
  );
  return {
    value: significant(median([...values])),
    low: significant(quantile(medians, 0.025)),
    high: significant(quantile(medians, 0.975)),
    rounds: values.length,
  };
}

/** Of each round the ratio, and of those the estimate: what disturbs the machine disturbs both sides of a round. */
export function pairedRatio(of: readonly number[], to: readonly number[]): Estimate {
  if (of.length !== to.length) throw new Error(`${of.length} rounds cannot be paired with ${to.length}`);
  return estimate(of.map((value, round) => value / (to[round] ?? Number.NaN)));
}

/** As many digits as a measurement bears. */
export function significant(value: number): number {
  return Number(value.toPrecision(4));
}

export const METHOD =
  'Ratios are medians of the ratios of interleaved rounds, in brackets the 95 % interval of that median by the percentile bootstrap (5,000 resamples).';
