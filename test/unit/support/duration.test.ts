import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/support/duration.ts';

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['0s', 0],
    [' 2s ', 2_000],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['', '5', 's', '-1s', '1d', '1 s', '1s2', 'ms', '1e3s', '١s', `${'9'.repeat(400)}h`])(
    '%j is no duration',
    (text) => expect(parseDuration(text)).toBeUndefined(),
  );

  test.each([
    [0, '0 ms'],
    [12.34, '12.3 ms'],
    [480.4, '480 ms'],
    [1_500, '1.5 s'],
    [125_000, '2 min 5 s'],
    [60_000, '1 min'],
    [11_040_000, '3 h 4 min'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('%d ms reads %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  test('property: whole units are read back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.constantFrom(['ms', 1], ['s', 1e3], ['m', 6e4], ['h', 3.6e6]),
        (n, [unit, factor]) => {
          expect(parseDuration(`${n}${unit}`)).toBe(n * Number(factor));
        },
      ),
    );
  });
});
