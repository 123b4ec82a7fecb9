import type { Clock } from '../../support/clock.ts';
import type { Log } from '../../support/log.ts';
import { paced } from '../gate/pace.ts';
import type { SourceRun } from '../gate/source-run.ts';
import { NOT_YET, type Readiness, type Wait } from '../gate/waiting.ts';
import { Failures } from '../metrics/failures.ts';
import type { SampleSet } from '../metrics/samples.ts';
import type { TargetOptions } from './options.ts';
import type { TargetOutcome } from './outcome.ts';
import type { Probe } from './probe.ts';
import { type HttpSource, samplesOf } from './source.ts';
import { sameVersion } from './version.ts';

/** One target on its way through the phases, and what was seen of it. */
export class TargetRun implements SourceRun {
  readonly kind = 'target';
  readonly target: TargetOptions;
  readonly #http: HttpSource;
  readonly #ports: { clock: Clock; signal: AbortSignal; log?: Pick<Log, 'progress'> };
  readonly #failures = new Failures();
  readonly #warmupMs: number[] = [];
  readonly #otherVersions = new Map<string, number>();
  readonly #retryReasons = new Failures();
  readonly #redirectedTo = new Map<string, number>();
  readonly #suspicions = new Map<string, number>();
  #cached = 0;
  #retriedSamples = 0;
  #mostAttempts = 0;
  #seen: string | undefined;
  /** Of the failed probes that count: the last while waiting, and the samples. */
  #refusals = new Set<string | undefined>();
  reachable: Wait = NOT_YET;
  version: Wait | undefined;

  constructor(
    target: TargetOptions,
    http: HttpSource,
    ports: { clock: Clock; signal: AbortSignal; log?: Pick<Log, 'progress'> },
  ) {
    this.target = target;
    this.#http = http;
    this.#ports = ports;
  }

  get name(): string {
    return this.target.name;
  }

  get expectedVersion(): string | undefined {
    return this.target.version?.expected;
  }

  get warmup(): number {
    return this.target.warmup;
  }

  /** An answer of the wrong version is an answer: another phase waits for the right one. */
  async reach(): Promise<Readiness> {
    const result = await this.#http.probe(this.target);
    this.#refusals.clear();
    this.#noteRefusal(result);
    if (!result.failure || result.failure.kind === 'version') return { ready: true };
    return { ready: false, reason: result.failure.reason };
  }

  async reachVersion(): Promise<Readiness> {
    const result = await this.#http.probe(this.target);
    if (result.version !== undefined) this.#seen = result.version;
    return result.failure ? { ready: false, reason: result.failure.reason } : { ready: true };
  }

  /** The durations of these probes are reported; they are not samples. */
  async warmUp(failures: Failures): Promise<void> {
    await paced(this.target.warmup, this.target.intervalMs, this.#ports, async () => {
      const result = await this.#http.probe(this.target);
      if (result.failure) failures.add(result.failure.reason);
      else if (result.timings) this.#warmupMs.push(result.timings.waiting + result.timings.receiving);
    });
  }

  async measure(samples: SampleSet): Promise<void> {
    if (!this.reachable.done) return;
    const { target } = this;
    await paced(target.samples, target.intervalMs, this.#ports, async (index) => {
      this.#ports.log?.progress?.(`sample ${index + 1} of ${target.samples}`);
      const { probe, attempts, earlier } = await this.#http.measure(target);
      // A retry may reach a new instance: that an old one answered counts all the same.
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
      if (!probe.failure && probe.suspicion !== undefined) {
        this.#suspicions.set(probe.suspicion, (this.#suspicions.get(probe.suspicion) ?? 0) + 1);
      }
    });
  }

  #noteVersion({ version }: Probe): void {
    const { version: wanted } = this.target;
    if (version === undefined || !wanted || sameVersion(version, wanted.expected)) return;
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
      warmup: this.#warmupMs,
      failures: this.#failures,
      retried: {
        samples: this.#retriedSamples,
        attempts: this.#mostAttempts,
        reasons: this.#retryReasons,
      },
      ...(refusal === undefined ? {} : { refusal }),
      otherVersions: this.#otherVersions,
      redirectedTo: this.#redirectedTo,
      suspicions: this.#suspicions,
      cached: this.#cached,
    };
  }

  #noteRefusal({ failure, refusal }: Probe): void {
    if (failure) this.#refusals.add(refusal);
  }
}
