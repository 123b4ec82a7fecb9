import type { AppOutcome } from '../app/outcome.ts';
import type { ControlOutcome } from '../gate/gate.ts';
import type { TargetOutcome } from '../http/outcome.ts';
import type { SampleSet } from '../metrics/samples.ts';
import type { MongoOutcome } from '../mongodb/outcome.ts';

/** Everything that a run of the gate found out; the judge needs nothing else. */
export interface GateOutcome {
  readonly samples: SampleSet;
  readonly targets: readonly TargetOutcome[];
  readonly mongo?: MongoOutcome;
  readonly app?: AppOutcome;
  readonly control?: ControlOutcome;
}
