import { describe, expect, test } from 'vitest';
import { nearest } from '../../../src/support/nearest.ts';

describe('nearest', () => {
  test.each([
    ['tresholds', 'thresholds'],
    ['verfy', 'verify'],
    ['Targets', 'targets'],
  ])('%s most likely meant %s', (typed, meant) =>
    expect(nearest(typed, ['targets', 'thresholds', 'verify', 'rollback'])).toBe(meant),
  );
  test('nothing is near', () => expect(nearest('zzzzzz', ['targets'])).toBeUndefined());
});
