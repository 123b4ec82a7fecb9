import type { AppReading } from '../app/reading.ts';
import type { SampleSet } from '../metrics/samples.ts';
import type { Diagnosis } from '../mongodb/diagnose.ts';
import type { DatabaseExpectations } from './options.ts';

/** Everything that a run of the gate found out; the judge needs nothing else. */
export interface GateOutcome {
  readonly samples: SampleSet;
  readonly targets: readonly TargetOutcome[];
  readonly mongo?: MongoOutcome;
  readonly app?: AppOutcome;
  readonly control?: ControlOutcome;
}

/** How a wait for something ended. */
export interface Wait {
  readonly done: boolean;
  readonly attempts: number;
  readonly waitedMs: number;
  /** Why it is not done, or was not at the attempt before the last. */
  readonly reason?: string;
}

export interface TargetOutcome {
  readonly name: string;
  readonly https: boolean;
  readonly reachable: Wait;
  /** Absent where no version is expected, or the target never became reachable. */
  readonly version?: VersionWait;
  /** Durations of the warm-up's probes, in milliseconds. */
  readonly warmup: readonly number[];
  readonly failures: Failures;
  /** Samples that passed only after being tried again. */
  readonly retried: Retried;
  /** The firewall that turned every failed probe away, where it was the same for all. */
  readonly refusal?: string;
  /** Versions other than the expected one that measured samples carried. */
  readonly otherVersions: ReadonlyMap<string, number>;
  /** Paths that answered samples in the end after redirects, and how often. */
  readonly redirectedTo: ReadonlyMap<string, number>;
  /** What answers said that makes them less than a clean pass, and how often. */
  readonly doubts: ReadonlyMap<string, number>;
  /** Samples that a cache answered. */
  readonly cached: number;
}

export interface MongoOutcome {
  readonly database: string;
  /** What the guard file expects of it. */
  readonly expected: DatabaseExpectations;
  readonly reachable: Wait;
  /** Collections that are there, and could be counted. */
  readonly counted: ReadonlySet<string>;
  readonly failures: Failures;
  /** Collections that could not be counted, with the reason. */
  readonly uncounted: ReadonlyMap<string, string>;
  /** Collections whose count is an estimate. */
  readonly estimated: ReadonlySet<string>;
  /** What the diagnostics found; absent where MongoDB was never reachable. */
  readonly diagnosis?: Diagnosis;
}

export interface AppOutcome {
  readonly format: string;
  readonly reachable: Wait;
  readonly version?: VersionWait;
  /** Whether there is a health endpoint, beside or in place of metrics. */
  readonly hasHealth: boolean;
  /** Versions other than the expected one that it told while the targets were sampled. */
  readonly otherVersions: ReadonlyMap<string, number>;
  /** How often its health was read meanwhile. */
  readonly glances: number;
  /** Why it was not healthy then. */
  readonly lapses: Failures;
  readonly reading: AppReading;
}

/** How a wait for a version ended, and which one was seen last. */
export type VersionWait = Wait & { readonly expected: string; readonly seen?: string };

export interface ControlOutcome {
  readonly answered: boolean;
  readonly reason: string;
}

export interface Retried {
  readonly samples: number;
  /** The most that one of them took. */
  readonly attempts: number;
  readonly reasons: Failures;
}

/** Why measured samples failed, and how often for each reason. */
export class Failures {
  readonly #counts = new Map<string, number>();

  add(reason: string, count = 1): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** How many in all. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  addAll(others: Failures): void {
    for (const [reason, count] of others.#counts) this.add(reason, count);
  }

  get any(): boolean {
    return this.#counts.size > 0;
  }

  /** The reasons, the most frequent first, at most three of them. */
  summary(): string {
    const sorted = [...this.#counts].sort(([, a], [, b]) => b - a);
    const shown = sorted
      .slice(0, 3)
      .map(([reason, count]) => (sorted.length > 1 ? `${count} × ${reason}` : reason));
    const hidden = sorted.length - shown.length;
    return (
      shown.join('; ') + (hidden > 0 ? `; and ${hidden} more ${hidden === 1 ? 'reason' : 'reasons'}` : '')
    );
  }
}

/** Why a collection was not counted, where it does not exist. */
export const NO_COLLECTION = 'there is no such collection';
