import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimate, nearestRank, pairedRatio } from '../../../bench/support/figures.ts';
import { interleave } from '../../../bench/support/rounds.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const rounds = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 12 });

describe('estimate', () => {
  test('is the median, with an interval between the least and the greatest round', () => {
    expect(estimate([3, 1, 2])).toEqual({ value: 2, low: 1, high: 3, rounds: 3 });
    expect(estimate([1, 2, 3, 4]).value).toBe(2.5);
    expect(estimate([7])).toEqual({ value: 7, low: 7, high: 7, rounds: 1 });
  });

  test('is narrower, the more rounds agree', () => {
    const width = (values: readonly number[]) => estimate(values).high - estimate(values).low;
    const steady = [10, 10.1, 9.9, 10, 10.05, 9.95, 10, 10.1, 9.9];
    expect(width(steady)).toBeLessThan(0.25);
    expect(width([...steady, 20])).toBeLessThan(width([10, 20]));
  });

  test('holds the true median in about 95 of 100 samples', () => {
    const random = seededRandom(7);
    const trials = 80;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      // Exponential, as times are: not symmetric. Its median is ln 2.
      const { low, high } = estimate(Array.from({ length: 15 }, () => -Math.log(1 - random())));
      if (low <= Math.LN2 && Math.LN2 <= high) held += 1;
    }
    expect(held).toBeGreaterThanOrEqual(trials * 0.88);
    expect(held).toBeLessThan(trials);
  });

  test('holds its own value, whatever the rounds, and follows their scale', () => {
    fc.assert(
      fc.property(rounds, (values) => {
        const { value, low, high } = estimate(values);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
        const doubled = estimate(values.map((one) => one * 1024));
        expect(doubled.low / 1024 / low).toBeCloseTo(1, 2);
        expect(doubled.high / 1024 / high).toBeCloseTo(1, 2);
      }),
      { numRuns: 25 },
    );
  });

  test.each([[[]], [[1, Number.NaN]], [[Number.POSITIVE_INFINITY]]])('refuses %j', (values) => {
    expect(() => estimate(values)).toThrow(/no estimate/);
  });
});

describe('pairedRatio', () => {
  test('pairs by round: what disturbs both sides of a round cancels', () => {
    expect(pairedRatio([2, 200, 20], [1, 100, 10])).toEqual({ value: 2, low: 2, high: 2, rounds: 3 });
  });

  test('refuses rounds without a partner', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow('2 rounds cannot be paired with 1');
  });
});

test('nearestRank is a value that was measured', () => {
  expect([0, 0.5, 0.95, 1].map((q) => nearestRank([4, 1, 3, 2], q))).toEqual([1, 2, 4, 4]);
});

test('interleave gives each side its turn in each round, and each round another first; warm-ups do not count', async () => {
  const turns: string[] = [];
  const side = (name: string) => (round: number) => {
    turns.push(`${name}${round}`);
    return round;
  };
  const measured = await interleave({ a: side('a'), b: side('b'), c: side('c') }, 3);
  expect(turns.slice(3)).toEqual(['a0', 'b0', 'c0', 'b1', 'c1', 'a1', 'c2', 'a2', 'b2']);
  expect(measured).toEqual({ a: [0, 1, 2], b: [0, 1, 2], c: [0, 1, 2] });
  expect(turns.slice(0, 3).sort()).toEqual(['a-1', 'b-1', 'c-1']);
});
