import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMANDS, inputsOf, optionsOf } from '../../../src/cli/arguments/commands.ts';
import { variableOf } from '../../../src/cli/arguments/environment.ts';
import { readArguments } from '../../../src/cli/arguments/parse.ts';
import { EXAMPLES } from '../../../src/cli/help/examples.ts';
import { ALL_INPUTS } from '../../../src/settings/settings.ts';

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
    expect(read('--mode=alert', 'rollback').problems[0]).toContain('two different commands');
  });

  test('help COMMAND is COMMAND --help', () => {
    expect(read('help', 'rollback')).toMatchObject({ command: 'rollback', options: { help: 'true' } });
  });

  test('the words of a checklist', () => {
    expect(read('checklist', 'pre', 'post')).toMatchObject({ words: ['pre', 'post'], problems: [] });
    expect(read('checklist', 'pots').problems[0]).toContain('did you mean `post`?');
  });
});

describe('what is refused', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['verfy'], /`verfy` is not known; did you mean `verify`\?/],
    ['an unknown option', ['verify', '--targts', 'x'], /`--targts` is not known; did you mean `--targets`\?/],
    ['an unknown option near nothing', ['verify', '--zzzzzzzzzzzz'], /see `--help`/],
    ['an option of another mode', ['verify', '--steps', '19'], /no option of verify; it belongs to rollback/],
    ['an option of another command', ['verify', '--workflows', 'x'], /it belongs to init/],
    ['no value', ['verify', '--samples'], /`--samples` needs a value/],
    ['an empty value', ['verify', '--samples='], /`--samples` needs a value/],
    ['an option in place of a value', ['verify', '--samples', '--json'], /looks like an option/],
    ['a single value twice', ['verify', '--samples=1', '--samples=2'], /given twice/],
    ['a switch with another value', ['verify', '--dry-run=maybe'], /takes auto true false, not 'maybe'/],
    [
      'a switch of the command line alone',
      ['verify', '--json=maybe'],
      /`--json` takes true or false, not 'maybe'/,
    ],
    ['a turned switch with a value', ['alert', '--no-resolve=true'], /takes no value/],
    ['a stray word', ['verify', 'production'], /`production` stands behind no option/],
  ])('%s', (_name, argv, words) => {
    expect(read(...argv).problems.join('\n')).toMatch(words);
  });

  test('everything that is wrong is told at once', () => {
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
      expect(problems.join('\n')).toContain(variableOf(name));
      expect(problems.join('\n')).not.toContain(VALUE);
      expect(options).not.toHaveProperty(name);
    }
    expect(input.group).toBeDefined();
  });

  test.each([
    ['a password in a target', ['verify', `--targets=http://me:${VALUE}@example.com/`], 'TARGETS'],
    ['a key in the query of a target', ['verify', `--targets=http://example.com/?key=${VALUE}`], 'TARGETS'],
    ['the value of a header', ['verify', '--headers', `X-Api-Key: ${VALUE}`], 'HEADERS'],
  ])('%s is refused as well', (_name, argv, variable) => {
    const said = read(...argv).problems.join('\n');
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
      expect(problems.join('\n')).not.toContain(VALUE);
      expect(problems.join('\n')).toContain('DEPLOY_GUARD_BEARER_TOKEN');
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
        const words = [...call.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
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
