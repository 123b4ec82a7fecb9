import type * as z from 'zod';

/** Which mode an input belongs to; `common` ones work in each. */
export type InputGroup = 'common' | 'verify' | 'alert' | 'rollback';

/** One input of the action and option of the command line. action.yml and the README are held to it by a test. */
export interface InputDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly group: InputGroup;
  /** The modes in which it means something, if its group does not say it. */
  readonly modes?: readonly ('verify' | 'alert' | 'rollback')[];
  /** One line: what it does. */
  readonly description: string;
  /** What may be written, for the README's table: `true` `false`, `duration`, `URL`. */
  readonly values: string;
  /** The text that counts where the input is not given. */
  readonly default?: string;
  /** A default that only GitHub can fill in (an expression); it is in action.yml and nowhere else. */
  readonly actionDefault?: string;
  /**
   * The guard file can hold it too. Then action.yml must not carry the default: GitHub would send it
   * as if the user had written it, and it would win over the file.
   */
  readonly inGuardFile?: boolean;
  readonly required?: boolean;
  /** The words that may be written, if there are few; a shell completes them. */
  readonly choices?: readonly string[];
  /** Several values may be given, one per line; the command line takes the option several times. */
  readonly list?: boolean;
  /** Masked before the first network call; never shown, not even when it is wrong. */
  readonly secret?: boolean;
  /** The secret parts of a value that is not secret as a whole, from its raw text; masked like secrets. */
  readonly secretParts?: (text: string) => readonly string[];
  /** From the trimmed, non-empty text to the value. */
  readonly schema: Schema;
}

/** The values of a table of inputs: undefined where neither given nor defaulted. */
export type InputValues<Table extends Record<string, InputDefinition>> = {
  [Name in keyof Table]: Table[Name] extends { default: string; inGuardFile?: false }
    ? z.output<Table[Name]['schema']>
    : z.output<Table[Name]['schema']> | undefined;
};

/** Keeps the literal types of a table of inputs. */
export function defineInputs<const Table extends Record<string, InputDefinition>>(table: Table): Table {
  return table;
}
