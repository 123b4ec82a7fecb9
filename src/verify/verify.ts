import type { Db, MongoClient } from 'mongodb';
import type { ModeResult, Phase } from '../report/schema.ts';
import type { StateStore } from '../state/store.ts';
import type { Clock } from '../support/clock.ts';
import { Interrupted } from '../support/errors.ts';
import type { Log } from '../support/log.ts';
import { plural } from './format.ts';
import { runGate } from './gate.ts';
import { HttpClient } from './http/client.ts';
import { judge } from './judge.ts';
import type { VerifyOptions } from './options.ts';
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
  const phases: Phase[] = [];
  const client = new HttpClient({
    connectTimeoutMs: Math.max(
      1,
      ...options.targets.map(({ timeoutMs }) => timeoutMs),
      options.control?.timeoutMs ?? 0,
    ),
  });
  try {
    const outcome = await runGate(
      options,
      {
        clock: ports.clock,
        log: ports.log,
        signal: ports.signal,
        http: new HttpSource(client, options.concurrency, ports.signal),
        ...(ports.mongo && options.mongo
          ? { mongo: new MongoSource(ports.mongo, options.mongo.timeoutMs, ports.redact) }
          : {}),
      },
      phases,
    );
    const judgedAt = ports.clock.now();
    const judging = ports.clock.monotonic();
    const { verdict, cause, checks } = judge(outcome, options.thresholds, options);
    phases.push({
      name: 'judged',
      startedAt: new Date(judgedAt).toISOString(),
      durationMs: ports.clock.monotonic() - judging,
      outcome: 'done',
      detail: `${plural(checks.length, 'check')}, ${verdict}`,
    });
    return {
      verdict,
      ...(cause === undefined ? {} : { cause: ports.redact(cause) }),
      phases,
      checks: checks.map((check) => ({ ...check, reason: ports.redact(check.reason) })),
      alerts: [],
      // One check that the user wants to fail on is enough, even where a worse verdict of another hides it.
      failed: [verdict, ...checks.map((check) => check.verdict)].some((found) =>
        options.failOn.some((wanted) => wanted === found),
      ),
    };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return { verdict: 'error', cause: error.message, phases, checks: [], alerts: [], failed: true };
  } finally {
    await client.close();
  }
}
