import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holds } from '../../../../src/verify/thresholds/condition.ts';

test.each([
  [1, '==', 1 + 1e-10, true],
  [1, '==', 1 + 1e-8, false],
  [1e6, '==', 1e6 + 1e-4, true],
  [1e6, '==', 1e6 + 1e-2, false],
  [1e-12, '==', 0, true],
  [1, '!=', 1 + 1e-10, false],
  [1, '!=', 2, true],
] as const)('%d %s %d is %s', (a, operator, b, expected) => {
  expect(holds(a, operator, b)).toBe(expected);
  expect(holds(b, operator, a)).toBe(expected);
});

test('comparisons', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
      expect(holds(a, '<', b)).toBe(!holds(a, '>=', b));
      expect(holds(a, '>', b)).toBe(!holds(a, '<=', b));
      expect(holds(a, '==', b)).toBe(!holds(a, '!=', b));
    }),
  );
  expect(holds(0.1 + 0.2, '==', 0.3)).toBe(true);
});
