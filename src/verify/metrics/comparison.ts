import { errorFunction, wilcoxonRankSum } from 'simple-statistics';

/** With fewer samples on either side the test says little, and its approximation is poor. */
const SAMPLES_FOR_TEST = 50;
/** Below this a difference counts as more than chance. */
const SIGNIFICANT = 0.01;

export interface Comparison {
  /** Two-sided. */
  readonly p: number;
  /** How often a value of now is above one of before, ties half: 0.5 is no difference. */
  readonly superiority: number;
  readonly significant: boolean;
  readonly words: string;
}

/**
 * Mann–Whitney: whether two sets of samples differ by more than chance, with the effect in words. The
 * normal approximation, corrected for ties and continuity.
 * @returns undefined where either side has too few samples
 */
export function compareSamples(before: readonly number[], now: readonly number[]): Comparison | undefined {
  const [n, m] = [now.length, before.length];
  if (n < SAMPLES_FOR_TEST || m < SAMPLES_FOR_TEST) return undefined;
  const u = wilcoxonRankSum([...now], [...before]) - (n * (n + 1)) / 2;
  const superiority = u / (n * m);
  const deviation = Math.sqrt(
    ((n * m) / 12) * (n + m + 1 - ties([...now, ...before]) / ((n + m) * (n + m - 1))),
  );
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  const p = deviation === 0 ? 1 : Math.min(1, 1 - errorFunction(distance / deviation / Math.SQRT2));
  const significant = p < SIGNIFICANT;
  return { p, superiority, significant, words: inWords(superiority, p, significant, m) };
}

/** Sum of t³ − t over groups of equal values. */
function ties(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum + count ** 3 - count, 0);
}

function inWords(superiority: number, p: number, significant: boolean, before: number): string {
  const chance = p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
  if (!significant) {
    return `against the ${before} samples of the baseline the difference is no more than chance (Mann–Whitney, ${chance})`;
  }
  const higher = superiority > 0.5;
  const share = Math.round(100 * Math.max(superiority, 1 - superiority));
  const size = share >= 71 ? 'large' : share >= 64 ? 'medium' : share >= 56 ? 'small' : 'tiny';
  return `a sample of now is ${higher ? 'above' : 'below'} one of the baseline in ${share}% of pairs: a ${size} effect, and no chance (Mann–Whitney, ${chance})`;
}
