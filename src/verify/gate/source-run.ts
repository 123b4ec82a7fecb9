import type { Failures } from '../metrics/failures.ts';
import type { SampleSet } from '../metrics/samples.ts';
import type { Readiness, Wait } from './waiting.ts';

/** A source of samples on its way through the phases of the gate. */
export interface SourceRun {
  readonly kind: 'target' | 'mongodb' | 'app';
  /** The source's name in progress lines. */
  readonly name: string;
  /** Set by the gate. */
  reachable: Wait;
  /** The version to wait for; undefined if none is expected. */
  readonly expectedVersion?: string | undefined;
  /** Set by the gate once the source is reachable and a version is expected. */
  version?: Wait | undefined;
  /** How many probes are discarded before the samples. */
  readonly warmup: number;
  /** Whether something has failed so far that a broken network of the runner would explain. */
  readonly failing: boolean;
  reach(): Promise<Readiness>;
  reachVersion?(): Promise<Readiness>;
  /** Probes whose results are discarded; adds to `failures` what failed among them. */
  warmUp?(failures: Failures): Promise<void>;
  /** Before any source takes samples. */
  start?(): Promise<void>;
  /** Takes samples; called for a source that never became reachable as well. */
  measure(samples: SampleSet): Promise<void>;
  /** After every source has taken its samples. */
  finish?(samples: SampleSet): Promise<void>;
}
