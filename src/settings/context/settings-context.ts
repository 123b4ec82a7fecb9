import type { Locate } from '../guard-file/read.ts';
import type { ResolveSecret } from '../values/secret-text.ts';

/** What a mode's settings need to know of the rest. */
export interface SettingsContext {
  readonly environment: string;
  readonly dryRun: boolean;
  /** The event is one on which nothing may be changed or sent. */
  readonly pullRequest: boolean;
  readonly hasMongodbUri: boolean;
  /** For problems with values of the guard file: path → `file:line:column`. */
  readonly locate: Locate;
  /** For `${NAME}` in the guard file; masks what it resolves. Adds a problem where the variable is not set. */
  readonly resolveSecret: ResolveSecret;
}
