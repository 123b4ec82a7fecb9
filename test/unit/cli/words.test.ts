import { describe, expect, test } from 'vitest';
import { COMMANDS, inputsOf, ownOptionsOf } from '../../../src/cli/arguments/commands.ts';
import { fromEnvironment, unknownVariables, variableOf } from '../../../src/cli/arguments/environment.ts';
import { renderHelp, wrap } from '../../../src/cli/help/help.ts';
import { nodeProblem, OLDEST_NODE } from '../../../src/cli/node-version.ts';
import { EXIT_CODE_WORDS, EXIT_CODES } from '../../../src/cli/session/exit-codes.ts';
import { SHELL_DIALECT, shellQuoted } from '../../../src/cli/terminal/dialect.ts';
import { plain, printable } from '../../../src/cli/terminal/terminal.ts';
import { formatProblem, input, type Problem, setSecret, text } from '../../../src/support/problem.ts';

describe('problems in the words of a shell', () => {
  const words = (problem: Omit<Problem, 'code'>) => formatProblem({ code: 'x', ...problem }, SHELL_DIALECT);
  test.each<[Omit<Problem, 'code'>, string]>([
    [{ where: 'samples', message: 'is wrong' }, '--samples: is wrong'],
    [{ where: 'mode', message: 'is required' }, 'the command: is required'],
    [
      { where: 'mongodb-uri', message: 'is required', hint: text`${setSecret('mongodb-uri')}.` },
      'DEPLOY_GUARD_MONGODB_URI: is required\n  Set the environment variable DEPLOY_GUARD_MONGODB_URI.',
    ],
    [
      { where: 'confirm', message: 'is missing', hint: text`Write ${input('confirm', 'roll back 21')}.` },
      "--confirm: is missing\n  Write `--confirm 'roll back 21'`.",
    ],
    [
      { where: 'state', message: text`needs ${input('mongodb-uri')} or ${input('state', 'file:PATH')}` },
      '--state: needs DEPLOY_GUARD_MONGODB_URI or `--state file:PATH`',
    ],
    // No value of a secret is written for others to copy.
    [
      { where: 'state', message: text`${input('bearer-token', 'abc')}` },
      '--state: `DEPLOY_GUARD_BEARER_TOKEN=…`',
    ],
    [
      {
        where: '.github/deploy-guard.yml:4:3',
        key: 'a.b',
        value: "'x'",
        message: text`needs ${input('targets')}`,
      },
      ".github/deploy-guard.yml:4:3: `a.b`: 'x' needs `--targets`",
    ],
  ])('%j', (problem, shown) => expect(words(problem)).toBe(shown));

  test.each([
    ['file:PATH', 'file:PATH'],
    ['two words', "'two words'"],
    ["it's", "'it'\\''s'"],
    ['$(id)', "'$(id)'"],
  ])('%j is one word of a shell', (value, shown) => expect(shellQuoted(value)).toBe(shown));
});

describe('environment variables', () => {
  test('the own name wins over the common one, and an empty one switches it off', () => {
    expect(fromEnvironment('mongodb-uri', { MONGODB_URI: 'a' })).toEqual({ name: 'MONGODB_URI', value: 'a' });
    expect(fromEnvironment('mongodb-uri', { MONGODB_URI: 'a', DEPLOY_GUARD_MONGODB_URI: 'b' })?.value).toBe(
      'b',
    );
    expect(fromEnvironment('mongodb-uri', { MONGODB_URI: 'a', DEPLOY_GUARD_MONGODB_URI: '' })?.value).toBe(
      '',
    );
    expect(fromEnvironment('slack-webhook-url', { SLACK_WEBHOOK_URL: 'a' })).toBeUndefined();
  });

  test('one that no input has is found, with the nearest', () => {
    expect(
      unknownVariables({ DEPLOY_GUARD_SLACK_WEBHOK_URL: 'x', DEPLOY_GUARD_STATE: 'none', PATH: '' }),
    ).toEqual([{ name: 'DEPLOY_GUARD_SLACK_WEBHOK_URL', near: 'DEPLOY_GUARD_SLACK_WEBHOOK_URL' }]);
  });
});

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

test('every exit code is explained', () => {
  expect(EXIT_CODE_WORDS.map(([code]) => code)).toEqual([...new Set(Object.values(EXIT_CODES))].sort());
});

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

describe('versions of Node', () => {
  test.each(['22.19.0', '22.20.1', '24.0.0', '26.1.0'])('%s will do', (version) => {
    expect(nodeProblem(version)).toBeUndefined();
  });
  test.each(['22.18.9', '20.20.2', '18.0.0', '8.1.0'])('%s gets one sentence', (version) => {
    expect(nodeProblem(version)).toBe(
      `this is Node ${version}, and Node ${OLDEST_NODE} or newer is needed; install Node 24 (https://nodejs.org) and try again.`,
    );
  });
});
