import { ALL_INPUTS } from '../../settings/settings.ts';
import type { Dialect } from '../../support/problem.ts';
import { variableOf } from './environment.ts';

/** Problems as a shell's user writes inputs: options, and environment variables for secrets. */
export const SHELL_DIALECT: Dialect = {
  where(where) {
    if (where === 'mode') return 'the command';
    return Object.hasOwn(ALL_INPUTS, where) ? optionOf(where) : where;
  },
  mention({ input, value, secret }) {
    const option = optionOf(input);
    if (secret === true) return `set the environment variable ${option}`;
    // No value of a secret is written for others to copy.
    if (isSecret(input)) return value === undefined ? option : `\`${option}=…\``;
    return `\`${option}${value === undefined ? '' : ` ${shellQuoted(value)}`}\``;
  },
};

function optionOf(input: string): string {
  return isSecret(input) ? variableOf(input) : `--${input}`;
}

function isSecret(input: string): boolean {
  return ALL_INPUTS[input]?.secret === true;
}

/** A value as one word of a shell. */
export function shellQuoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
