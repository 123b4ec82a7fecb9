import { expect, test } from 'vitest';
import { compileJsonPath } from '../../../../src/verify/http/json-path.ts';

test('a JSONPath whose patterns could hang is refused', async () => {
  await expect(compileJsonPath('$.checks[?match(@.name, "(a+)+$")]')).rejects.toThrow(
    'match() and search() are not supported here; use `matches` on the value',
  );
  expect((await compileJsonPath('$.match')).select({ match: 1 })).toEqual([1]);
});
