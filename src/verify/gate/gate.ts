import type { Phase } from '../../report/schema.ts';
import type { Clock } from '../../support/clock.ts';
import { plural } from '../../support/format.ts';
import type { Log } from '../../support/log.ts';
import { Failures } from '../metrics/failures.ts';
import { SampleSet } from '../metrics/samples.ts';
import type { Phases } from './phases.ts';
import type { SourceRun } from './source-run.ts';
import { type Wait, waitFor } from './waiting.ts';

export interface GatePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Asks the control target whether the runner's own network works; absent if no control target is given. */
  readonly askControl?: () => Promise<ControlOutcome>;
}

/** Whether the control target answered, and how. */
export interface ControlOutcome {
  readonly answered: boolean;
  readonly reason: string;
}

/**
 * Takes every source through the phases: initial delay → reachable → right version → warm-up → samples, and asks
 * the control target if something failed. What the sources found out stays in them.
 */
export async function runGate(
  runs: readonly SourceRun[],
  options: { readonly initialDelayMs: number; readonly waitTimeoutMs: number },
  ports: GatePorts,
  phases: Phases,
): Promise<{ samples: SampleSet; control?: ControlOutcome }> {
  const { clock, signal, askControl } = ports;
  const samples = new SampleSet();

  if (options.initialDelayMs > 0) {
    await phases.run('initial delay', () => clock.sleep(options.initialDelayMs, signal));
  }

  const deadline = clock.monotonic() + options.waitTimeoutMs;
  await phases.run(
    'reachable',
    async () => {
      await Promise.all(
        runs.map(async (run) => {
          run.reachable = await waitFor(run.name, () => run.reach(), deadline, ports);
        }),
      );
    },
    () => describeWaits(runs.map(({ reachable }) => reachable)),
  );
  const reached = runs.filter(({ reachable }) => reachable.done);

  const versioned = reached.flatMap((run) => {
    const { expectedVersion, reachVersion } = run;
    return expectedVersion === undefined || !reachVersion ? [] : [{ run, expectedVersion, reachVersion }];
  });
  if (versioned.length > 0) {
    await phases.run(
      'right version',
      async () => {
        await Promise.all(
          versioned.map(async ({ run, expectedVersion, reachVersion }) => {
            const what = `${run.name} at version ${expectedVersion}`;
            run.version = await waitFor(what, () => reachVersion.call(run), deadline, ports);
          }),
        );
      },
      () => describeWaits(versioned.flatMap(({ run }) => run.version ?? [])),
    );
  }

  if (reached.some(({ warmup }) => warmup > 0)) {
    const failures = new Failures();
    await phases.run(
      'warm-up',
      () => Promise.all(reached.map((run) => run.warmUp?.(failures))),
      () => ({
        detail: failures.any ? `discarded; failures among them: ${failures.summary()}` : 'discarded',
      }),
    );
  }

  await phases.run(
    'samples',
    async () => {
      await Promise.all(runs.map((run) => run.start?.()));
      await Promise.all(runs.map((run) => run.measure(samples)));
      await Promise.all(runs.map((run) => run.finish?.(samples)));
    },
    () => ({ detail: describeSources(reached) }),
  );

  const control =
    askControl && runs.some(({ failing }) => failing)
      ? await phases.run('control', askControl, ({ reason }) => ({ detail: reason }))
      : undefined;
  return { samples, ...(control ? { control } : {}) };
}

function describeWaits(waits: readonly Wait[]): { outcome?: Phase['outcome']; detail: string } {
  const missing = waits.filter(({ done }) => !done).length;
  const most = Math.max(0, ...waits.map(({ attempts }) => attempts));
  const attempts = most <= 1 ? 'first attempt' : `at most ${plural(most, 'attempt')}`;
  return missing === 0
    ? { detail: attempts }
    : { outcome: 'failed', detail: `${missing} of ${waits.length} not in time, ${attempts}` };
}

function describeSources(reached: readonly SourceRun[]): string {
  const targets = reached.filter(({ kind }) => kind === 'target').length;
  return `${plural(targets, 'target')}${reached.some(({ kind }) => kind === 'mongodb') ? ' and MongoDB' : ''}`;
}
