/**
 * Percentile by the nearest-rank method: always a value that was measured, and never a lower one than
 * interpolation would give for the upper percentiles, so few samples make a gate stricter, not laxer.
 * @param sorted ascending, not empty
 * @param p 0 to 100
 */
export function percentile(sorted: readonly number[], p: number): number {
  // The product is rounded to keep 0.95 × 20 from becoming 19.000000000000004 and the 20th rank.
  const rank = Math.ceil(Number(((p / 100) * sorted.length).toFixed(9)));
  return at(sorted, Math.min(Math.max(rank, 1), sorted.length) - 1);
}

/** The middle value; between the two middle ones where their number is even. */
export function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? (at(sorted, middle - 1) + at(sorted, middle)) / 2
    : at(sorted, Math.floor(middle));
}

export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the mean of no values');
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/**
 * How many samples a percentile needs to be more than a guess: half a sample must be expected beyond it,
 * so 10 for p(95), 50 for p(99), 500 for p(99.9), 1 for p(50). p(0) and p(100) are the least and the
 * greatest, which any sample gives.
 */
export function samplesNeeded(p: number): number {
  const tail = Math.min(p, 100 - p);
  return tail <= 0 ? 1 : Math.max(1, Math.ceil(Number((50 / tail).toFixed(6))));
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError('a statistic of no values');
  return value;
}
