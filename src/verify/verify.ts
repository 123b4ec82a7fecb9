import type { Db, MongoClient } from 'mongodb';
import type { ModeResult } from '../report/schema.ts';
import type { StateStore } from '../state/store.ts';
import type { Clock } from '../support/clock.ts';
import { Interrupted } from '../support/errors.ts';
import type { Log } from '../support/log.ts';
import { plural } from './format.ts';
import { runGate } from './gate.ts';
import { judge } from './judge.ts';
import type { VerifyOptions } from './options.ts';
import type { GateOutcome } from './outcome.ts';
import { Phases } from './phases.ts';
import { AppSource } from './sources/app.ts';
import { HttpSource } from './sources/http.ts';
import { MongoSource } from './sources/mongodb.ts';

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

/** May this deployment stay? Probes, judges, and says why. An interrupted run is an `error`, with what it had. */
export async function verify(options: VerifyOptions, ports: VerifyPorts): Promise<ModeResult> {
  const phases = new Phases(ports);
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
    const { verdict, cause, checks } = await phases.run(
      'judged',
      async () => judge(outcome, options.thresholds, options),
      (judgement) => ({ detail: `${plural(judgement.checks.length, 'check')}, ${judgement.verdict}` }),
    );
    return {
      verdict,
      ...(cause === undefined ? {} : { cause: ports.redact(cause) }),
      phases: phases.list,
      checks: checks.map((check) => ({ ...check, reason: ports.redact(check.reason) })),
      alerts: [],
      notices: noticesOf(outcome).map(ports.redact),
      // One check that the user wants to fail on is enough, even where a worse verdict of another hides it.
      failed: [verdict, ...checks.map((check) => check.verdict)].some((found) =>
        options.failOn.some((wanted) => wanted === found),
      ),
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
