import { expect, test } from 'vitest';
import { EXIT_CODE_WORDS, EXIT_CODES } from '../../../../src/cli/session/exit-codes.ts';

test('every exit code is explained', () => {
  expect(EXIT_CODE_WORDS.map(([code]) => code)).toEqual([...new Set(Object.values(EXIT_CODES))].sort());
});
