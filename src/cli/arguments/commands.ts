import { MODES, type Mode } from '../../settings/inputs/common.ts';
import type { InputDefinition, InputGroup } from '../../settings/inputs/definition.ts';
import { ALL_INPUTS } from '../../settings/settings.ts';
import { CHECKLIST_OPTIONS } from '../checklist/options.ts';
import { DOCTOR_OPTIONS } from '../doctor/options.ts';
import { INIT_OPTIONS } from '../init/options.ts';
import { isSwitch, type OptionDefinition } from './option.ts';

export const COMMANDS = [...MODES, 'init', 'doctor', 'checklist'] as const;
export type Command = (typeof COMMANDS)[number];

/** One line each, for `--help`. */
export const COMMAND_WORDS: Readonly<Record<Command, string>> = {
  verify: 'decide whether a deployment may stay',
  alert: 'tell people once, and again when it is over',
  rollback: 'plan, apply, resume or restore data-migration STEPs',
  init: 'write a guard file and workflows into this repository',
  doctor: 'check what the other commands need: database, privileges, Slack, mail, token',
  checklist: 'run the checklists before, during and after a deployment',
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

export function isMode(command: Command): command is Mode {
  return (MODES as readonly string[]).includes(command);
}

/** Which inputs are options of a command. `mode` is the command itself. */
export function inputsOf(command: Command): Readonly<Record<string, InputDefinition>> {
  const groups: readonly InputGroup[] = isMode(command)
    ? ['common', command]
    : command === 'doctor'
      ? ['common', 'alert']
      : command === 'checklist'
        ? ['common', 'verify', 'alert', 'rollback']
        : [];
  return Object.fromEntries(
    Object.entries(ALL_INPUTS).filter(([name, input]) => name !== 'mode' && groups.includes(input.group)),
  );
}

/** Options of a command that are not inputs, the ones for every command left out. */
export function ownOptionsOf(command: Command): Readonly<Record<string, OptionDefinition>> {
  if (isMode(command)) return MODE_OPTIONS;
  if (command === 'init') return INIT_OPTIONS;
  if (command === 'doctor') return { ...MODE_OPTIONS, ...DOCTOR_OPTIONS };
  return { ...MODE_OPTIONS, ...CHECKLIST_OPTIONS };
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
    input,
    switch: isSwitch(input),
    list: input.list === true,
  };
}
