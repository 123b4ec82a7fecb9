import { expect, test } from 'vitest';
import { closingLines } from '../../support/needs.ts';

test('the closing lines count the skips of each kind', () => {
  expect(closingLines('transactions\ncollMod\ntransactions\n', 'mongod 4')).toEqual([
    'skipped: 1 test needs collMod (engine: mongod 4)',
    'skipped: 2 tests need transactions (engine: mongod 4)',
  ]);
  expect(closingLines('', 'mongod 4')).toEqual([]);
});
