import type { Verdict } from '../report/vocabulary.ts';
import type { AppOptions } from './app/options.ts';
import type { TargetOptions } from './http/options.ts';
import type { MongoOptions } from './mongodb/options.ts';
import type { Threshold } from './thresholds/condition.ts';

/** What `verify` does: validated data, with every default filled in. Times are milliseconds. */
export interface VerifyOptions {
  readonly targets: readonly TargetOptions[];
  /** Present when a database is given. */
  readonly mongo?: MongoOptions;
  /** Present when the service has health or metrics endpoints. */
  readonly app?: AppOptions;
  /** A host that must answer for failures to count. */
  readonly control?: TargetOptions;
  readonly thresholds: readonly Threshold[];
  readonly initialDelayMs: number;
  /** Bounds the phases that wait: reachable and right version, together. */
  readonly waitTimeoutMs: number;
  /** Most probes in flight at once. */
  readonly concurrency: number;
  readonly baseline: BaselineOptions;
  /** Verdicts that fail the step. */
  readonly failOn: readonly Verdict[];
  /** Notices about the settings themselves, for the report. */
  readonly notices?: readonly string[];
}

export interface BaselineOptions {
  /** `record` pins this run's samples; `compare` judges by them, and records if there are none yet. */
  readonly mode: 'none' | 'record' | 'compare';
  /** Differences of times up to this much are ignored. */
  readonly floorMs: number;
}
