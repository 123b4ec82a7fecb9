import type { Db, MongoClient } from 'mongodb';
import type { Check, ModeResult } from '../report/schema.ts';
import { type Verdict, worstVerdict } from '../report/vocabulary.ts';
import type { StateStore } from '../state/store.ts';
import type { Clock } from '../support/clock.ts';
import { ConfigurationError, Interrupted } from '../support/errors.ts';
import { doWithoutOptimizers, keepHeapSmall } from '../support/heap.ts';
import type { Log } from '../support/log.ts';
import { input, text } from '../support/problem.ts';
import { AppSource } from './app/source.ts';
import { runGate } from './gate/gate.ts';
import { HttpSource } from './http/source.ts';
import { judge } from './judge/judge.ts';
import { measurementsOf } from './judge/measurements.ts';
import { recordOf } from './metrics/baseline.ts';
import { BaselineStore, type Reference } from './metrics/baseline-store.ts';
import { plural } from './metrics/format.ts';
import type { BaselineOptions, VerifyOptions } from './model/options.ts';
import type { GateOutcome } from './model/outcome.ts';
import { MongoSource } from './mongodb/source.ts';
import { Phases } from './timing/phases.ts';

export interface VerifyPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** Its reason is `Interrupted` when the run is told to stop. */
  readonly signal: AbortSignal;
  readonly redact: (text: string) => string;
  readonly environment: string;
  readonly dryRun: boolean;
  readonly state: StateStore;
  /** The client is not connected yet, and is closed by whoever made it. */
  readonly mongo?: { readonly client: MongoClient; readonly db: Db };
}

/** From so many probes on, memory is worth caring about. */
const MANY_PROBES = 1_000;

/** May this deployment stay? Probes, judges, and says why. An interrupted run is an `error`, with what it had. */
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
  const probes = options.targets.reduce((sum, { warmup, samples }) => sum + 1 + warmup + samples, 0);
  if (probes >= MANY_PROBES) {
    keepHeapSmall();
    doWithoutOptimizers();
  }
  const phases = new Phases(ports);
  const store = new BaselineStore(ports.state, ports.environment);
  const http = new HttpSource(
    {
      concurrency: options.concurrency,
      connectTimeoutMs: Math.max(
        1,
        ...options.targets.map(({ timeoutMs }) => timeoutMs),
        options.control?.timeoutMs ?? 0,
        options.app?.timeoutMs ?? 0,
      ),
    },
    ports.clock,
    ports.signal,
  );
  try {
    const outcome = await runGate(
      options,
      {
        clock: ports.clock,
        log: ports.log,
        signal: ports.signal,
        http,
        ...(options.app ? { app: new AppSource(http, options.app) } : {}),
        ...(ports.mongo && options.mongo
          ? { mongo: new MongoSource(ports.mongo, options.mongo.timeoutMs, ports.redact) }
          : {}),
      },
      phases,
    );
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
  } finally {
    await http.close();
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
    return { notices: [`${first}a run that did not pass is no reference, so no baseline was recorded.`] };
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
