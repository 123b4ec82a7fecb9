import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ascending,
  mean,
  median,
  percentile,
  samplesNeeded,
} from '../../../../src/verify/metrics/statistics.ts';

const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 200 });

describe('percentile', () => {
  test.each([
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 95, 10],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 90, 9],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 50, 5],
    [Array.from({ length: 20 }, (_value, n) => n + 1), 95, 19],
    [Array.from({ length: 100 }, (_value, n) => n + 1), 99, 99],
    [[7], 99, 7],
    [[1, 2], 0, 1],
    [[1, 2], 100, 2],
  ])('of %j at %d is %d', (sorted, p, expected) => {
    expect(percentile(sorted, p)).toBe(expected);
  });

  test('is one of the values, never falls with p, and lies between least and greatest', () => {
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        (list, a, b) => {
          const sorted = ascending(list);
          const [low, high] = [percentile(sorted, Math.min(a, b)), percentile(sorted, Math.max(a, b))];
          expect(list).toContain(low);
          expect(low).toBeLessThanOrEqual(high);
          expect(percentile(sorted, 0)).toBe(Math.min(...list));
          expect(percentile(sorted, 100)).toBe(Math.max(...list));
        },
      ),
    );
  });

  test('at least so many values are at or below it', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 99 }), (list, p) => {
        const found = percentile(ascending(list), p);
        const below = list.filter((value) => value <= found).length;
        expect(below / list.length).toBeGreaterThanOrEqual(p / 100 - 1e-9);
      }),
    );
  });
});

test('median and mean', () => {
  expect(median([1, 2, 10])).toBe(2);
  expect(median([1, 2, 3, 10])).toBe(2.5);
  expect(mean([1, 2, 6])).toBe(3);
  expect(() => mean([])).toThrow();
});

test.each([
  [50, 1],
  [90, 5],
  [95, 10],
  [99, 50],
  [99.9, 500],
  [5, 10],
  [0, 1],
  [100, 1],
])('p(%d) needs %d samples', (p, needed) => {
  expect(samplesNeeded(p)).toBe(needed);
});
