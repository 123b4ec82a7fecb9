import { describe, expect, test } from 'vitest';
import { printable } from '../../../../src/cli/terminal/terminal.ts';

describe('text from outside', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007text', ']0;titletext'],
    ['a\rb', 'a\nb'],
    ['\u009b31mx', '31mx'],
    ['\u202egreen', 'green'],
    ['tab\tand\nline', 'tab\tand\nline'],
  ])('%j cannot steer the terminal', (text, shown) => expect(printable(text)).toBe(shown));
});
