/** The parts of docs/CLI.md that follow from the sources. */
import {
  COMMAND_WORDS,
  COMMANDS,
  type Command,
  GLOBAL_OPTIONS,
  inputsOf,
  isMode,
  optionOfInput,
  ownOptionsOf,
} from '../../src/cli/arguments/commands.ts';
import { variablesOf } from '../../src/cli/arguments/environment.ts';
import type { OptionDefinition } from '../../src/cli/arguments/option.ts';
import { EXAMPLES } from '../../src/cli/help/examples.ts';
import { EXIT_CODE_WORDS } from '../../src/cli/session/exit-codes.ts';
import type { InputDefinition } from '../../src/settings/inputs/definition.ts';
import { ALL_INPUTS } from '../../src/settings/settings.ts';

const HEAD = ['| Option | Values | Default | Description |', '| --- | --- | --- | --- |'];

/** Block name → Markdown. */
export function cliReference(): Record<string, string> {
  return {
    commands: [
      '| Command | What it does |',
      '| --- | --- |',
      ...COMMANDS.map((command) => `| \`${command}\` | ${COMMAND_WORDS[command]} |`),
    ].join('\n'),
    'exit-codes': [
      '| Code | Meaning |',
      '| --- | --- |',
      ...EXIT_CODE_WORDS.map(([code, words]) => `| ${code} | ${words} |`),
    ].join('\n'),
    secrets: [
      '| Secret | Variable | What it is |',
      '| --- | --- | --- |',
      ...Object.entries(ALL_INPUTS)
        .filter(([, input]) => input.secret)
        .map(
          ([name, input]) =>
            `| \`${name}\` | ${variablesOf(name)
              .map((variable) => `\`${variable}\``)
              .join(' or ')} | ${cell(input.description)} |`,
        ),
    ].join('\n'),
    options: [
      ...section('Every command', Object.entries(GLOBAL_OPTIONS)),
      ...section('Every mode', [
        ...inputOptions('verify', (input) => input.group === 'common'),
        ...Object.entries(ownOptionsOf('verify')),
      ]),
      ...COMMANDS.flatMap((command) =>
        isMode(command)
          ? section(
              `\`${command}\``,
              inputOptions(command, (input) => input.group === command),
            )
          : section(`\`${command}\``, ownOptions(command)),
      ),
    ]
      .join('\n')
      .trim(),
    examples: COMMANDS.map((command) =>
      [
        '```sh',
        ...EXAMPLES[command].flatMap(({ words, lines }) => [`# ${command}: ${words}`, ...lines]),
        '```',
      ].join('\n'),
    ).join('\n\n'),
  };
}

function inputOptions(
  command: Command,
  wanted: (input: InputDefinition) => boolean,
): [string, OptionDefinition][] {
  return Object.entries(inputsOf(command))
    .filter(([, input]) => !input.secret && wanted(input))
    .map(([name, input]) => [name, optionOfInput(input)]);
}

/** Those of the modes are shown once, above. */
function ownOptions(command: Command): [string, OptionDefinition][] {
  const shared = ownOptionsOf('verify');
  return Object.entries(ownOptionsOf(command)).filter(([name]) => !Object.hasOwn(shared, name));
}

function section(title: string, options: readonly [string, OptionDefinition][]): string[] {
  return [`### ${title}`, '', ...HEAD, ...options.map(row), ''];
}

function row([name, option]: [string, OptionDefinition]): string {
  const short = option.short ? `\`-${option.short}\` ` : '';
  const values = option.values ?? 'switch';
  const fallback = option.input?.default ?? option.default;
  return `| ${short}\`--${name}\` | ${cell(values)}${option.list ? ', repeatable' : ''} | ${
    fallback === undefined ? '' : `\`${fallback}\``
  } | ${cell(option.description)} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
