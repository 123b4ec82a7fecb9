import { MODES, type Mode } from '../../settings/inputs/common.ts';
import type { InputDefinition, InputGroup } from '../../settings/inputs/definition.ts';
import { ALL_INPUTS, inputsOfMode } from '../../settings/settings.ts';
import { isSwitch, type OptionDefinition } from './option.ts';
import { CHECKLIST_OPTIONS, DOCTOR_OPTIONS, INIT_OPTIONS } from './own-options.ts';

export const COMMANDS = [...MODES, 'init', 'doctor', 'checklist', 'completion'] as const;
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];
export type Command = (typeof COMMANDS)[number];

/** One line each, for `--help`. */
export const COMMAND_WORDS: Readonly<Record<Command, string>> = {
  verify: 'verify a deployment: probe it and judge it by thresholds',
  alert: 'notify once, and again when it is resolved',
  rollback: 'plan, apply, resume or restore data-migration STEPs',
  init: 'write a guard file and workflows into this repository',
  doctor: 'check what the other commands need: database, privileges, Slack, mail, token',
  checklist: 'run the checklists before, during and after a deployment',
  completion: 'print a script that completes commands, options and values in a shell',
};

/** Options that every command has. */
export const GLOBAL_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  json: { description: 'Print the result as JSON, and nothing else, to standard output.', switch: true },
  quiet: { description: 'Print errors and the result only.', switch: true, short: 'q' },
  verbose: { description: 'Print details for finding a fault.', switch: true, short: 'v' },
  color: {
    description:
      'Colours, in a pipe too; --no-color switches them off. Otherwise NO_COLOR and FORCE_COLOR decide.',
    switch: true,
  },
  help: { description: 'Show this help.', switch: true, short: 'h' },
  version: { description: 'Show the version.', switch: true, short: 'V' },
};

/** Options of the modes beside their inputs. */
const MODE_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  ask: {
    description: 'Ask for a secret on the terminal, hidden, instead of reading it from the environment.',
    values: 'name of a secret input',
    list: true,
  },
};

/** The words that a command takes behind its name; a word is required by `completion` alone. */
export const COMMAND_ARGUMENTS: Readonly<Partial<Record<Command, readonly string[]>>> = {
  checklist: ['pre', 'plan', 'post'],
  completion: SHELLS,
};

export function isMode(command: Command): command is Mode {
  return (MODES as readonly string[]).includes(command);
}

/** Which inputs are options of a command. `mode` is the command itself. */
export function inputsOf(command: Command): Readonly<Record<string, InputDefinition>> {
  if (isMode(command)) return withoutMode(inputsOfMode(command));
  const groups: readonly InputGroup[] =
    command === 'doctor'
      ? ['common', 'alert']
      : command === 'checklist'
        ? ['common', 'verify', 'alert', 'rollback']
        : [];
  return withoutMode(
    Object.fromEntries(Object.entries(ALL_INPUTS).filter(([, { group }]) => groups.includes(group))),
  );
}

function withoutMode({ mode: _mode, ...inputs }: Readonly<Record<string, InputDefinition>>) {
  return inputs;
}

/** Options of a command that are not inputs, the ones for every command left out. */
export function ownOptionsOf(command: Command): Readonly<Record<string, OptionDefinition>> {
  if (isMode(command)) return MODE_OPTIONS;
  if (command === 'init') return INIT_OPTIONS;
  if (command === 'doctor') return { ...MODE_OPTIONS, ...DOCTOR_OPTIONS };
  if (command === 'checklist') return { ...MODE_OPTIONS, ...CHECKLIST_OPTIONS };
  return {};
}

/** Every option of a command, by its name. */
export function optionsOf(command: Command): Readonly<Record<string, OptionDefinition>> {
  return {
    ...Object.fromEntries(
      Object.entries(inputsOf(command)).map(([name, input]) => [name, optionOfInput(input)]),
    ),
    ...ownOptionsOf(command),
    ...GLOBAL_OPTIONS,
  };
}

/** An input of the action, as an option. */
export function optionOfInput(input: InputDefinition): OptionDefinition {
  return {
    description: input.description,
    values: input.values,
    ...(input.choices === undefined ? {} : { choices: input.choices }),
    input,
    switch: isSwitch(input),
    list: input.list === true,
  };
}
