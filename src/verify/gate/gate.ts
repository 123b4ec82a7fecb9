import type { Phase } from '../../report/schema.ts';
import type { Clock } from '../../support/clock.ts';
import type { Log } from '../../support/log.ts';
import { AppRun } from '../app/run.ts';
import type { AppSource } from '../app/source.ts';
import type { HttpSource } from '../http/source.ts';
import { TargetRun } from '../http/target-run.ts';
import { plural } from '../metrics/format.ts';
import { SampleSet } from '../metrics/samples.ts';
import type { TargetOptions, VerifyOptions } from '../model/options.ts';
import { type ControlOutcome, Failures, type GateOutcome, type Wait } from '../model/outcome.ts';
import { MongoRun } from '../mongodb/run.ts';
import type { MongoSource } from '../mongodb/source.ts';
import type { Phases } from '../timing/phases.ts';
import { waitFor } from '../timing/waiting.ts';

export interface GatePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly http: HttpSource;
  readonly mongo?: MongoSource;
  readonly app?: AppSource;
}

/**
 * The phases: initial delay → reachable → right version → warm-up → samples, and the control target where
 * something failed. What was found out goes to the judge.
 */
export async function runGate(
  options: VerifyOptions,
  ports: GatePorts,
  phases: Phases,
): Promise<GateOutcome> {
  const { clock, signal } = ports;
  const samples = new SampleSet();
  const targets = options.targets.map((target) => new TargetRun(target, ports.http, ports));
  const mongo = ports.mongo && options.mongo ? new MongoRun(ports.mongo, options.mongo, ports) : undefined;
  const app = ports.app && options.app ? new AppRun(ports.app, options.app, ports) : undefined;

  if (options.initialDelayMs > 0) {
    await phases.run('initial delay', () => clock.sleep(options.initialDelayMs, signal));
  }

  const deadline = clock.monotonic() + options.waitTimeoutMs;
  await phases.run(
    'reachable',
    async () => {
      await Promise.all([
        ...targets.map(async (run) => {
          run.reachable = await waitFor(run.target.name, () => run.reach(), deadline, ports);
        }),
        (async () => {
          if (mongo) mongo.reachable = await waitFor('mongodb', () => mongo.reach(), deadline, ports);
        })(),
        (async () => {
          if (app) app.reachable = await waitFor(app.name, () => app.reach(), deadline, ports);
        })(),
      ]);
    },
    () => tellWaits([...targets, mongo, app].flatMap((one) => one?.reachable ?? [])),
  );

  const versioned = targets.filter(({ target, reachable }) => target.version && reachable.done);
  const versionedApp = app?.waitsForVersion && app.reachable.done ? app : undefined;
  if (versioned.length > 0 || versionedApp) {
    await phases.run(
      'right version',
      async () => {
        await Promise.all([
          ...versioned.map(async (run) => {
            const what = `${run.target.name} at version ${run.target.version?.expected}`;
            run.version = await waitFor(what, () => run.reachVersion(), deadline, ports);
          }),
          (async () => {
            if (!versionedApp) return;
            const what = `${versionedApp.name} at version ${options.app?.expectedVersion}`;
            versionedApp.version = await waitFor(what, () => versionedApp.reachVersion(), deadline, ports);
          })(),
        ]);
      },
      () => tellWaits([...versioned, versionedApp].flatMap((one) => one?.version ?? [])),
    );
  }

  const measured = targets.filter(({ reachable }) => reachable.done);
  const database = mongo?.reachable.done ? mongo : undefined;
  if (measured.some(({ target }) => target.warmup > 0) || (database && (options.mongo?.warmup ?? 0) > 0)) {
    await phases.run(
      'warm-up',
      () => Promise.all([...measured.map((run) => run.warmUp()), database?.warmUp()]),
      () => ({ detail: tellWarmup(measured) }),
    );
  }

  await phases.run(
    'samples',
    async () => {
      await app?.start();
      await Promise.all([
        ...measured.map((run) => run.measure(samples)),
        mongo?.measure(samples, options.thresholds, options.baseline.mode !== 'none'),
        app?.measure(),
      ]);
      await app?.finish(samples);
    },
    () => ({ detail: `${plural(measured.length, 'target')}${database ? ' and MongoDB' : ''}` }),
  );

  const { control } = options;
  const failing =
    targets.some((run) => run.failing) || mongo?.reachable.done === false || app?.reachable.done === false;
  const controlOutcome =
    control && failing
      ? await phases.run(
          'control',
          () => askControl(ports, control),
          ({ reason }) => ({ detail: reason }),
        )
      : undefined;

  return {
    samples,
    targets: targets.map((run) => run.outcome()),
    ...(mongo ? { mongo: mongo.outcome() } : {}),
    ...(app ? { app: app.outcome() } : {}),
    ...(controlOutcome ? { control: controlOutcome } : {}),
  };
}

function tellWaits(waits: readonly Wait[]): { outcome?: Phase['outcome']; detail: string } {
  const missing = waits.filter(({ done }) => !done).length;
  const most = `${plural(Math.max(0, ...waits.map(({ attempts }) => attempts)), 'attempt')} at most`;
  return missing === 0
    ? { detail: most }
    : { outcome: 'failed', detail: `${missing} of ${waits.length} not in time, ${most}` };
}

function tellWarmup(runs: readonly TargetRun[]): string {
  const failures = new Failures();
  for (const run of runs) failures.addAll(run.warmupFailures);
  return failures.any ? `thrown away; failures among them: ${failures.summary()}` : 'thrown away';
}

/** Whether the control target answers, whatever it answers; three tries. */
async function askControl(ports: GatePorts, control: TargetOptions): Promise<ControlOutcome> {
  let reason = 'no answer';
  for (let attempt = 1; attempt <= 3; attempt++) {
    const result = await ports.http.probe(control);
    if (result.refusal === undefined && (!result.failure || result.status !== undefined)) {
      return { answered: true, reason: `the control target answered ${result.status ?? ''}`.trim() };
    }
    reason = result.failure?.reason ?? reason;
    if (attempt < 3) await ports.clock.sleep(500, ports.signal);
  }
  return { answered: false, reason };
}
