import type { InputDefinition } from '../../settings/inputs/definition.ts';

/** One option of the command line. */
export interface OptionDefinition {
  readonly description: string;
  /** What may be written; none for a switch. */
  readonly values?: string;
  /** The words that may be written, if there are few; a shell completes them. */
  readonly choices?: readonly string[];
  readonly default?: string;
  /** It can stand alone (`--json`), take a value (`--dry-run=false`) or be negated (`--no-color`). */
  readonly switch?: boolean;
  /** It may be given several times. */
  readonly list?: boolean;
  readonly short?: string;
  /** The input of the action that it is; undefined where only the command line has it. */
  readonly input?: InputDefinition;
}

/** Whether an input's values are true and false, perhaps with more beside them. */
export function isSwitch(input: InputDefinition): boolean {
  const on = input.schema.safeParse('true');
  const off = input.schema.safeParse('false');
  return on.success && on.data === true && off.success && off.data === false;
}
