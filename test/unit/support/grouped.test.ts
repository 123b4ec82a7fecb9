import fc from 'fast-check';
import { expect, test } from 'vitest';
import { grouped } from '../../../src/support/grouped.ts';

test('numbers are written as the language tables write them', () => {
  for (const value of [0, 7, 999, 1_000, -1_000, 12_345, 1e6, Number.MAX_SAFE_INTEGER, 1e21, 0.5, 1234.5678])
    expect(grouped(value)).toBe(value.toLocaleString('en-US'));
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.double()), (value) => {
      // The tables write -0 with its sign, which counts nothing.
      expect(grouped(value)).toBe((Object.is(value, -0) ? 0 : value).toLocaleString('en-US'));
    }),
  );
});
