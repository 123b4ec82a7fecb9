import { parseArgs } from 'node:util';
import { nearest } from '../../support/nearest.ts';
import { secretForms } from '../../support/secret-forms.ts';
import { COMMANDS, type Command, GLOBAL_OPTIONS, isMode, optionsOf } from './commands.ts';
import { holdsSecrets, variableOf } from './environment.ts';
import type { OptionDefinition } from './option.ts';

/** What a command line asks for. */
export interface Arguments {
  readonly command: Command | undefined;
  /** Words behind the command: which checklist. */
  readonly words: readonly string[];
  /** Options by name; the entries of a list are joined by line ends, a switch is `true` or `false`. */
  readonly options: ReadonlyMap<string, string>;
  /** Everything that is wrong, in words for a person; no value of a secret is in them. */
  readonly problems: readonly string[];
}

/** More options than this behind one dash are none. */
const MOST_SHORT = 30;

/** How many words a command takes behind its name. */
const WORDS: Readonly<Partial<Record<Command, readonly string[]>>> = {
  checklist: ['pre', 'plan', 'post'],
};

/**
 * Reads a command line: `deploy-guard verify --targets api=https://… --dry-run`. Pure.
 * @param argv without the program's own two entries
 */
export function readArguments(argv: readonly string[]): Arguments {
  const problems: string[] = [];
  // Node's parser takes a word behind one dash for so many options, and minutes for thousands of them.
  const endless = (word: string, at: number) =>
    word.length > MOST_SHORT && /^-[^-]/.test(word) && !argv[at - 1]?.startsWith('--');
  for (const word of argv.filter(endless))
    problems.push(`the option \`${shown(word)}\` is not known; see \`--help\``);
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
      // Without a command nobody can say which options there are.
      if (command !== undefined || !Object.hasOwn(allOptions(), given.name))
        problems.push(unknownOption(given, known, command));
      continue;
    }
    const problem = take(found, given, options);
    if (problem !== undefined) problems.push(problem);
  }
  const allowed = command === undefined ? undefined : WORDS[command];
  for (const word of words) {
    if (command === undefined) continue;
    if (allowed?.includes(word)) continue;
    const near = allowed && nearest(word, allowed);
    problems.push(
      allowed
        ? `\`${shown(word)}\` is not known; ${near ? `did you mean \`${near}\`?` : `write ${allowed.join(', ')}`}`
        : `\`${shown(word)}\` stands behind no option; quote values that hold spaces`,
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
    // unknown option stands its value, perhaps a secret: nothing may show it.
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
  problems: string[],
): Command | undefined {
  const mode = given.find(({ name }) => name === 'mode')?.value;
  const name = word ?? mode;
  if (name === undefined) return undefined;
  if (word !== undefined && mode !== undefined && word !== mode)
    problems.push(`\`${shown(word)}\` and \`--mode ${shown(mode)}\` are two different commands; write one`);
  const found = isCommand(name) ? name : undefined;
  if (found === undefined) {
    const near = nearest(name, COMMANDS);
    problems.push(
      `the command \`${shown(name)}\` is not known; ${near ? `did you mean \`${near}\`?` : `the commands are ${COMMANDS.join(', ')}`}`,
    );
  }
  return found;
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
): string {
  const elsewhere = COMMANDS.filter((other) => Object.hasOwn(optionsOf(other), name));
  const modes = elsewhere.filter(isMode);
  if (command !== undefined && elsewhere.length > 0)
    return `\`${raw}\` is no option of ${command}; it belongs to ${(modes.length > 0 ? modes : elsewhere).join(' and ')}`;
  const near = nearest(name, Object.keys(known));
  if (near !== undefined && known[near]?.input?.secret)
    return `the option \`${shown(raw)}\` is not known; the secret \`${near}\` is no option either: set the environment variable ${variableOf(near)}`;
  return `the option \`${shown(raw)}\` is not known; ${near ? `did you mean \`--${near}\`?` : 'see `--help`'}`;
}

/** Notes an option's value, or says what is wrong with it. */
function take(
  found: { name: string; option: OptionDefinition; turned: boolean },
  { raw, value, inline }: Given,
  options: Map<string, string>,
): string | undefined {
  const { name, option, turned } = found;
  if (option.input?.secret)
    return `\`--${name}\` is a secret, and other users of a machine can read the options of a command; set the environment variable ${variableOf(name)}, or write \`--ask ${name}\` to be asked for it`;
  if (option.switch) {
    if (turned && value !== undefined) return `\`${raw}\` takes no value`;
    if (value !== undefined && !takes(option, value))
      return `\`--${name}\` takes ${option.values?.replaceAll('`', '') ?? 'true or false'}, not '${shown(value)}'`;
    options.set(name, turned ? 'false' : (value ?? 'true'));
    return undefined;
  }
  if (value === undefined || value === '') return `\`--${name}\` needs a value: ${plainValues(option)}`;
  // Node's parser takes the next word whatever it is; a forgotten value must not swallow the next option.
  if (/^--?[a-z]/i.test(value) && !inline)
    return `\`--${name}\` needs a value, and \`${shown(value.split('=')[0] ?? value)}\` looks like an option; write \`--${name}=VALUE\` for one that begins with a dash`;
  if (option.input && holdsSecrets(option.input, value, (part) => secretForms(part).length > 0))
    return `\`--${name}\` holds parts that are secret (passwords, header values, query values), and other users of a machine can read the options of a command; set the environment variable ${variableOf(name)} instead`;
  const before = options.get(name);
  if (before !== undefined && !option.list) return `\`--${name}\` is given twice; it takes one value`;
  options.set(name, before === undefined ? value : `${before}\n${value}`);
  return undefined;
}

function plainValues(option: OptionDefinition): string {
  return option.values?.replaceAll('`', '') ?? 'text';
}

/** What somebody typed, for a message: cut, on one line, nothing that could be a secret's value. */
function shown(word: string): string {
  return word
    .replace(/\s+/g, ' ')
    .replace(/:\/\/.*$/, '://…')
    .slice(0, 60);
}
