import type { VersionWait, Wait } from '../gate/waiting.ts';
import type { Failures } from '../metrics/failures.ts';
import type { AppReading } from './reading.ts';

/** Everything that a run found out from the service's own endpoints, beside its samples. */
export interface AppOutcome {
  readonly format: string;
  readonly reachable: Wait;
  readonly version?: VersionWait;
  /** Whether there is a health endpoint, beside or in place of metrics. */
  readonly hasHealth: boolean;
  /** Versions other than the expected one that it reported while the targets were sampled. */
  readonly otherVersions: ReadonlyMap<string, number>;
  /** How often its health was polled meanwhile. */
  readonly polls: number;
  /** Why polls found it unhealthy. */
  readonly unhealthyPolls: Failures;
  readonly reading: AppReading;
}
