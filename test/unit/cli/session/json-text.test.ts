import { expect, test } from 'vitest';
import { jsonText } from '../../../../src/cli/session/json-text.ts';

test('JSON on standard output contains no command of the runner and parses to the same value', () => {
  const value = { a: '##[add-mask]x', b: '\u2028::error::x', c: '\u0085' };
  expect(jsonText(value)).not.toMatch(/##\[|[\u0085\u2028]/);
  expect(JSON.parse(jsonText(value))).toEqual(value);
});
