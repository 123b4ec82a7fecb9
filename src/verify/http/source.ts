import pLimit, { type LimitFunction } from 'p-limit';
import type { Clock } from '../../support/clock.ts';
import type { Labels, Sample } from '../metrics/samples.ts';
import { type HttpAnswer, HttpClient, type Timings } from './client.ts';
import { headerOf } from './content.ts';
import type { TargetOptions } from './options.ts';
import { failedProbe, type Probe, probe } from './probe.ts';
import { headersAfterRedirect, REDIRECTS } from './redirect.ts';
import { SentRequests } from './sent-requests.ts';

export type { SentRequests } from './sent-requests.ts';

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
const MOST_REDIRECTS = 5;

interface FetchRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Of all of it, redirects included. */
  readonly timeoutMs: number;
}

type Fetched =
  | { readonly ok: true; readonly value: HttpAnswer }
  | { readonly ok: false; readonly reason: string };

/** Probes HTTP targets, no more at once than allowed. */
export class HttpSource {
  readonly #clients = new Map<string, HttpClient>();
  readonly #sent = new Map<string, number>();
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

  /** What was sent so far. */
  get sent(): SentRequests {
    return SentRequests.of(this.#sent);
  }

  /** One answer with its whole body, redirects within the host followed; or why there is none. */
  async fetch(request: FetchRequest): Promise<Fetched> {
    try {
      return await this.#limit(() => this.#fetchFollowing(request));
    } catch (error) {
      this.#signal.throwIfAborted();
      const { failure } = failedProbe({ timeoutMs: request.timeoutMs, bodyLimit: FETCH_LIMIT }, error);
      return { ok: false, reason: failure.reason };
    }
  }

  async #fetchFollowing(request: FetchRequest): Promise<Fetched> {
    const end = performance.now() + request.timeoutMs;
    let { url, headers } = request;
    for (let redirects = 0; ; redirects++) {
      const value = await this.#client({ http: 'auto' }).request({
        url,
        headers,
        timeoutMs: Math.max(1, end - performance.now()),
        method: 'GET',
        keepBody: true,
        bodyLimit: FETCH_LIMIT,
        connections: 'new',
      });
      const location = headerOf(value.headers, 'location');
      if (!REDIRECTS.has(value.status) || location === undefined) return { ok: true, value };
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      if (next?.hostname !== url.hostname || !/^https?:$/.test(next.protocol)) {
        return { ok: false, reason: `answered ${value.status}, a redirect to another host` };
      }
      if (redirects >= MOST_REDIRECTS) {
        return { ok: false, reason: `redirected more than ${MOST_REDIRECTS} times` };
      }
      headers = headersAfterRedirect(headers, url, next);
      url = next;
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
        onAnswer: (url, status) => {
          if (status >= 500) return;
          const key = `${url.hostname} ${url.pathname}`;
          this.#sent.set(key, (this.#sent.get(key) ?? 0) + 1);
        },
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
