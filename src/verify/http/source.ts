import pLimit, { type LimitFunction } from 'p-limit';
import type { Clock } from '../../support/clock.ts';
import type { Labels, Sample } from '../metrics/samples.ts';
import { type HttpAnswer, HttpClient, type Timings } from './client.ts';
import type { TargetOptions } from './options.ts';
import { failedProbe, type Probe, probe } from './probe.ts';

const TRENDS: ReadonlyArray<readonly [string, (timings: Timings) => number]> = [
  ['http_req_duration', (timings) => timings.waiting + timings.receiving],
  ['http_req_blocked', (timings) => timings.blocked],
  ['http_req_connecting', (timings) => timings.connecting],
  ['http_req_tls_handshaking', (timings) => timings.tlsHandshaking],
  ['http_req_waiting', (timings) => timings.waiting],
  ['http_req_receiving', (timings) => timings.receiving],
];

/** A sample: its last attempt, and how it went before. */
export interface Measured {
  readonly probe: Probe;
  readonly attempts: number;
  /** The attempts before the last, which failed. */
  readonly earlier: readonly Probe[];
}

const FIRST_RETRY_MS = 200;
/** More than any health or metrics endpoint has to say. */
const FETCH_LIMIT = 20 * 1024 * 1024;

/** Probes HTTP targets, no more at once than allowed. */
export class HttpSource {
  readonly #clients = new Map<string, HttpClient>();
  readonly #limit: LimitFunction;
  readonly #connectTimeoutMs: number;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;

  constructor(options: { concurrency: number; connectTimeoutMs: number }, clock: Clock, signal: AbortSignal) {
    this.#limit = pLimit(options.concurrency);
    this.#connectTimeoutMs = options.connectTimeoutMs;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** One probe; waits for its turn, which is not counted as the target's time. */
  probe(target: TargetOptions): Promise<Probe> {
    return this.#limit(() => probe(this.#client(target), target, this.#signal));
  }

  /** A probe that is tried again where it fails, as often as the target allows. */
  async measure(target: TargetOptions): Promise<Measured> {
    const earlier: Probe[] = [];
    for (let attempt = 1; ; attempt++) {
      const result = await this.probe(target);
      if (!result.failure || attempt > target.retries) return { probe: result, attempts: attempt, earlier };
      earlier.push(result);
      await this.#clock.sleep(FIRST_RETRY_MS * 2 ** (attempt - 1), this.#signal);
    }
  }

  /** One answer with its whole body, redirects not followed; or why there is none. */
  async fetch(request: {
    url: URL;
    headers: Readonly<Record<string, string>>;
    timeoutMs: number;
  }): Promise<{ ok: true; value: HttpAnswer } | { ok: false; reason: string }> {
    try {
      const value = await this.#limit(() =>
        this.#client({ http: 'auto' }).request({
          ...request,
          method: 'GET',
          keepBody: true,
          bodyLimit: FETCH_LIMIT,
          connections: 'new',
        }),
      );
      return { ok: true, value };
    } catch (error) {
      this.#signal.throwIfAborted();
      const { failure } = failedProbe({ timeoutMs: request.timeoutMs, bodyLimit: FETCH_LIMIT }, error);
      return { ok: false, reason: failure.reason };
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  /** Targets that speak and trust alike share a client, and so its connections. */
  #client(target: Pick<TargetOptions, 'http' | 'ca'>): HttpClient {
    const key = `${target.http} ${target.ca ?? ''}`;
    let client = this.#clients.get(key);
    if (!client) {
      client = new HttpClient({
        connectTimeoutMs: this.#connectTimeoutMs,
        http: target.http,
        ca: target.ca,
        signal: this.#signal,
      });
      this.#clients.set(key, client);
    }
    return client;
  }
}

/**
 * The samples of one measured probe. Times of answers that do not count as such are left out, since an
 * error page is often quicker than a real answer; but one that ran out of time is in with that time,
 * since leaving it out would make the target look quicker than it is.
 */
export function samplesOf(target: string, result: Probe, at: number): Sample[] {
  const labels: Labels = { target };
  const samples: Sample[] = [
    { metric: 'http_req_failed', labels, value: result.failure ? 1 : 0, unit: 'ratio', at },
  ];
  if (result.certificate) {
    samples.push({
      metric: 'tls_cert_expiry',
      labels,
      value: result.certificate.validTo - at,
      unit: 'ms',
      at,
    });
  }
  if (result.timedOutAfterMs !== undefined) {
    samples.push({ metric: 'http_req_duration', labels, value: result.timedOutAfterMs, unit: 'ms', at });
  } else if (result.timings && !result.failure) {
    for (const [metric, value] of TRENDS) {
      samples.push({ metric, labels, value: value(result.timings), unit: 'ms', at });
    }
  }
  return samples;
}
