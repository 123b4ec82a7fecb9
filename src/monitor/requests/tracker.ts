import type { EndpointStatistics, ErrorCounts, MetricsAnswer, ResponseTime } from '../model/answers.ts';
import { BUCKETS_MS, ROUTE_FIGURES, type RouteStatistics, RouteTable } from './route-table.ts';
import { LONGEST_US, type Outcome, relativeErrorOf, SlidingWindow } from './sliding-window.ts';

const SLOTS = 6;
/** Three figures: a percentile over all requests is at most 0.1 % above the exact one. */
const FIGURES = 3;
const LONGEST_MS = LONGEST_US / 1_000;

export interface TrackerOptions {
  /** Length of the sliding window in milliseconds. */
  readonly windowMs: number;
  /** How many routes get statistics of their own. */
  readonly maxRoutes: number;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
}

export type RequestStatistics = Omit<
  MetricsAnswer,
  'status' | 'version' | 'uptimeSeconds' | 'timestamp' | 'instance'
>;

/** Counts requests and times them. `start` and `finish` are the hot path: no allocation, two clock reads. */
export class RequestTracker {
  readonly routes: RouteTable;
  readonly #now: () => number;
  readonly #windowMs: number;
  readonly #slotMs: number;
  readonly #window = new SlidingWindow(SLOTS, FIGURES);
  readonly #startedAt: number;
  #slot = 0;
  #slotEndsAt: number;
  #inFlight = 0;
  #total = 0;
  #clientErrors = 0;
  #serverErrors = 0;
  #aborted = 0;

  constructor(options: TrackerOptions) {
    this.#now = options.now;
    this.#windowMs = options.windowMs;
    this.#slotMs = options.windowMs / SLOTS;
    this.routes = new RouteTable(options.maxRoutes, SLOTS);
    this.#startedAt = options.now();
    this.#slotEndsAt = this.#startedAt + this.#slotMs;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** A request has come in. @returns its start, for `finish` */
  start(): number {
    this.#inFlight++;
    return this.#now();
  }

  /**
   * The response is complete, or the client has gone.
   * @param route a template out of a bounded set, never a raw path
   * @param matched false where the server knew no template: a 404 then counts as unmatched
   */
  finish(
    startedAt: number,
    method: string,
    route: string,
    matched: boolean,
    statusCode: number,
    aborted: boolean,
  ): void {
    const now = this.#now();
    if (now >= this.#slotEndsAt) this.#rotate(now);
    if (this.#inFlight > 0) this.#inFlight--;
    this.#total++;
    const ms = now - startedAt;
    const us = ms < LONGEST_MS ? (ms * 1_000 + 0.5) | 0 || 1 : LONGEST_US;

    let outcome: Outcome = 'ok';
    if (aborted) {
      outcome = 'aborted';
      this.#aborted++;
    } else if (statusCode >= 500) {
      outcome = 'server-error';
      this.#serverErrors++;
    } else if (statusCode >= 400) {
      outcome = 'client-error';
      this.#clientErrors++;
    }
    const row =
      statusCode === 404 && !matched
        ? (this.routes.find(method, route) ?? this.routes.unmatched)
        : this.routes.row(method, route);
    this.#window.record(this.#slot, us, outcome);
    row.window.record(this.#slot, us, outcome);
    row.total++;
    row.sumMs += ms;
    const statusClass = aborted ? 0 : Math.trunc(statusCode / 100);
    row.classTotals[statusClass] = (row.classTotals[statusClass] ?? 0) + 1;
    let bucket = 0;
    while (bucket < BUCKETS_MS.length && ms > (BUCKETS_MS[bucket] ?? 0)) bucket++;
    row.buckets[bucket] = (row.buckets[bucket] ?? 0) + 1;
  }

  /** A request that was started turns out to be none of the app's. */
  forget(): void {
    if (this.#inFlight > 0) this.#inFlight--;
  }

  /** The window as it is now, without per-route statistics: what the rules of the status need. */
  recent(): {
    readonly requests: number;
    readonly errors: ErrorCounts;
    readonly errorRate: number | null;
    readonly responseTime: ResponseTime;
  } {
    this.#catchUp();
    const requests = this.#window.count;
    const errors = this.#window.errors();
    return {
      requests,
      errors,
      errorRate: rate(errors.serverErrors, requests),
      responseTime: this.#window.responseTime(),
    };
  }

  statistics(): RequestStatistics {
    const now = this.#catchUp();
    const count = this.#window.count;
    const errors = this.#window.errors();
    const covered = Math.min(now - this.#startedAt, this.#windowMs - (this.#slotEndsAt - now));
    return {
      window: { seconds: this.#windowMs / 1_000, coveredSeconds: round(covered / 1_000) },
      requests: {
        count,
        total: this.#total,
        inFlight: this.#inFlight,
        perSecond: covered > 0 ? round((count * 1_000) / covered) : null,
      },
      errors,
      errorsTotal: {
        clientErrors: this.#clientErrors,
        serverErrors: this.#serverErrors,
        aborted: this.#aborted,
      },
      errorRate: rate(errors.serverErrors, count),
      responseTime: { ...this.#window.responseTime(), relativeError: relativeErrorOf(FIGURES) },
      endpoints: this.routes
        .rows()
        .map(endpoint)
        .filter((row) => row.requests > 0)
        .sort((a, b) => b.requests - a.requests),
      endpointLimit: {
        limit: this.routes.limit,
        tracked: this.routes.tracked,
        relativeError: relativeErrorOf(ROUTE_FIGURES),
      },
    };
  }

  #catchUp(): number {
    const now = this.#now();
    if (now >= this.#slotEndsAt) this.#rotate(now);
    return now;
  }

  /** Moves on to the slot of `now`, emptying every slot whose time has passed. */
  #rotate(now: number): void {
    const behind = Math.floor((now - this.#slotEndsAt) / this.#slotMs) + 1;
    for (let step = 0; step < Math.min(behind, SLOTS); step++) {
      this.#slot = (this.#slot + 1) % SLOTS;
      this.#window.clear(this.#slot);
      this.routes.clear(this.#slot);
    }
    this.#slotEndsAt += behind * this.#slotMs;
  }
}

function endpoint(row: RouteStatistics): EndpointStatistics {
  const requests = row.window.count;
  const errors = row.window.errors();
  return {
    method: row.method,
    route: row.route,
    requests,
    requestsTotal: row.total,
    ...errors,
    errorRate: rate(errors.serverErrors, requests),
    responseTime: row.window.responseTime(),
  };
}

function rate(errors: number, requests: number): number | null {
  return requests === 0 ? null : errors / requests;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
