import type { Wait } from '../gate/waiting.ts';
import type { Failures } from '../metrics/failures.ts';
import type { Diagnosis } from './diagnose.ts';
import type { DatabaseExpectations } from './options.ts';

/** Everything that a run found out about MongoDB, beside its samples. */
export interface MongoOutcome {
  readonly database: string;
  /** What the guard file expects of it. */
  readonly expected: DatabaseExpectations;
  readonly reachable: Wait;
  /** Collections that exist and could be counted. */
  readonly counted: ReadonlySet<string>;
  readonly failures: Failures;
  /** Collections that could not be counted, with the reason. */
  readonly uncounted: ReadonlyMap<string, string>;
  /** Collections whose count is an estimate. */
  readonly estimated: ReadonlySet<string>;
  /** What the diagnostics found; absent if MongoDB was never reachable. */
  readonly diagnosis?: Diagnosis;
}

/** The reason for which a missing collection was not counted. */
export const NO_COLLECTION = 'the collection does not exist';
