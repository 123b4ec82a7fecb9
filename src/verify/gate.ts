import type { Phase } from '../report/schema.ts';
import type { Clock } from '../support/clock.ts';
import { formatDuration } from '../support/duration.ts';
import type { Log } from '../support/log.ts';
import { plural } from './format.ts';
import type { TargetOptions, VerifyOptions } from './options.ts';
import {
  type ControlOutcome,
  Failures,
  type GateOutcome,
  type MongoOutcome,
  type TargetOutcome,
  type Wait,
} from './outcome.ts';
import { SampleSet } from './samples.ts';
import { type HttpSource, samplesOf } from './sources/http.ts';
import { type MongoSource, pingSamples } from './sources/mongodb.ts';
import type { Threshold } from './thresholds.ts';
import { waitFor } from './waiting.ts';

export interface GatePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly http: HttpSource;
  readonly mongo?: MongoSource;
}

/**
 * The phases: initial delay → reachable → right version → warm-up → samples. What was found out goes to
 * the judge. Phases are appended to `phases` as they end, so that an interrupted run can show them.
 */
export async function runGate(
  options: VerifyOptions,
  ports: GatePorts,
  phases: Phase[],
): Promise<GateOutcome> {
  const { clock, log, signal } = ports;
  const samples = new SampleSet();

  async function phase<T>(
    name: string,
    work: () => Promise<T>,
    detail?: (result: T) => Partial<Phase>,
  ): Promise<T> {
    const startedAt = new Date(clock.now()).toISOString();
    const begun = clock.monotonic();
    const done = (rest: Partial<Phase>) => {
      const entry: Phase = {
        name,
        startedAt,
        durationMs: clock.monotonic() - begun,
        outcome: 'done',
        ...rest,
      };
      phases.push(entry);
      return entry;
    };
    try {
      const result = await work();
      const entry = done(detail?.(result) ?? {});
      log.info(
        `${name}: ${entry.outcome}, ${formatDuration(entry.durationMs)}${entry.detail ? `, ${entry.detail}` : ''}`,
      );
      return result;
    } catch (error) {
      done({ outcome: signal.aborted ? 'interrupted' : 'failed' });
      throw error;
    }
  }

  if (options.initialDelayMs > 0) {
    await phase('initial delay', () => clock.sleep(options.initialDelayMs, signal));
  }

  const deadline = clock.monotonic() + options.waitTimeoutMs;
  const wait = { clock, log, signal };
  const [reachable, mongoReachable] = await phase(
    'reachable',
    () =>
      Promise.all([
        Promise.all(
          options.targets.map((target) => waitFor(target.name, () => reach(ports, target), deadline, wait)),
        ),
        ports.mongo
          ? waitFor('mongodb', () => reachMongo(ports.mongo as MongoSource), deadline, wait)
          : undefined,
      ]),
    ([waits, mongo]) => summarise([...waits, ...(mongo ? [mongo] : [])]),
  );

  const versions = new Map<TargetOptions, NonNullable<TargetOutcome['version']>>();
  const versioned = options.targets.filter((target, index) => target.version && reachable[index]?.done);
  if (versioned.length > 0) {
    await phase(
      'right version',
      () =>
        Promise.all(
          versioned.map(async (target) => versions.set(target, await awaitVersion(ports, target, deadline))),
        ),
      () => summarise([...versions.values()]),
    );
  }

  const measured = options.targets.filter((_target, index) => reachable[index]?.done);
  const mongo = mongoReachable?.done ? ports.mongo : undefined;
  const warmups = Math.max(
    0,
    ...measured.map(({ warmup }) => warmup),
    mongo ? (options.mongo?.warmup ?? 0) : 0,
  );
  if (warmups > 0) {
    await phase(
      'warm-up',
      async () => {
        const warm = new Failures();
        await Promise.all([
          ...measured.map((target) =>
            paced(target.warmup, target.intervalMs, ports, async () => {
              const { failure } = await ports.http.probe(target);
              if (failure) warm.add(failure.reason);
            }),
          ),
          paced(mongo ? (options.mongo?.warmup ?? 0) : 0, options.mongo?.intervalMs ?? 0, ports, async () => {
            await mongo?.ping();
          }),
        ]);
        return warm;
      },
      (warm) => ({
        detail: warm.any ? `thrown away; failures among them: ${warm.summary()}` : 'thrown away',
      }),
    );
  }

  const targets: TargetOutcome[] = [];
  let mongoOutcome: MongoOutcome | undefined;
  await phase(
    'samples',
    async () => {
      const work = options.targets.map(async (target, index) => {
        const wait = reachable[index];
        if (!wait) return;
        const failures = new Failures();
        const otherVersions = new Map<string, number>();
        const version = versions.get(target);
        targets[index] = {
          name: target.name,
          https: target.url.protocol === 'https:',
          reachable: wait,
          ...(version ? { version } : {}),
          failures,
          otherVersions,
        };
        if (wait.done) await measure(ports, target, samples, failures, otherVersions);
      });
      const database =
        ports.mongo && options.mongo && mongoReachable
          ? measureMongo(ports, ports.mongo, options, mongoReachable, samples)
          : undefined;
      await Promise.all([...work, database]);
      mongoOutcome = await database;
    },
    () => ({
      detail: `${plural(measured.length, 'target')}${mongo ? ' and MongoDB' : ''}`,
    }),
  );

  const failing = targets.some(({ reachable, failures }) => !reachable.done || failures.any);
  const control =
    options.control && (failing || mongoReachable?.done === false)
      ? await phase(
          'control',
          () => askControl(ports, options.control as TargetOptions),
          (result) => ({
            detail: result.reason,
          }),
        )
      : undefined;

  return {
    samples,
    targets,
    ...(mongoOutcome ? { mongo: mongoOutcome } : {}),
    ...(control ? { control } : {}),
  };
}

async function reach(ports: GatePorts, target: TargetOptions) {
  const { failure } = await ports.http.probe(target);
  // An answer of the wrong version is an answer: the next phase waits for the right one.
  if (!failure || failure.kind === 'version') return { done: true };
  return { done: false, reason: failure.reason };
}

async function reachMongo(mongo: MongoSource) {
  const { failure } = await mongo.ping();
  return failure === undefined ? { done: true } : { done: false, reason: failure };
}

async function awaitVersion(ports: GatePorts, target: TargetOptions, deadline: number) {
  const expected = target.version?.expected ?? '';
  let seen: string | undefined;
  const wait = await waitFor(
    `${target.name} at version ${expected}`,
    async () => {
      const result = await ports.http.probe(target);
      if (result.version !== undefined) seen = result.version;
      return result.failure ? { done: false, reason: result.failure.reason } : { done: true };
    },
    deadline,
    ports,
  );
  return { ...wait, expected, ...(seen === undefined ? {} : { seen }) };
}

function summarise(waits: readonly Wait[]): Partial<Phase> {
  const missing = waits.filter(({ done }) => !done).length;
  const attempts = Math.max(...waits.map((wait) => wait.attempts));
  const most = `${plural(attempts, 'attempt')} at most`;
  return missing === 0
    ? { detail: most }
    : { outcome: 'failed', detail: `${missing} of ${waits.length} not in time, ${most}` };
}

async function measure(
  ports: GatePorts,
  target: TargetOptions,
  samples: SampleSet,
  failures: Failures,
  otherVersions: Map<string, number>,
): Promise<void> {
  await paced(target.samples, target.intervalMs, ports, async () => {
    const result = await ports.http.probe(target);
    for (const sample of samplesOf(target.name, result, ports.clock.now())) samples.add(sample);
    if (result.failure) failures.add(result.failure.reason);
    if (target.version && result.version !== undefined && result.version !== target.version.expected) {
      otherVersions.set(result.version, (otherVersions.get(result.version) ?? 0) + 1);
    }
  });
}

async function measureMongo(
  ports: GatePorts,
  mongo: MongoSource,
  options: VerifyOptions,
  reachable: Wait,
  samples: SampleSet,
): Promise<MongoOutcome> {
  const failures = new Failures();
  const uncounted = new Map<string, string>();
  const estimated = new Set<string>();
  const outcome: MongoOutcome = { database: mongo.database, reachable, failures, uncounted, estimated };
  if (!reachable.done || !options.mongo) {
    // Thresholds on `mongodb_up` must fail, not merely miss their data.
    for (const sample of pingSamples(
      { durationMs: 0, failure: reachable.reason ?? 'not reachable' },
      ports.clock.now(),
    )) {
      samples.add(sample);
    }
    failures.add(reachable.reason ?? 'not reachable');
    return outcome;
  }
  await paced(options.mongo.samples, options.mongo.intervalMs, ports, async () => {
    const ping = await mongo.ping();
    for (const sample of pingSamples(ping, ports.clock.now())) samples.add(sample);
    if (ping.failure !== undefined) failures.add(ping.failure);
  });
  for (const collection of await collectionsToCount(mongo, options, uncounted)) {
    try {
      const { documents, estimated: guessed } = await mongo.count(collection);
      if (guessed) estimated.add(collection);
      samples.add({
        metric: 'mongodb_collection_documents',
        labels: { collection },
        value: documents,
        unit: '',
        at: ports.clock.now(),
      });
    } catch (error) {
      uncounted.set(collection, mongo.explain(error));
    }
    ports.signal.throwIfAborted();
  }
  return outcome;
}

/** Those named in the options and in thresholds; all of them where a threshold names none. */
async function collectionsToCount(
  mongo: MongoSource,
  options: VerifyOptions,
  uncounted: Map<string, string>,
): Promise<Set<string>> {
  const judged = options.thresholds.filter(({ metric }) => metric === 'mongodb_collection_documents');
  const named = judged.flatMap(({ labels }: Threshold) => labels.collection ?? []);
  const all = new Set([...(options.mongo?.collections ?? []), ...named]);
  if (named.length < judged.length) {
    try {
      for (const name of await mongo.collections()) all.add(name);
    } catch (error) {
      uncounted.set('(all)', `collections could not be listed: ${mongo.explain(error)}`);
    }
  }
  return all;
}

/** So many times, each begun an interval after the one before. */
async function paced(
  times: number,
  intervalMs: number,
  ports: GatePorts,
  work: () => Promise<void>,
): Promise<void> {
  for (let index = 0; index < times; index++) {
    ports.signal.throwIfAborted();
    const begun = ports.clock.monotonic();
    await work();
    const pause = intervalMs - (ports.clock.monotonic() - begun);
    if (index < times - 1 && pause > 0) await ports.clock.sleep(pause, ports.signal);
  }
}

/** Whether the control target answers, whatever it answers; three tries. */
async function askControl(ports: GatePorts, control: TargetOptions): Promise<ControlOutcome> {
  let reason = 'no answer';
  for (let attempt = 1; attempt <= 3; attempt++) {
    const result = await ports.http.probe(control);
    if (!result.failure || result.status !== undefined) {
      return { answered: true, reason: `the control target answered ${result.status ?? ''}`.trim() };
    }
    reason = result.failure.reason;
    if (attempt < 3) await ports.clock.sleep(500, ports.signal);
  }
  return { answered: false, reason };
}
