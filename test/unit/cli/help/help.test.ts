import { describe, expect, test } from 'vitest';
import { COMMANDS, inputsOf, ownOptionsOf } from '../../../../src/cli/arguments/commands.ts';
import { variableOf } from '../../../../src/cli/arguments/environment.ts';
import { renderHelp } from '../../../../src/cli/help/help.ts';
import { EXIT_CODE_WORDS } from '../../../../src/cli/session/exit-codes.ts';
import { plain } from '../../../../src/cli/terminal/terminal.ts';
import { wrap } from '../../../../src/cli/terminal/wrap.ts';

describe('help', () => {
  test.each(COMMANDS)('of %s names every option, default, secret and exit code', (command) => {
    const text = renderHelp(command, plain, 100);
    for (const [name, input] of Object.entries(inputsOf(command))) {
      expect(text, name).toContain(input.secret ? variableOf(name) : `${name}`);
      if (input.default !== undefined && !input.secret)
        expect(text).toContain(`Default: ${input.default}.`.split(' ')[0]);
    }
    for (const name of Object.keys(ownOptionsOf(command))) expect(text).toContain(`--${name}`);
    for (const [code] of EXIT_CODE_WORDS) expect(text).toMatch(new RegExp(`^ {2}${code} {2}`, 'm'));
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(125);
  });

  test('secrets are shown as variables, never as options', () => {
    expect(renderHelp('rollback', plain, 100)).not.toMatch(/^ {2}--mongodb-uri/m);
  });

  test('overview', () => {
    const text = renderHelp(undefined, plain, 100);
    for (const command of COMMANDS) expect(text).toContain(`  ${command}`);
  });

  test('wrap keeps every word', () => {
    expect(wrap('a bb ccc dddd', 5)).toEqual(['a bb', 'ccc', 'dddd']);
    expect(wrap('a-very-long-word b', 5)).toEqual(['a-very-long-word', 'b']);
    expect(wrap('', 5)).toEqual([]);
  });
});
