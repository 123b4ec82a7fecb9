import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareSamples } from '../../../../src/verify/metrics/comparison.ts';

const a = Array.from({ length: 60 }, (_value, i) => ((i * 37) % 101) / 10 + 5);

const b = Array.from({ length: 70 }, (_value, i) => ((i * 53) % 97) / 10 + 5.6);

describe('the words of a comparison', () => {
  /** 100 values of which so many lie above all of the baseline, and the others below. */
  const split = (above: number) =>
    Array.from({ length: 200 }, (_value, index) => (index < above * 2 ? 2 : 0));
  const before = Array.from({ length: 200 }, () => 1);

  test.each<[number, string]>([
    [71, 'above one of the baseline in 71% of pairs: a large effect'],
    [70, 'above one of the baseline in 70% of pairs: a medium effect'],
    [64, 'above one of the baseline in 64% of pairs: a medium effect'],
    [63, 'above one of the baseline in 63% of pairs: a small effect'],
    [29, 'below one of the baseline in 71% of pairs: a large effect'],
    [36, 'below one of the baseline in 64% of pairs: a medium effect'],
    [37, 'below one of the baseline in 63% of pairs: a small effect'],
  ])('%d of 100 above', (above, words) => {
    expect(compareSamples(before, split(above))?.words).toContain(words);
  });

  test('a small effect becomes a tiny one, and the chance is told to three digits', () => {
    const many = (above: number) =>
      Array.from({ length: 2_000 }, (_value, index) => (index < above * 20 ? 2 : 0));
    const base = Array.from({ length: 2_000 }, () => 1);
    expect(compareSamples(base, many(56))?.words).toContain('in 56% of pairs: a small effect');
    expect(compareSamples(base, many(55))?.words).toContain('in 55% of pairs: a tiny effect');
    const half = compareSamples(base, many(50));
    expect(half).toMatchObject({ superiority: 0.5, p: 1, significant: false });
    expect(half?.words).toBe(
      'against the 2000 samples of the baseline the difference is no more than chance (Mann–Whitney, p = 1.000)',
    );
  });
});

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
