import { expect, test } from 'vitest';
import { sameVersion } from '../../../../src/verify/http/version.ts';

const FULL = '0123456789abcdef0123456789abcdef01234567';

test.each<[string, string, boolean]>([
  ['1.2.3', '1.2.3', true],
  ['1.2.3', '1.2', false],
  [FULL.slice(0, 7), FULL, true],
  [FULL, FULL.slice(0, 12).toUpperCase(), true],
  [FULL.slice(0, 6), FULL, false],
  [FULL.slice(1, 9), FULL, false],
  // A build number is not an abbreviation of a longer one.
  ['20240101', '2024010112', false],
  [FULL.slice(0, 8), FULL.slice(0, 12), false],
])('version %s seen, %s expected: the same is %s', (seen, expected, same) => {
  expect(sameVersion(seen, expected)).toBe(same);
});
