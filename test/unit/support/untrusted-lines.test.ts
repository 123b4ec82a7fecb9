import { describe, expect, test } from 'vitest';
import { disarmCommands } from '../../../src/support/untrusted-lines.ts';

describe('workflow commands in untrusted text', () => {
  test.each([
    '::add-mask::x',
    '  ::set-output name=a::b',
    'a\n::error::x',
    'a\r::error::x',
    'a\r\n\t::error::x',
    'a\u2028::error::x',
    'a\u0085::stop-commands::x',
    'text ##[add-mask]x',
  ])('%j is disarmed', (text) => {
    // The runner's own two rules: a line that starts with `::`, or one that has `##[` in it.
    for (const line of disarmCommands(text).split(/[\n\r\u0085\u2028\u2029]/)) {
      expect(line.trimStart().startsWith('::')).toBe(false);
      expect(line.includes('##[')).toBe(false);
    }
  });

  test('plain text stays as it is', () =>
    expect(disarmCommands('a::b https://x [y]\nz')).toBe('a::b https://x [y]\nz'));
});
