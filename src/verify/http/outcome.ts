import type { VersionWait, Wait } from '../gate/waiting.ts';
import type { Failures } from '../metrics/failures.ts';

/** Everything that a run found out about one target, beside its samples. */
export interface TargetOutcome {
  readonly name: string;
  readonly https: boolean;
  readonly reachable: Wait;
  /** Absent if no version is expected, or the target never became reachable. */
  readonly version?: VersionWait;
  /** Durations of the warm-up's probes, in milliseconds. */
  readonly warmup: readonly number[];
  readonly failures: Failures;
  /** Samples that passed only after a retry. */
  readonly retried: Retried;
  /** The firewall that refused every failed probe, if it was the same for all. */
  readonly refusal?: string;
  /** Versions other than the expected one that measured samples carried. */
  readonly otherVersions: ReadonlyMap<string, number>;
  /** Paths that answered samples in the end after redirects, and how often. */
  readonly redirectedTo: ReadonlyMap<string, number>;
  /** What answers said that makes them less than a clean pass, and how often. */
  readonly suspicions: ReadonlyMap<string, number>;
  /** Samples that a cache answered. */
  readonly cached: number;
}

export interface Retried {
  readonly samples: number;
  /** The most attempts of one sample. */
  readonly attempts: number;
  readonly reasons: Failures;
}
