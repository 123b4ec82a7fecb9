import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LONGEST_US, relativeErrorOf, SlidingWindow } from '../../../src/monitor/requests/sliding-window.ts';

/** Nearest rank, by definition: the smallest value that p % of the values do not exceed. */
function exact(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

const us = fc.integer({ min: 1, max: LONGEST_US });

/** Series in whole microseconds, of the kinds that response times come in. */
const series: Readonly<Record<string, fc.Arbitrary<number[]>>> = {
  random: fc.array(us, { minLength: 1, maxLength: 400 }),
  constant: fc.tuple(us, fc.integer({ min: 1, max: 400 })).map(([value, count]) => Array(count).fill(value)),
  bimodal: fc
    .tuple(us, us, fc.array(fc.boolean(), { minLength: 1, maxLength: 400 }))
    .map(([fast, slow, which]) => which.map((is) => (is ? fast : slow))),
  // Pareto with a shape of 1.1: most are fast, and a few are thousands of times slower.
  'heavy-tailed': fc
    .array(fc.double({ min: 0, max: 0.999999, noNaN: true }), { minLength: 1, maxLength: 400 })
    .map((draws) => draws.map((draw) => Math.min(LONGEST_US, Math.round(500 / (1 - draw) ** (1 / 1.1))))),
};

describe.each([2, 3])('percentiles with %i significant figures', (figures) => {
  test.each(Object.entries(series))(
    'stay within the stated error on %s series, merged over slots',
    (_name, arbitrary) => {
      const slots = 6;
      fc.assert(
        fc.property(arbitrary, fc.infiniteStream(fc.nat(slots - 1)), (values, slot) => {
          const window = new SlidingWindow(slots, figures);
          for (const value of values) window.record(slot.next().value ?? 0, value, 'ok');
          const time = window.responseTime();
          expect(window.count).toBe(values.length);
          for (const [p, got] of [
            [50, time.p50Ms],
            [95, time.p95Ms],
            [99, time.p99Ms],
          ] as const) {
            const want = exact(values, p);
            const gotUs = Math.round((got ?? Number.NaN) * 1_000);
            expect(gotUs).toBeGreaterThanOrEqual(want);
            expect(gotUs).toBeLessThanOrEqual(want * (1 + relativeErrorOf(figures)));
          }
          const lowest = Math.min(...values) / 1_000;
          const highest = Math.max(...values) / 1_000;
          // The lower edge of the bucket for the smallest, the upper edge for the greatest.
          expect(time.minMs).toBeLessThanOrEqual(lowest);
          expect(time.minMs).toBeGreaterThanOrEqual(lowest / (1 + relativeErrorOf(figures)) - 0.0005);
          expect(time.maxMs).toBeGreaterThanOrEqual(highest);
          expect(time.maxMs).toBeLessThanOrEqual(highest * (1 + relativeErrorOf(figures)));
        }),
        { numRuns: 150 },
      );
    },
  );
});

describe('a sliding window', () => {
  test('says that it knows nothing while it is empty', () => {
    expect(new SlidingWindow(3, 2).responseTime()).toEqual({
      p50Ms: null,
      p95Ms: null,
      p99Ms: null,
      meanMs: null,
      minMs: null,
      maxMs: null,
    });
  });

  test('forgets a slot that is cleared, with its errors', () => {
    const window = new SlidingWindow(2, 3);
    window.record(0, 5_000, 'server-error');
    window.record(1, 7_000, 'client-error');
    window.record(1, 7_000, 'aborted');
    window.clear(0);
    expect(window.count).toBe(2);
    expect(window.errors()).toEqual({ clientErrors: 1, serverErrors: 0, aborted: 1 });
    expect(window.responseTime().p50Ms).toBeCloseTo(7, 1);
  });
});
