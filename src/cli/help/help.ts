import type { InputGroup } from '../../settings/inputs/definition.ts';
import {
  COMMAND_WORDS,
  COMMANDS,
  type Command,
  GLOBAL_OPTIONS,
  inputsOf,
  isMode,
  optionOfInput,
  ownOptionsOf,
} from '../arguments/commands.ts';
import { variableOf, variablesOf } from '../arguments/environment.ts';
import type { OptionDefinition } from '../arguments/option.ts';
import { EXIT_CODE_WORDS } from '../session/exit-codes.ts';
import type { Paint } from '../terminal/terminal.ts';
import { wrap } from '../terminal/wrap.ts';
import { EXAMPLES, SYNOPSES } from './examples.ts';

const GROUP_TITLES: Readonly<Record<InputGroup, string>> = {
  verify: 'Options of verify',
  alert: 'Options of alert',
  rollback: 'Options of rollback',
  common: 'Options of every mode',
};

/** The help of the program, or of one command. Pure. Ends in a line end. */
export function renderHelp(command: Command | undefined, paint: Paint, width: number): string {
  const columns = Math.min(width, 110);
  const lines = command === undefined ? overview(paint, columns) : help(command, paint, columns);
  return `${lines.join('\n')}\n`;
}

function overview(paint: Paint, width: number): string[] {
  const name = Math.max(...COMMANDS.map((command) => command.length));
  return [
    'Guards deployments of services backed by MongoDB.',
    '',
    `${paint('bold', 'Usage:')} deploy-guard COMMAND [OPTION…]`,
    '',
    paint('bold', 'Commands'),
    ...COMMANDS.map((command) => `  ${paint('cyan', command.padEnd(name))}  ${COMMAND_WORDS[command]}`),
    '',
    'deploy-guard COMMAND --help shows the options of a command, with examples.',
    '',
    ...optionLines('Options', Object.entries(GLOBAL_OPTIONS), paint, width),
    ...secretLines(paint),
    '',
    ...exitLines(paint),
  ];
}

function help(command: Command, paint: Paint, width: number): string[] {
  const lines = [
    `${COMMAND_WORDS[command].charAt(0).toUpperCase()}${COMMAND_WORDS[command].slice(1)}.`,
    '',
    `${paint('bold', 'Usage:')} deploy-guard ${SYNOPSES[command]}`,
    '',
    paint('bold', 'Examples'),
    ...EXAMPLES[command].flatMap(({ words, lines: example }) => [
      paint('dim', `  # ${words}`),
      ...example.map((line) => `  ${line}`),
      '',
    ]),
  ];
  const inputs = Object.entries(inputsOf(command));
  const own = Object.entries(ownOptionsOf(command));
  if (!isMode(command) && own.length > 0)
    lines.push(...optionLines(`Options of ${command}`, own, paint, width));
  for (const [group, title] of Object.entries(GROUP_TITLES)) {
    const options = inputs
      .filter(([, input]) => input.group === group && !input.secret)
      .map(([name, input]): [string, OptionDefinition] => [name, optionOfInput(input)]);
    if (options.length > 0) lines.push(...optionLines(title, options, paint, width));
  }
  lines.push(
    ...optionLines(
      'More options',
      [...(isMode(command) ? own : []), ...Object.entries(GLOBAL_OPTIONS)],
      paint,
      width,
    ),
  );
  const secrets = inputs.filter(([, input]) => input.secret);
  if (secrets.length > 0) {
    lines.push(paint('bold', 'Secrets, from the environment only'));
    for (const [name, input] of secrets) {
      lines.push(
        `  ${paint('cyan', variablesOf(name).join(' or '))}`,
        ...wrap(`${input.description} ${plainWords(input.values)}`, width - 6).map((line) => `      ${line}`),
      );
    }
    lines.push('');
  }
  if (inputs.length > 0) lines.push(...secretLines(paint), '');
  lines.push(...exitLines(paint));
  return lines;
}

function optionLines(
  title: string,
  options: readonly (readonly [string, OptionDefinition])[],
  paint: Paint,
  width: number,
): string[] {
  const lines = [paint('bold', title)];
  for (const [name, option] of options) {
    const short = option.short ? `-${option.short}, ` : '';
    const value = option.switch ? '' : ` ${placeholder(option)}`;
    const fallback = option.input?.default ?? option.default;
    // What is on already can only be switched off.
    const shown = option.switch && fallback === 'true' ? `--[no-]${name}` : `--${name}`;
    lines.push(`  ${paint('cyan', `${short}${shown}`)}${value}`);
    const values = shownValues(option);
    const words = [
      option.description,
      ...(values ? [`Values: ${values}.`] : []),
      ...(fallback === undefined ? [] : [`Default: ${fallback}.`]),
      ...(option.list ? ['May be repeated.'] : []),
    ];
    lines.push(...wrap(words.join(' '), width - 6).map((line) => `      ${line}`));
  }
  return [...lines, ''];
}

function secretLines(paint: Paint): string[] {
  return [
    paint('bold', 'Environment'),
    `  Every option can be a variable as well: ${variableOf('environment')}=staging for --environment staging;`,
    '  the option wins. Secrets are never options: set their variable, or write --ask NAME to be asked.',
    '  NO_COLOR and FORCE_COLOR decide about colours.',
  ];
}

function exitLines(paint: Paint): string[] {
  return [paint('bold', 'Exit codes'), ...EXIT_CODE_WORDS.map(([code, words]) => `  ${code}  ${words}`)];
}

/** Longer lists of choices have a line of their own. */
const LONGEST_CHOICES = 45;

/** The placeholder of a value: the one word of its description, or VALUE. */
function placeholder(option: OptionDefinition): string {
  const choices = option.list
    ? ''
    : (option.choices ?? []).map((word) => (word.endsWith(':') ? `${word}PATH` : word)).join('|');
  if (choices !== '' && choices.length <= LONGEST_CHOICES) return choices;
  const words = plainWords(option.values ?? '');
  if (/^duration/.test(words)) return 'DURATION';
  if (/^[a-z]+$/i.test(words)) return words.toUpperCase();
  if (/^list of/.test(words)) return 'LIST';
  if (/[Ii]nteger|^\d+ to \d+/.test(words)) return 'NUMBER';
  if (words.startsWith('SHA-256')) return 'DIGEST';
  if (words === 'JSON Pointer') return 'POINTER';
  return /^[A-Z]{2,}(?:[:=/ ]+[A-Z]{2,})*(?![a-z])/.exec(words)?.[0].replaceAll(' ', '') ?? 'VALUE';
}

/** The values where the placeholder does not say them already. */
function shownValues(option: OptionDefinition): string | undefined {
  if (placeholder(option).includes('|')) return undefined;
  const words = plainWords(option.values ?? '').replace(/,? ?(one )?per line$/, '');
  if (words === '' || /^(one|true, false)$/.test(words)) return undefined;
  if (words === 'duration') return option.input?.default ? undefined : 'such as 500ms, 30s, 5m, 24h';
  const holder = placeholder(option);
  return words.toUpperCase() === holder || words.replaceAll(' ', '') === holder ? undefined : words;
}

/** `a` `b` → a, b: the marks are Markdown's. */
function plainWords(values: string): string {
  return values.replace(/` `/g, '`, `').replaceAll('`', '');
}
