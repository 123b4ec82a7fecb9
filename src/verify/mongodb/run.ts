import type { Clock } from '../../support/clock.ts';
import { paced } from '../gate/pace.ts';
import type { SourceRun } from '../gate/source-run.ts';
import { NOT_YET, type Readiness, type Wait } from '../gate/waiting.ts';
import { Failures } from '../metrics/failures.ts';
import type { SampleSet } from '../metrics/samples.ts';
import { type Diagnosis, diagnose, readStart, type StartReading } from './diagnose.ts';
import type { MongoOptions } from './options.ts';
import { type MongoOutcome, NO_COLLECTION } from './outcome.ts';
import { type MongoSource, pingSamples } from './source.ts';

/** Which collections are counted beside those of the options. */
export interface CountedCollections {
  /** Named in thresholds. */
  readonly named: readonly string[];
  /** Every collection of the database, as a baseline wants it. */
  readonly all: boolean;
}

/** The database on its way through the phases, and what was seen of it. */
export class MongoRun implements SourceRun {
  readonly kind = 'mongodb';
  readonly name = 'mongodb';
  readonly #source: MongoSource;
  readonly #options: MongoOptions;
  readonly #toCount: CountedCollections;
  readonly #ports: { clock: Clock; signal: AbortSignal };
  readonly #failures = new Failures();
  readonly #uncounted = new Map<string, string>();
  readonly #estimated = new Set<string>();
  readonly #counted = new Set<string>();
  /** Why the collections could not be listed. */
  #unlisted: string | undefined;
  #diagnosis: Diagnosis | undefined;
  reachable: Wait = NOT_YET;

  constructor(
    source: MongoSource,
    options: MongoOptions,
    toCount: CountedCollections,
    ports: { clock: Clock; signal: AbortSignal },
  ) {
    this.#source = source;
    this.#options = options;
    this.#toCount = toCount;
    this.#ports = ports;
  }

  get warmup(): number {
    return this.#options.warmup;
  }

  get failing(): boolean {
    return !this.reachable.done;
  }

  async reach(): Promise<Readiness> {
    const { failure } = await this.#source.ping();
    const reason = failure ?? (await this.#source.login());
    return reason === undefined ? { ready: true } : { ready: false, reason };
  }

  async warmUp(): Promise<void> {
    await paced(this.#options.warmup, this.#options.intervalMs, this.#ports, async () => {
      await this.#source.ping();
    });
  }

  async measure(samples: SampleSet): Promise<void> {
    const { clock } = this.#ports;
    if (!this.reachable.done) {
      // Thresholds on `mongodb_up` must fail, not merely miss their data.
      const failure = this.reachable.reason ?? 'not reachable';
      this.#failures.add(failure);
      for (const sample of pingSamples({ durationMs: 0, failure }, clock.now())) samples.add(sample);
      return;
    }
    const start = await readStart(this.#source.send, clock);
    await paced(this.#options.samples, this.#options.intervalMs, this.#ports, async () => {
      const ping = await this.#source.ping();
      for (const sample of pingSamples(ping, clock.now())) samples.add(sample);
      if (ping.failure !== undefined) this.#failures.add(ping.failure);
    });
    const collections = await this.#collections();
    for (const collection of collections) {
      this.#ports.signal.throwIfAborted();
      try {
        const { documents, estimated } = await this.#source.count(collection);
        if (documents === 0 && this.#unlisted !== undefined) {
          // MongoDB counts 0 in what does not exist, which an upper limit would take for good.
          this.#uncounted.set(collection, `it is empty or does not exist: ${this.#unlisted}`);
          continue;
        }
        this.#counted.add(collection);
        if (estimated) this.#estimated.add(collection);
        samples.add({
          metric: 'mongodb_collection_documents',
          labels: { collection },
          value: documents,
          unit: '',
          at: clock.now(),
        });
      } catch (error) {
        this.#uncounted.set(collection, this.#source.explain(error));
      }
    }
    await this.#diagnose(samples, start, [...collections]);
  }

  async #diagnose(samples: SampleSet, start: StartReading, collections: readonly string[]): Promise<void> {
    const { clock, signal } = this.#ports;
    const { indexes, longRunningMs, timeoutMs } = this.#options;
    this.#diagnosis = await diagnose(
      this.#source.send,
      { database: this.#source.database, indexes, collections, longRunningMs, timeoutMs },
      start,
      {
        clock,
        signal,
        explain: (error) => this.#source.explain(error),
        watchMembers: this.#source.watchMembers,
      },
    );
    for (const [metric, { value, unit }] of this.#diagnosis.values) {
      samples.add({ metric, labels: {}, value, unit, at: clock.now() });
    }
  }

  outcome(): MongoOutcome {
    return {
      database: this.#source.database,
      expected: this.#options,
      reachable: this.reachable,
      counted: this.#counted,
      failures: this.#failures,
      uncounted: this.#uncounted,
      estimated: this.#estimated,
      ...(this.#diagnosis ? { diagnosis: this.#diagnosis } : {}),
    };
  }

  /** The named collections that exist, or every collection. */
  async #collections(): Promise<Set<string>> {
    const named = new Set([...this.#options.collections, ...this.#toCount.named]);
    const wantsAll = this.#toCount.all;
    if (named.size === 0 && !wantsAll) return named;
    let existing: Set<string>;
    try {
      existing = new Set(await this.#source.collections());
    } catch (error) {
      this.#unlisted = `collections could not be listed: ${this.#source.explain(error)}`;
      if (wantsAll) this.#uncounted.set('(all)', this.#unlisted);
      return named;
    }
    for (const name of named) {
      if (!existing.has(name)) this.#uncounted.set(name, NO_COLLECTION);
    }
    const present = [...named].filter((name) => existing.has(name));
    return new Set(wantsAll ? [...present, ...existing] : present);
  }
}
