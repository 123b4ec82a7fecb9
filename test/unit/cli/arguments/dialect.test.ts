import { describe, expect, test } from 'vitest';
import { SHELL_DIALECT, shellQuoted } from '../../../../src/cli/arguments/dialect.ts';
import { formatProblem, input, type Problem, setSecret, text } from '../../../../src/support/problem.ts';

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
