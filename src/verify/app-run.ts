import type { Clock } from '../support/clock.ts';
import type { Scrape } from './app/prometheus.ts';
import { type AppReading, EMPTY_READING, mergeReadings } from './app/reading.ts';
import type { AppOptions } from './options.ts';
import type { AppOutcome, Wait } from './outcome.ts';
import type { SampleSet } from './samples.ts';
import type { AppSource } from './sources/app.ts';
import type { Attempt } from './waiting.ts';

/** The service's own word on its way through the phases. */
export class AppRun {
  readonly #source: AppSource;
  readonly #options: AppOptions;
  readonly #clock: Clock;
  readonly #begunAt: number;
  #seen: string | undefined;
  #firstScrape: Scrape | undefined;
  #reading: AppReading = EMPTY_READING;
  reachable: Wait = { done: false, attempts: 0, waitedMs: 0 };
  version: Wait | undefined;

  constructor(source: AppSource, options: AppOptions, clock: Clock) {
    this.#source = source;
    this.#options = options;
    this.#clock = clock;
    this.#begunAt = clock.now();
  }

  /** What the service's own name is in messages. */
  readonly name = "the service's health";

  get waitsForVersion(): boolean {
    return this.#options.expectedVersion !== undefined && this.#options.baseUrl !== undefined;
  }

  /** A service that calls itself unhealthy may only be starting: it is waited for. */
  async reach(): Promise<Attempt> {
    if (!this.#options.baseUrl) return { done: true };
    const health = await this.#source.health();
    if (!health.ok) return { done: false, reason: health.reason };
    const { status, reasons } = health.reading;
    if (status !== 'unhealthy') return { done: true };
    return {
      done: false,
      reason: `it calls itself unhealthy${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`,
    };
  }

  async reachVersion(): Promise<Attempt> {
    const reading = await this.#source.everything(this.#begunAt);
    const { version } = reading;
    if (version === undefined) return { done: false, reason: 'it tells no version' };
    this.#seen = version;
    if (version === this.#options.expectedVersion) return { done: true };
    return { done: false, reason: `version ${version} answers, expected ${this.#options.expectedVersion}` };
  }

  /** Before the samples: where counters stand. */
  async start(): Promise<void> {
    if (!this.#options.prometheusUrl) return;
    const result = await this.#source.scrape(this.#clock.now);
    if (result.ok) this.#firstScrape = result.scrape;
  }

  /** After the samples: what the service says now. */
  async finish(samples: SampleSet): Promise<void> {
    const readings: AppReading[] = [];
    if (this.#options.baseUrl) readings.push(await this.#source.everything(this.#begunAt));
    if (this.#options.prometheusUrl) {
      const result = await this.#source.scrape(this.#clock.now);
      if (result.ok) {
        const { readScrapes } = await import('./app/prometheus.ts');
        readings.push(readScrapes(this.#firstScrape, result.scrape));
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
