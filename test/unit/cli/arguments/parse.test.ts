import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMANDS, inputsOf, optionsOf } from '../../../../src/cli/arguments/commands.ts';
import { SHELL_DIALECT } from '../../../../src/cli/arguments/dialect.ts';
import { variableOf } from '../../../../src/cli/arguments/environment.ts';
import { readArguments } from '../../../../src/cli/arguments/parse.ts';
import { EXAMPLES } from '../../../../src/cli/help/examples.ts';
import { ALL_INPUTS } from '../../../../src/settings/settings.ts';
import { formatProblem } from '../../../../src/support/problem.ts';

const read = (...argv: string[]) => {
  const { options, ...rest } = readArguments(argv);
  return { ...rest, options: Object.fromEntries(options) };
};

describe('what is read', () => {
  test.each<[string, string[], Record<string, string>]>([
    ['a value behind a space', ['verify', '--samples', '5'], { samples: '5' }],
    ['a value behind =', ['verify', '--samples=5'], { samples: '5' }],
    [
      'a list, repeated',
      ['verify', '--targets', 'a=http://a/', '--targets=b=http://b/'],
      { targets: 'a=http://a/\nb=http://b/' },
    ],
    ['a switch alone', ['verify', '--dry-run'], { 'dry-run': 'true' }],
    ['a switch with =', ['verify', '--dry-run=auto'], { 'dry-run': 'auto' }],
    ['a switch with a word of its own', ['verify', '--dry-run', 'false'], { 'dry-run': 'false' }],
    ['a switch turned round', ['alert', '--no-send-resolved'], { 'send-resolved': 'false' }],
    ['an option before the command', ['--json', 'verify'], { json: 'true' }],
    ['a switch before the command takes no command', ['--dry-run', 'verify'], { 'dry-run': 'true' }],
    ['short options', ['verify', '-qv'], { quiet: 'true', verbose: 'true' }],
    ['a value with =', ['alert', '--labels', 'team=payments'], { labels: 'team=payments' }],
    ['a value that begins with a dash, behind =', ['alert', '--title=-1 orders'], { title: '-1 orders' }],
    ['a negative number as text', ['alert', '--title', '-1 orders'], { title: '-1 orders' }],
  ])('%s', (_name, argv, options) => {
    const found = read(...argv);
    expect(found.problems).toEqual([]);
    expect(found.options).toEqual(options);
    expect(COMMANDS).toContain(found.command);
  });

  test('--mode names the command too, and must agree with it', () => {
    expect(read('--mode', 'verify').command).toBe('verify');
    expect(read('--mode=rollback', 'rollback').problems).toEqual([]);
    expect(read('--mode=alert', 'rollback').problems).toMatchObject([{ code: 'two-commands' }]);
  });

  test('help COMMAND is COMMAND --help', () => {
    expect(read('help', 'rollback')).toMatchObject({ command: 'rollback', options: { help: 'true' } });
  });

  test('the words of a checklist', () => {
    expect(read('checklist', 'pre', 'post')).toMatchObject({ words: ['pre', 'post'], problems: [] });
    expect(read('checklist', 'pots').problems).toMatchObject([
      { where: 'pots', code: 'unknown-word', hint: 'Did you mean `post`?' },
    ]);
  });
});

describe('what is refused', () => {
  test.each<[string, string[], string]>([
    ['an unknown command', ['verfy'], 'verfy unknown-command'],
    ['an unknown option', ['verify', '--targts', 'x'], '--targts unknown-option'],
    ['an unknown option near nothing', ['verify', '--zzzzzzzzzzzz'], '--zzzzzzzzzzzz unknown-option'],
    ['an option of another mode', ['verify', '--steps', '19'], '--steps option-of-another-command'],
    ['an option of another command', ['verify', '--workflows', 'x'], '--workflows option-of-another-command'],
    ['no value', ['verify', '--samples'], '--samples value-missing'],
    ['an empty value', ['verify', '--samples='], '--samples value-missing'],
    ['an option in place of a value', ['verify', '--samples', '--json'], '--samples value-missing'],
    ['a single value twice', ['verify', '--samples=1', '--samples=2'], '--samples given-twice'],
    ['a switch with another value', ['verify', '--dry-run=maybe'], '--dry-run switch-value'],
    ['a switch of the command line alone', ['verify', '--json=maybe'], '--json switch-value'],
    ['a negated switch with a value', ['alert', '--no-resolve=true'], '--no-resolve switch-with-value'],
    ['a stray word', ['verify', 'production'], 'production stray-word'],
    ['two commands', ['verify', '--mode=alert'], 'verify two-commands'],
    ['a secret as an option', ['verify', '--bearer-token=x'], '--bearer-token secret-option'],
  ])('%s', (_name, argv, refusal) => {
    expect(read(...argv).problems.map(({ where, code }) => `${where} ${code}`)).toEqual([refusal]);
  });

  test('problems are worded with the nearest known name or the command that an option belongs to', () => {
    const words = (...argv: string[]) =>
      read(...argv)
        .problems.map((problem) => formatProblem(problem, SHELL_DIALECT))
        .join('\n');
    expect(words('verfy')).toBe('verfy: is not a command\n  Did you mean `verify`?');
    expect(words('verify', '--targts', 'x')).toBe(
      '--targts: is not a known option\n  Did you mean `--targets`?',
    );
    expect(words('verify', '--steps', '19')).toBe(
      '--steps: is not an option of verify\n  It belongs to rollback.',
    );
    expect(words('verify', '--dry-run=maybe')).toBe(
      "--dry-run: 'maybe' is not a value of this option\n  It takes auto true false.",
    );
  });

  test('everything that is wrong is reported at once', () => {
    expect(read('verify', '--targts=1', '--samples', '--steps', '19').problems.length).toBeGreaterThan(1);
  });
});

describe('secrets', () => {
  const SECRETS = Object.entries(ALL_INPUTS).filter(([, input]) => input.secret);
  const VALUE = 'hunter2-hunter2-hunter2';

  test('there are some', () => expect(SECRETS.length).toBeGreaterThan(3));

  test.each(SECRETS)('--%s is refused with its variable, and its value is not repeated', (name, input) => {
    const command = COMMANDS.find((one) => Object.hasOwn(inputsOf(one), name)) ?? 'verify';
    for (const argv of [[`--${name}=${VALUE}`], [`--${name}`, VALUE]]) {
      const { problems, options } = read(command, ...argv);
      expect(JSON.stringify(problems)).toContain(variableOf(name));
      expect(JSON.stringify(problems)).not.toContain(VALUE);
      expect(options).not.toHaveProperty(name);
    }
    expect(input.group).toBeDefined();
  });

  test.each([
    ['a password in a target', ['verify', `--targets=http://me:${VALUE}@example.com/`], 'TARGETS'],
    ['a key in the query of a target', ['verify', `--targets=http://example.com/?key=${VALUE}`], 'TARGETS'],
    ['the value of a header', ['verify', '--headers', `X-Api-Key: ${VALUE}`], 'HEADERS'],
  ])('%s is refused as well', (_name, argv, variable) => {
    const said = JSON.stringify(read(...argv).problems);
    expect(said).toContain(`DEPLOY_GUARD_${variable}`);
    expect(said).not.toContain(VALUE);
  });

  test('what stands behind a mistyped secret is not repeated either', () => {
    for (const argv of [
      ['verify', '--bearer-tokn', VALUE],
      ['--bearer-tokn', VALUE, 'verify'],
      ['verify', `--bearer-tokn=${VALUE}`],
    ]) {
      const { problems } = read(...argv);
      expect(problems).toHaveLength(1);
      expect(JSON.stringify(problems)).not.toContain(VALUE);
      expect(JSON.stringify(problems)).toContain('DEPLOY_GUARD_BEARER_TOKEN');
    }
  });
});

describe('the tables', () => {
  test('every input is an option of some command, or a secret', () => {
    for (const name of Object.keys(ALL_INPUTS)) {
      if (name === 'mode') continue;
      expect(
        COMMANDS.filter((command) => Object.hasOwn(optionsOf(command), name)),
        name,
      ).not.toEqual([]);
    }
  });

  test('which inputs may be repeated', () => {
    const lists = Object.entries({ ...optionsOf('verify'), ...optionsOf('alert'), ...optionsOf('rollback') })
      .filter(([, option]) => option.list && option.input)
      .map(([name]) => name);
    expect(lists.sort()).toEqual([
      'channels',
      'email-to',
      'expected-status',
      'fail-on',
      'guard-file-collections',
      'guard-file-env',
      'headers',
      'labels',
      'steps',
      'targets',
      'thresholds',
    ]);
    // Its description holds a comma, which once made it a list.
    expect(read('verify', '--version-pattern=v(.*)', '--version-pattern=w(.*)').problems).toHaveLength(1);
  });

  test('every option that takes a value says which', () => {
    for (const command of COMMANDS)
      for (const [name, option] of Object.entries(optionsOf(command)))
        if (!option.switch) expect(option.values, name).toMatch(/./);
  });

  test('which inputs are switches', () => {
    const switches = Object.entries(optionsOf('alert'))
      .filter(([, option]) => option.switch)
      .map(([name]) => name);
    for (const name of ['dry-run', 'resolve', 'send-resolved', 'show-summary', 'json'])
      expect(switches).toContain(name);
    expect(switches).not.toContain('title');
  });
});

test('every example of the help is one that is accepted', () => {
  for (const [command, examples] of Object.entries(EXAMPLES)) {
    for (const { lines } of examples) {
      const calls = lines.join('\n').replace(/\\\n/g, ' ').split('\n');
      for (const call of calls) {
        // What a shell does with the output is not the program's.
        const words = [...call.replace(/ > \S+$/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
          (word) => word[1] ?? word[2] ?? word[3] ?? '',
        );
        expect(words.shift(), call).toBe('deploy-guard');
        const found = readArguments(words);
        expect(found.problems, call).toEqual([]);
        expect(found.command).toBe(command);
      }
    }
  }
});

test('no command line makes the parser throw, or an option appear out of nothing', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      ...COMMANDS,
      '--',
      '-',
      '--json',
      '--targets',
      '--dry-run',
      '--no-dry-run',
      '__proto__',
      '--__proto__=1',
      '--constructor',
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
      const { options, command } = readArguments(argv);
      const known = command === undefined ? undefined : optionsOf(command);
      for (const name of options.keys()) if (known) expect(Object.hasOwn(known, name)).toBe(true);
    }),
  );
});

test('thousands of letters after one dash are reported as one problem', () => {
  expect(readArguments(['verify', `-${'a'.repeat(5_000)}`]).problems).toHaveLength(1);
});
