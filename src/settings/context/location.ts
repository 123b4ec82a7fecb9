import type { Problem, Text } from '../../support/problem.ts';
import type { SecretText } from '../values/secret-text.ts';

/** A place where a setting was written: an input, or a node of the guard file. */
export interface Location {
  /** The input's name, or `file:line:column`. */
  readonly where: string;
  /** A place within this one; an input is one place, whatever is below it. */
  at(...path: readonly PropertyKey[]): Location;
  /** The place of an input, for what this place leaves to it. */
  input(name: string): Location;
  /** Records a problem with what was written here. Returns undefined, so that a reader can end with it. */
  refuse(code: string, message: Text, hint?: Text): undefined;
  /** As `refuse`, for a problem that is data already: that of a schema. */
  refuseAs(problem: Omit<Problem, 'where'>): undefined;
  /** The text with its `${NAME}` resolved; an unset variable is a problem of this place. */
  secret(text: SecretText): string;
}

/** Where a value stands in the guard file: `.github/deploy-guard.yml:4:3`. */
export type Locate = (path: readonly PropertyKey[]) => string;
