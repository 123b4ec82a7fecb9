import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesInWords, grouped, plural, shorten } from '../../../src/support/format.ts';

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

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1 KB'],
  [1_536, '1.5 KB'],
  [5 * 1_024 ** 3, '5 GB'],
  [1_024 ** 5 * 2, '2048 TB'],
])('%d bytes are %s', (bytes, words) => expect(bytesInWords(bytes)).toBe(words));

test('a noun agrees with its number', () => {
  expect([plural(1, 'check'), plural(0, 'check'), plural(1_234, 'entry', 'entries')]).toEqual([
    '1 check',
    '0 checks',
    '1,234 entries',
  ]);
});

test('property: a shortened text fits its length, is well-formed and begins as the text does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, length) => {
      const short = shorten(text, length);
      if (text.length <= length) expect(short).toBe(text);
      else {
        expect(short.length).toBeLessThanOrEqual(length);
        expect(short.isWellFormed()).toBe(true);
        expect(text.startsWith(short.slice(0, -1))).toBe(true);
      }
    }),
  );
});
