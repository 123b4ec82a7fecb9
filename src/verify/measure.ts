import type { Db, MongoClient } from 'mongodb';
import type { Clock } from '../support/clock.ts';
import type { Log } from '../support/log.ts';
import { AppRun } from './app/run.ts';
import { AppSource } from './app/source.ts';
import { runGate } from './gate/gate.ts';
import type { Phases } from './gate/phases.ts';
import { askControl } from './http/control.ts';
import { HttpSource } from './http/source.ts';
import { TargetRun } from './http/target-run.ts';
import type { GateOutcome } from './judge/outcome.ts';
import { type CountedCollections, MongoRun } from './mongodb/run.ts';
import { MongoSource } from './mongodb/source.ts';
import type { VerifyOptions } from './options.ts';
import type { Threshold } from './thresholds/condition.ts';

export interface MeasurePorts {
  readonly clock: Clock;
  readonly log: Log;
  /** Its reason is `Interrupted` when the run must stop. */
  readonly signal: AbortSignal;
  readonly redact: (text: string) => string;
  /** The client is not connected yet; its owner closes it. */
  readonly mongo?: { readonly client: MongoClient; readonly db: Db };
}

/** Takes every source of the options through the gate; returns what the judge needs. */
export async function measure(
  options: VerifyOptions,
  ports: MeasurePorts,
  phases: Phases,
): Promise<GateOutcome> {
  const { clock, signal } = ports;
  const { control } = options;
  const http = new HttpSource(
    { concurrency: options.concurrency, connectTimeoutMs: longestTimeout(options) },
    clock,
    signal,
  );
  try {
    const targets = options.targets.map((target) => new TargetRun(target, http, ports));
    const mongo =
      ports.mongo && options.mongo
        ? new MongoRun(
            new MongoSource(ports.mongo, options.mongo.timeoutMs, ports.redact),
            options.mongo,
            collectionsToCount(options.thresholds, options.baseline.mode !== 'none'),
            ports,
          )
        : undefined;
    const app =
      options.app && new AppRun(new AppSource(http, options.app), options.app, ports, () => http.sent);
    const { samples, control: controlOutcome } = await runGate(
      [...targets, ...(mongo ? [mongo] : []), ...(app ? [app] : [])],
      options,
      { ...ports, ...(control ? { askControl: () => askControl(http, control, ports) } : {}) },
      phases,
    );
    return {
      samples,
      targets: targets.map((run) => run.outcome()),
      ...(mongo ? { mongo: mongo.outcome() } : {}),
      ...(app ? { app: app.outcome() } : {}),
      ...(controlOutcome ? { control: controlOutcome } : {}),
    };
  } finally {
    await http.close();
  }
}

/** No connection may take longer than the most patient of the probes. */
function longestTimeout({ targets, control, app }: VerifyOptions): number {
  return Math.max(
    1,
    ...targets.map(({ timeoutMs }) => timeoutMs),
    control?.timeoutMs ?? 0,
    app?.timeoutMs ?? 0,
  );
}

/** Those that thresholds name; all of them if a threshold names none or a baseline is kept. */
function collectionsToCount(thresholds: readonly Threshold[], baseline: boolean): CountedCollections {
  const judged = thresholds.filter(({ metric }) => metric === 'mongodb_collection_documents');
  return {
    named: judged.flatMap(({ labels }) => labels.collection ?? []),
    all: baseline || judged.some(({ labels }) => labels.collection === undefined),
  };
}
