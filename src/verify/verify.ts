import type { Check, ModeResult } from '../report/schema.ts';
import { type Verdict, worstVerdict } from '../report/vocabulary.ts';
import type { StateStore } from '../state/store.ts';
import { ConfigurationError, Interrupted } from '../support/errors.ts';
import { plural } from '../support/format.ts';
import { input, text } from '../support/problem.ts';
import { Phases } from './gate/phases.ts';
import { judge } from './judge/judge.ts';
import { measurementsOf } from './judge/measurements.ts';
import type { GateOutcome } from './judge/outcome.ts';
import { type MeasurePorts, measure } from './measure.ts';
import { recordOf } from './metrics/baseline.ts';
import { BaselineStore, type Reference } from './metrics/baseline-store.ts';
import type { BaselineOptions, VerifyOptions } from './options.ts';

export interface VerifyPorts extends MeasurePorts {
  readonly environment: string;
  readonly dryRun: boolean;
  readonly state: StateStore;
}

/** Decides whether a deployment may stay: probes, judges, gives reasons. An interrupted run is an `error`, with the phases it finished. */
export async function verify(options: VerifyOptions, ports: VerifyPorts): Promise<ModeResult> {
  const { baseline } = options;
  if (baseline.mode !== 'none' && ports.state.kind === 'none') {
    throw new ConfigurationError({
      code: 'needs-state',
      where: 'baseline',
      message: 'there is no state to keep it in',
      hint: text`Give ${input('mongodb-uri')}, or write ${input('state', 'file:PATH')} and keep that file between runs.`,
    });
  }
  const phases = new Phases(ports);
  const store = new BaselineStore(ports.state, ports.environment);
  try {
    const outcome = await measure(options, ports, phases);
    const reference = await referenceFor(baseline, store);
    const { verdict, cause, checks } = await phases.run(
      'judged',
      async () => judge(outcome, options.thresholds, { ...options, reference, floorMs: baseline.floorMs }),
      (judgement) => ({ detail: `${plural(judgement.checks.length, 'check')}, ${judgement.verdict}` }),
    );
    const pinned = await pin(outcome, reference, verdict, options, ports, store);
    const all = pinned.check ? [...checks, pinned.check] : checks;
    const overall = pinned.check ? worstVerdict([verdict, pinned.check.verdict]) : verdict;
    // One check that the user wants to fail on is enough, even where a worse verdict of another hides it.
    const failed = [overall, ...all.map((check) => check.verdict)].some((found) =>
      options.failOn.some((wanted) => wanted === found),
    );
    const notices = [...noticesOf(outcome), ...pinned.notices, ...(options.notices ?? [])];
    if (!failed && overall !== 'pass' && overall !== 'warn') {
      notices.push(
        `The verdict is ${overall}, and \`fail-on\` does not name it: the step passes all the same.`,
      );
    }
    return {
      verdict: overall,
      ...(cause === undefined ? {} : { cause: ports.redact(cause) }),
      phases: phases.list,
      checks: all.map((check) => ({ ...check, reason: ports.redact(check.reason) })),
      measurements: measurementsOf(outcome, options.thresholds),
      alerts: [],
      notices: notices.map(ports.redact),
      failed,
    };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return {
      verdict: 'error',
      cause: error.message,
      phases: phases.list,
      checks: [],
      alerts: [],
      failed: true,
    };
  }
}

/** What the reader should know beside the verdict. */
function noticesOf({ mongo }: GateOutcome): string[] {
  const facts = mongo?.diagnosis?.facts ?? [];
  return facts.length > 0 ? [facts.join(', ')] : [];
}

async function referenceFor({ mode }: BaselineOptions, store: BaselineStore): Promise<Reference> {
  if (mode === 'none') return { kind: 'none' };
  if (mode === 'record') return { kind: 'absent', reason: 'this run records the baseline' };
  return store.read();
}

/** Keeps this run's samples where it is to record, or where there was nothing to compare with. */
async function pin(
  outcome: GateOutcome,
  reference: Reference,
  verdict: Verdict,
  options: VerifyOptions,
  ports: VerifyPorts,
  store: BaselineStore,
): Promise<{ notices: string[]; check?: Check }> {
  if (reference.kind === 'present') {
    return { notices: [`Compared with the baseline of ${reference.baseline.recordedAt}.`] };
  }
  if (reference.kind !== 'absent') return { notices: [] };
  const first = options.baseline.mode === 'compare' ? 'There is no baseline yet: ' : '';
  if (ports.dryRun) return { notices: [`${first}it is a dry run, so no baseline was recorded.`] };
  if (verdict !== 'pass' && verdict !== 'warn') {
    return { notices: [`${first}a run that did not pass is not a reference, so no baseline was recorded.`] };
  }
  const problem = await store.pin(
    recordOf(outcome.samples, outcome.mongo?.diagnosis?.indexes ?? new Map(), ports.clock.now()),
  );
  if (problem === undefined) return { notices: [`${first}this run's samples are the baseline now.`] };
  return {
    notices: [],
    check: {
      id: 'baseline/recorded',
      kind: 'app',
      target: ports.environment,
      metric: 'baseline',
      observed: null,
      unit: '',
      threshold: 'recorded',
      samples: 0,
      attempts: 1,
      verdict: 'error',
      reason: `the baseline could not be kept: ${problem}`,
    },
  };
}
