import { parseArgs } from 'node:util';
import { nearest } from '../../support/nearest.ts';
import type { Problem } from '../../support/problem.ts';
import { secretForms } from '../../support/secret-forms.ts';
import { COMMAND_ARGUMENTS, COMMANDS, type Command, GLOBAL_OPTIONS, isMode, optionsOf } from './commands.ts';
import { holdsSecrets, variableOf } from './environment.ts';
import type { OptionDefinition } from './option.ts';

/** What a command line asks for. */
interface Arguments {
  readonly command: Command | undefined;
  /** Words behind the command: which checklist. */
  readonly words: readonly string[];
  /** Options by name; the entries of a list are joined by line ends, a switch is `true` or `false`. */
  readonly options: ReadonlyMap<string, string>;
  /** Everything that is wrong; no value of a secret is in it. */
  readonly problems: readonly Problem[];
}

/** More options than this behind one dash are none. */
const MOST_SHORT = 30;

/**
 * Reads a command line: `deploy-guard verify --targets api=https://… --dry-run`. Pure.
 * @param argv without the program's own two entries
 */
export function readArguments(argv: readonly string[]): Arguments {
  const problems: Problem[] = [];
  // Node's parser takes a word behind one dash for so many options, and minutes for thousands of them.
  const endless = (word: string, at: number) =>
    word.length > MOST_SHORT && /^-[^-]/.test(word) && !argv[at - 1]?.startsWith('--');
  for (const word of argv.filter(endless))
    problems.push({ code: 'unknown-option', where: shown(word), message: 'is not a known option' });
  const first = split(
    argv.filter((word, at) => !endless(word, at)),
    allOptions(),
  );
  const words = [...first.positionals];
  const asHelp = words[0] === 'help';
  if (asHelp) words.shift();
  const command = commandOf(words.shift(), first.given, problems);
  const options = new Map<string, string>();
  if (asHelp) options.set('help', 'true');

  const known = command === undefined ? GLOBAL_OPTIONS : optionsOf(command);
  for (const given of first.given) {
    if (given.name === 'mode') continue;
    const found = resolve(given.name, known);
    if (found === undefined) {
      // Without a command the known options are not known either.
      if (command !== undefined || !Object.hasOwn(allOptions(), given.name))
        problems.push(unknownOption(given, known, command));
      continue;
    }
    const problem = take(found, given, options);
    if (problem !== undefined) problems.push(problem);
  }
  const allowed = command === undefined ? undefined : COMMAND_ARGUMENTS[command];
  for (const word of words) {
    if (command === undefined) continue;
    if (allowed?.includes(word)) continue;
    problems.push(
      allowed
        ? {
            code: 'unknown-word',
            where: shown(word),
            message: 'is not known',
            hint: didYouMean(word, allowed, `Write ${allowed.join(', ')}.`),
          }
        : {
            code: 'stray-word',
            where: shown(word),
            message: 'does not belong to an option',
            hint: 'Quote values that contain spaces.',
          },
    );
  }
  return { command, words: allowed ? words : [], options, problems };
}

interface Given {
  /** As written, without the value. */
  readonly raw: string;
  readonly name: string;
  /** undefined: none was given. */
  readonly value: string | undefined;
  /** Written with `=`, so that it cannot be anything else. */
  readonly inline: boolean;
}

/** Every option of every command: the parser must know which take a value before the command is known. */
function allOptions(): Readonly<Record<string, OptionDefinition>> {
  const mode: Record<string, OptionDefinition> = { mode: { description: '', values: 'mode' } };
  return Object.assign(mode, ...COMMANDS.map(optionsOf));
}

function split(
  argv: readonly string[],
  known: Readonly<Record<string, OptionDefinition>>,
): { positionals: string[]; given: Given[] } {
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(known).map(([name, option]) => [
        name,
        {
          type: option.switch ? ('boolean' as const) : ('string' as const),
          ...(option.short === undefined ? {} : { short: option.short }),
        },
      ]),
    ),
  });
  const positionals: string[] = [];
  const given: Given[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.kind === 'positional') positionals.push(token.value);
    if (token?.kind !== 'option') continue;
    const option = resolve(token.name, known)?.option;
    let value = token.value;
    const next = tokens[at + 1];
    // `--dry-run false`: a word that a switch can take belongs to it, any other word does not. Behind an
    // unknown option comes its value, perhaps a secret: nothing may show it.
    const belongs = (word: string) =>
      option === undefined ? !isCommand(word) : option.switch === true && takes(option, word);
    if (value === undefined && next?.kind === 'positional' && belongs(next.value)) {
      value = next.value;
      at++;
    }
    given.push({ raw: token.rawName, name: token.name, value, inline: token.inlineValue === true });
  }
  return { positionals, given };
}

function takes(option: OptionDefinition, word: string): boolean {
  return option.input === undefined
    ? /^(true|false)$/.test(word)
    : option.input.schema.safeParse(word).success;
}

function commandOf(
  word: string | undefined,
  given: readonly Given[],
  problems: Problem[],
): Command | undefined {
  const mode = given.find(({ name }) => name === 'mode')?.value;
  const name = word ?? mode;
  if (name === undefined) return undefined;
  if (word !== undefined && mode !== undefined && word !== mode)
    problems.push({
      code: 'two-commands',
      where: shown(word),
      message: `is another command than \`--mode ${shown(mode)}\``,
      hint: 'Write one of them.',
    });
  const found = isCommand(name) ? name : undefined;
  if (found === undefined)
    problems.push({
      code: 'unknown-command',
      where: shown(name),
      message: 'is not a command',
      hint: didYouMean(name, COMMANDS, `The commands are ${COMMANDS.join(', ')}.`),
    });
  return found;
}

function didYouMean(word: string, known: readonly string[], otherwise: string): string {
  const near = nearest(word, known);
  return near === undefined ? otherwise : `Did you mean \`${near}\`?`;
}

function isCommand(word: string): word is Command {
  return (COMMANDS as readonly string[]).includes(word);
}

/** `--no-color` is `--color` turned round. */
function resolve(
  name: string,
  known: Readonly<Record<string, OptionDefinition>>,
): { name: string; option: OptionDefinition; turned: boolean } | undefined {
  const option = Object.hasOwn(known, name) ? known[name] : undefined;
  if (option) return { name, option, turned: false };
  const bare = name.startsWith('no-') ? name.slice('no-'.length) : undefined;
  const turned = bare !== undefined && Object.hasOwn(known, bare) ? known[bare] : undefined;
  return bare !== undefined && turned?.switch ? { name: bare, option: turned, turned: true } : undefined;
}

function unknownOption(
  { raw, name }: Given,
  known: Readonly<Record<string, OptionDefinition>>,
  command: Command | undefined,
): Problem {
  const where = shown(raw);
  const elsewhere = COMMANDS.filter((other) => Object.hasOwn(optionsOf(other), name));
  const modes = elsewhere.filter(isMode);
  if (command !== undefined && elsewhere.length > 0)
    return {
      code: 'option-of-another-command',
      where,
      message: `is not an option of ${command}`,
      hint: `It belongs to ${(modes.length > 0 ? modes : elsewhere).join(' and ')}.`,
    };
  const near = nearest(name, Object.keys(known));
  if (near !== undefined && known[near]?.input?.secret)
    return {
      code: 'unknown-option',
      where,
      message: `is not a known option, nor is the secret \`${near}\``,
      hint: `Set the environment variable ${variableOf(near)}.`,
    };
  return {
    code: 'unknown-option',
    where,
    message: 'is not a known option',
    ...(near === undefined ? {} : { hint: `Did you mean \`--${near}\`?` }),
  };
}

/** Notes an option's value, or says what is wrong with it. */
function take(
  found: { name: string; option: OptionDefinition; turned: boolean },
  { raw, value, inline }: Given,
  options: Map<string, string>,
): Problem | undefined {
  const { name, option, turned } = found;
  const where = `--${name}`;
  if (option.input?.secret)
    return {
      code: 'secret-option',
      where,
      message: 'is a secret, and other users of a machine can read the options of a command',
      hint: `Set the environment variable ${variableOf(name)}, or write \`--ask ${name}\` to be asked for it.`,
    };
  if (option.switch) {
    if (turned && value !== undefined)
      return { code: 'switch-with-value', where: raw, message: 'takes no value' };
    if (value !== undefined && !takes(option, value))
      return {
        code: 'switch-value',
        where,
        value: `'${shown(value)}'`,
        message: 'is not a value of this option',
        hint: `It takes ${option.values?.replaceAll('`', '') ?? 'true or false'}.`,
      };
    options.set(name, turned ? 'false' : (value ?? 'true'));
    return undefined;
  }
  if (value === undefined || value === '')
    return { code: 'value-missing', where, message: 'needs a value', hint: `Write ${plainValues(option)}.` };
  // Node's parser takes the next word whatever it is; a forgotten value must not swallow the next option.
  if (/^--?[a-z]/i.test(value) && !inline)
    return {
      code: 'value-missing',
      where,
      message: `needs a value, and \`${shown(value.split('=')[0] ?? value)}\` looks like an option`,
      hint: `Write \`--${name}=VALUE\` for a value that begins with a dash.`,
    };
  if (option.input && holdsSecrets(option.input, value, (part) => secretForms(part).length > 0))
    return {
      code: 'secret-in-option',
      where,
      message:
        'holds secret parts (passwords, header values, query values), and other users of a machine can read the options of a command',
      hint: `Set the environment variable ${variableOf(name)} instead.`,
    };
  const before = options.get(name);
  if (before !== undefined && !option.list)
    return { code: 'given-twice', where, message: 'is given twice', hint: 'It takes one value.' };
  options.set(name, before === undefined ? value : `${before}\n${value}`);
  return undefined;
}

function plainValues(option: OptionDefinition): string {
  return option.values?.replaceAll('`', '') ?? 'text';
}

/** What the user typed, for a message: cut, on one line, nothing that could be a secret's value. */
function shown(word: string): string {
  const line = word
    .replace(/\s+/g, ' ')
    .replace(/:\/\/.*$/, '://…')
    .slice(0, 60);
  return line.trim() === '' ? `'${line}'` : line;
}
