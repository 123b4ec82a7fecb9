import type { Clock } from '../../support/clock.ts';
import type { SampleSet } from '../metrics/samples.ts';
import type { TargetOptions } from '../model/options.ts';
import { Failures, type TargetOutcome, type Wait } from '../model/outcome.ts';
import { paced } from '../timing/pace.ts';
import type { Attempt } from '../timing/waiting.ts';
import type { Probe } from './probe.ts';
import { type HttpSource, samplesOf } from './source.ts';

/** One target on its way through the phases, and what was seen of it. */
export class TargetRun {
  readonly target: TargetOptions;
  readonly #http: HttpSource;
  readonly #ports: { clock: Clock; signal: AbortSignal };
  readonly #failures = new Failures();
  readonly #warmup: number[] = [];
  readonly #warmupFailures = new Failures();
  readonly #otherVersions = new Map<string, number>();
  readonly #retryReasons = new Failures();
  readonly #redirectedTo = new Map<string, number>();
  readonly #doubts = new Map<string, number>();
  #cached = 0;
  #retriedSamples = 0;
  #mostAttempts = 0;
  #seen: string | undefined;
  /** Of the failed probes that count: the last while waiting, and the samples. */
  #refusals = new Set<string | undefined>();
  reachable: Wait = { done: false, attempts: 0, waitedMs: 0 };
  version: Wait | undefined;

  constructor(target: TargetOptions, http: HttpSource, ports: { clock: Clock; signal: AbortSignal }) {
    this.target = target;
    this.#http = http;
    this.#ports = ports;
  }

  /** Is it there? An answer of the wrong version is an answer: another phase waits for the right one. */
  async reach(): Promise<Attempt> {
    const result = await this.#http.probe(this.target);
    this.#refusals.clear();
    this.#noteRefusal(result);
    if (!result.failure || result.failure.kind === 'version') return { done: true };
    return { done: false, reason: result.failure.reason };
  }

  async reachVersion(): Promise<Attempt> {
    const result = await this.#http.probe(this.target);
    if (result.version !== undefined) this.#seen = result.version;
    return result.failure ? { done: false, reason: result.failure.reason } : { done: true };
  }

  /** Probes that are thrown away, but reported. */
  async warmUp(): Promise<void> {
    await paced(this.target.warmup, this.target.intervalMs, this.#ports, async () => {
      const result = await this.#http.probe(this.target);
      if (result.failure) this.#warmupFailures.add(result.failure.reason);
      else if (result.timings) this.#warmup.push(result.timings.waiting + result.timings.receiving);
    });
  }

  get warmupFailures(): Failures {
    return this.#warmupFailures;
  }

  async measure(samples: SampleSet): Promise<void> {
    const { target } = this;
    await paced(target.samples, target.intervalMs, this.#ports, async () => {
      const { probe, attempts, earlier } = await this.#http.measure(target);
      // Trying again may reach a new instance: that an old one answered counts all the same.
      for (const one of [...earlier, probe]) this.#noteVersion(one);
      for (const sample of samplesOf(target.name, probe, this.#ports.clock.now())) samples.add(sample);
      this.#noteRefusal(probe);
      this.#mostAttempts = Math.max(this.#mostAttempts, attempts);
      if (probe.failure) this.#failures.add(probe.failure.reason);
      else if (attempts > 1) {
        this.#retriedSamples++;
        for (const { failure } of earlier) if (failure) this.#retryReasons.add(failure.reason);
      }
      if (!probe.failure && probe.cached) this.#cached++;
      if (!probe.failure && probe.redirectedTo !== undefined) {
        this.#redirectedTo.set(probe.redirectedTo, (this.#redirectedTo.get(probe.redirectedTo) ?? 0) + 1);
      }
      if (!probe.failure && probe.doubt !== undefined) {
        this.#doubts.set(probe.doubt, (this.#doubts.get(probe.doubt) ?? 0) + 1);
      }
    });
  }

  #noteVersion({ version }: Probe): void {
    if (version === undefined || !this.target.version || version === this.target.version.expected) return;
    this.#otherVersions.set(version, (this.#otherVersions.get(version) ?? 0) + 1);
  }

  get failing(): boolean {
    return !this.reachable.done || this.#failures.any;
  }

  outcome(): TargetOutcome {
    const { target, version } = this;
    const refusal = this.#refusals.size === 1 ? [...this.#refusals][0] : undefined;
    return {
      name: target.name,
      https: target.url.protocol === 'https:',
      reachable: this.reachable,
      ...(version && target.version
        ? {
            version: {
              ...version,
              expected: target.version.expected,
              ...(this.#seen === undefined ? {} : { seen: this.#seen }),
            },
          }
        : {}),
      warmup: this.#warmup,
      failures: this.#failures,
      retried: {
        samples: this.#retriedSamples,
        attempts: this.#mostAttempts,
        reasons: this.#retryReasons,
      },
      ...(refusal === undefined ? {} : { refusal }),
      otherVersions: this.#otherVersions,
      redirectedTo: this.#redirectedTo,
      doubts: this.#doubts,
      cached: this.#cached,
    };
  }

  #noteRefusal({ failure, refusal }: Probe): void {
    if (failure) this.#refusals.add(refusal);
  }
}
