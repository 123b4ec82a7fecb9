import { ascending, percentile } from '../../src/verify/statistics.ts';

export interface Interval {
  readonly median: number;
  /** The ends of its 95 % interval. */
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2_000;

/** The median, with its interval by bootstrap; the same values give the same interval. */
export function medianInterval(values: readonly number[]): Interval {
  // A small generator with a fixed seed (mulberry32).
  let seed = 0x9e3779b9;
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const medianOf = (sample: readonly number[]) => percentile(ascending(sample), 50);
  const medians = ascending(
    Array.from({ length: RESAMPLES }, () =>
      medianOf(values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN)),
    ),
  );
  return { median: medianOf(values), low: percentile(medians, 2.5), high: percentile(medians, 97.5) };
}
