import type { Clock } from '../../support/clock.ts';
import { paced } from '../gate/pace.ts';
import type { SourceRun } from '../gate/source-run.ts';
import { NOT_YET, type Readiness, type Wait } from '../gate/waiting.ts';
import { SentRequests } from '../http/sent-requests.ts';
import { sameVersion } from '../http/version.ts';
import { Failures } from '../metrics/failures.ts';
import type { SampleSet } from '../metrics/samples.ts';
import type { AppOptions } from './options.ts';
import type { AppOutcome } from './outcome.ts';
import type { Scrape } from './prometheus.ts';
import { type AppReading, EMPTY_READING, mergeReadings } from './reading.ts';
import type { ActuatorCounters, AppSource } from './source.ts';

/** A health endpoint need not be polled as often as a target that is under load. */
const MOST_POLLS = 60;

/** The service's own endpoints on their way through the phases, and what was read there. */
export class AppRun implements SourceRun {
  readonly kind = 'app';
  readonly #source: AppSource;
  readonly #options: AppOptions;
  readonly #clock: Clock;
  readonly #ports: { clock: Clock; signal: AbortSignal };
  readonly #begunAt: number;
  #seen: string | undefined;
  #firstScrapes: readonly Scrape[] = [];
  #firstCounters: ActuatorCounters | undefined;
  #sentBefore = SentRequests.none;
  readonly #sent: () => SentRequests;
  #reading: AppReading = EMPTY_READING;
  readonly #otherVersions = new Map<string, number>();
  readonly #unhealthyPolls = new Failures();
  #polls = 0;
  readonly warmup = 0;
  reachable: Wait = NOT_YET;
  version: Wait | undefined;

  /** @param sent what the gate has sent so far, to all of its targets */
  constructor(
    source: AppSource,
    options: AppOptions,
    ports: { clock: Clock; signal: AbortSignal },
    sent: () => SentRequests,
  ) {
    this.#sent = sent;
    this.#source = source;
    this.#options = options;
    this.#ports = ports;
    this.#clock = ports.clock;
    this.#begunAt = ports.clock.now();
  }

  readonly name = "the service's health";

  get expectedVersion(): string | undefined {
    return this.#options.baseUrl && this.#options.expectedVersion;
  }

  get failing(): boolean {
    return !this.reachable.done;
  }

  /** A service that calls itself unhealthy may only be starting: it is waited for. */
  async reach(): Promise<Readiness> {
    if (!this.#options.baseUrl) return { ready: true };
    const health = await this.#source.health();
    if (!health.ok) return { ready: false, reason: health.reason };
    const { status, reasons } = health.reading;
    if (status !== 'unhealthy') return { ready: true };
    return {
      ready: false,
      reason: `it calls itself unhealthy${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`,
    };
  }

  async reachVersion(): Promise<Readiness> {
    const reading = await this.#source.everything(this.#begunAt);
    const version = this.#versionOf(reading);
    if (version === undefined) return { ready: false, reason: 'it reports no version' };
    this.#seen = version;
    if (this.#isExpected(version)) return { ready: true };
    return { ready: false, reason: `version ${version} answers, expected ${this.#options.expectedVersion}` };
  }

  /** Of the versions that a service reports, the expected one if it is among them. */
  #versionOf({ version, versions }: AppReading): string | undefined {
    return versions?.find((one) => this.#isExpected(one)) ?? version;
  }

  #isExpected(version: string): boolean {
    const { expectedVersion } = this.#options;
    return expectedVersion !== undefined && sameVersion(version, expectedVersion);
  }

  /** Before the samples: where counters stand. */
  async start(): Promise<void> {
    this.#firstCounters = await this.#source.actuatorCounters();
    if (this.#options.prometheusUrl) {
      const result = await this.#source.scrape(this.#clock);
      if (result.ok) this.#firstScrapes = result.scrapes;
    }
    this.#sentBefore = this.#sent();
  }

  /**
   * While the targets are sampled: polls status and version, so that one bad or old instance behind the balancer is
   * seen.
   */
  async measure(): Promise<void> {
    if (!this.#options.baseUrl || !this.reachable.done) return;
    const { samples, intervalMs } = this.#options;
    await paced(Math.min(samples, MOST_POLLS), intervalMs, this.#ports, async () => {
      const poll = await this.#source.poll();
      this.#polls++;
      if (!poll.ok) {
        this.#unhealthyPolls.add(poll.reason);
        return;
      }
      const { status, reasons } = poll.reading;
      const version = this.#versionOf(poll.reading);
      if (status === 'unhealthy')
        this.#unhealthyPolls.add(['it calls itself unhealthy', ...reasons].join(': '));
      if (this.version && version !== undefined && !this.#isExpected(version)) {
        this.#otherVersions.set(version, (this.#otherVersions.get(version) ?? 0) + 1);
      }
    });
  }

  /** After the samples: what the service says now. */
  async finish(samples: SampleSet): Promise<void> {
    const readings: AppReading[] = [];
    const sent = this.#sent().since(this.#sentBefore);
    if (this.#options.baseUrl) {
      const reading = await this.#source.everything(this.#begunAt, this.#firstCounters, sent);
      const version = this.#versionOf(reading);
      readings.push(version === undefined ? reading : { ...reading, version });
    }
    if (this.#options.prometheusUrl) {
      const result = await this.#source.scrape(this.#clock);
      if (result.ok) {
        const { readScrapes, severalProcesses } = await import('./prometheus.ts');
        const several = severalProcesses([this.#firstScrapes, result.scrapes]);
        const [last] = result.scrapes;
        if (last) {
          const reading = readScrapes(this.#firstScrapes[0], last, this.#source.ownRequests(sent));
          readings.push(several === undefined ? reading : { ...reading, severalProcesses: several });
        }
      } else {
        readings.push({
          ...EMPTY_READING,
          unread: new Map([['Prometheus', { kind: 'failed', reason: result.reason }]]),
        });
      }
    }
    this.#reading = mergeReadings(readings);
    const at = this.#clock.now();
    const { responseTime, ...values } = this.#reading.values;
    for (const [metric, value] of Object.entries(values)) {
      if (value !== undefined) samples.add({ metric, labels: {}, value, unit: UNITS[metric] ?? '', at });
    }
    for (const [quantile, value] of Object.entries(responseTime ?? {})) {
      if (value !== undefined) {
        samples.add({ metric: 'app_response_time', labels: { quantile }, value, unit: 'ms', at });
      }
    }
  }

  outcome(): AppOutcome {
    return {
      format: this.#source.format,
      reachable: this.reachable,
      ...(this.version && this.#options.expectedVersion !== undefined
        ? {
            version: {
              ...this.version,
              expected: this.#options.expectedVersion,
              ...(this.#seen === undefined ? {} : { seen: this.#seen }),
            },
          }
        : {}),
      hasHealth: this.#options.baseUrl !== undefined,
      otherVersions: this.#otherVersions,
      polls: this.#polls,
      unhealthyPolls: this.#unhealthyPolls,
      reading: this.#reading,
    };
  }
}

const UNITS: Readonly<Record<string, '' | 'ratio' | '%' | 's' | 'ms'>> = {
  app_requests: '',
  app_error_rate: 'ratio',
  app_cpu: '%',
  app_memory: '%',
  app_uptime: 's',
  app_database_response_time: 'ms',
};
