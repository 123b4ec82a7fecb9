import { defined } from '../../support/defined.ts';
import type { Labels } from '../metrics/samples.ts';
import { numberOf, parseExposition, type ScrapeLine } from './exposition.ts';
import { type AppReading, type AppValues, EMPTY_READING } from './reading.ts';

/** One answer of a metrics endpoint: its lines by name, and when it came. */
export interface Scrape {
  readonly lines: ReadonlyMap<string, readonly ScrapeLine[]>;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Milliseconds that only go forward: the wall clock may jump between two scrapes. */
  readonly tick: number;
}

/** Histograms of request durations by the names that frameworks give them, and how many milliseconds one unit is. */
const DURATIONS: ReadonlyArray<readonly [string, number]> = [
  // FastAPI's instrumentator: this one has fine buckets, the one without `highr` three.
  ['http_request_duration_highr_seconds', 1_000],
  ['http_server_request_duration_seconds', 1_000],
  ['http_server_requests_seconds', 1_000],
  ['http_request_duration_seconds', 1_000],
  ['http_server_duration_milliseconds', 1],
  ['http_request_duration_ms', 1],
  ['flask_http_request_duration_seconds', 1_000],
  ['starlette_request_duration_seconds', 1_000],
  ['django_http_requests_latency_seconds_by_view_method', 1_000],
  ['ruby_http_duration_seconds', 1_000],
  ['http_response_time_seconds', 1_000],
];
/**
 * Counters of requests by the names that frameworks give them. Those that carry a status come first; a histogram's or
 * summary's own `_count` stands in for them (Micrometer without percentiles, prom-client's summary).
 */
const COUNTERS = [
  'http_requests_total',
  'http_server_requests_total',
  'http_requests_received_total',
  'http_request_total',
  'http_requests',
  'flask_http_request_total',
  'starlette_requests_total',
  'django_http_responses_total_by_status_total',
  'django_http_responses_total_by_status',
  'ruby_http_requests_total',
  'nginx_http_requests_total',
  ...DURATIONS.map(([name]) => `${name}_count`),
];
const MEMORY_LIMITS = [
  'container_spec_memory_limit_bytes',
  'go_gc_gomemlimit_bytes',
  'process_memory_limit_bytes',
];
const STATUS_LABELS = [
  'status',
  'status_code',
  'code',
  'statusCode',
  'http_status_code',
  'http_response_status_code',
];
const PATH_LABELS = ['path', 'handler', 'uri', 'route', 'endpoint', 'http_route', 'url', 'target', 'view'];

/** @throws Error if the text holds no metrics */
export function parseScrape(text: string, at: number, tick = at): Scrape {
  return { lines: parseExposition(text), at, tick };
}

/** Requests that the gate itself sent between two scrapes and that were not answered with 5xx, by path. */
export interface OwnRequests {
  readonly byPath: ReadonlyMap<string, number>;
  /** To the host of the metrics endpoint alone. */
  readonly sameHost: number;
}

/**
 * What happened between two scrapes, so that what an instance did before the gate does not count, without the gate's
 * own requests: they are good ones, and would dilute the share of errors. Pure.
 */
export function readScrapes(first: Scrape | undefined, last: Scrape, own?: OwnRequests): AppReading {
  const buckets = DURATIONS.find(([name]) => last.lines.has(`${name}_bucket`));
  const counter = counterOf(last);
  const counts = counter
    ? grown(first, last, counter).map(({ count, labels }) => ({ count, labels, status: statusOf(labels) }))
    : [];
  const counted = counts.reduce((sum, { count }) => sum + count, 0);
  const errors = counts
    .filter(({ status }) => status !== undefined && /^5/.test(status))
    .reduce((sum, { count }) => sum + count, 0);
  const requests = Math.max(errors, counted - (own ? ownAmong(counts, own) : 0));
  const known = counts.some(({ status }) => status !== undefined);
  return {
    ...EMPTY_READING,
    values: defined<AppValues>({
      app_requests: counts.length > 0 ? requests : undefined,
      app_error_rate: known && requests > 0 ? errors / requests : undefined,
      responseTime: buckets ? percentiles(first, last, ...buckets) : undefined,
      app_cpu: cpuPercent(first, last),
      app_memory: memoryPercent(last),
      app_uptime: uptime(last),
      app_database_response_time: milliseconds(single(last, 'deploy_guard_database_ping_seconds')),
    }),
  };
}

/** The counter of requests: one that carries a status if there is one, else any. */
function counterOf(scrape: Scrape): string | undefined {
  const present = COUNTERS.filter((name) => scrape.lines.has(name));
  return (
    present.find((name) => scrape.lines.get(name)?.some(({ labels }) => statusOf(labels) !== undefined)) ??
    present[0]
  );
}

/** How many of the counted requests were the gate's: known by their path, or all to this host if no label holds one. */
function ownAmong(
  counts: ReadonlyArray<{ count: number; labels: Labels; status: string | undefined }>,
  own: OwnRequests,
): number {
  const good = counts.filter(({ status }) => status === undefined || !/^5/.test(status));
  if (!good.some(({ labels }) => pathOf(labels) !== undefined)) return own.sameHost;
  const byPath = new Map<string, number>();
  for (const { labels, count } of good) {
    const path = pathOf(labels) ?? '';
    byPath.set(path, (byPath.get(path) ?? 0) + count);
  }
  return [...byPath].reduce((sum, [path, count]) => sum + Math.min(count, own.byPath.get(path) ?? 0), 0);
}

function pathOf(labels: Labels): string | undefined {
  const name = PATH_LABELS.find((label) => labels[label] !== undefined);
  return name === undefined ? undefined : labels[name];
}

/**
 * Why several scrapes are not of one process; undefined if they may be. Behind a balancer, or with several workers on
 * one port, each answer holds one process's counters, and their differences are chance. Pure.
 * @param batches scrapes in the order of time; those within one batch were taken at the same time
 */
export function severalProcesses(batches: ReadonlyArray<readonly Scrape[]>): string | undefined {
  const all = batches.flat();
  const starts = new Set(
    all.flatMap((scrape) => {
      const start = single(scrape, 'process_start_time_seconds');
      return start === undefined ? [] : [start.toFixed(2)];
    }),
  );
  if (starts.size > 1) return `${starts.size} start times were seen`;
  for (let index = 1; index < batches.length; index++) {
    for (const before of batches[index - 1] ?? []) {
      for (const after of batches[index] ?? []) {
        const name = fellBack(before, after);
        if (name !== undefined) return `the counter ${name} went backwards`;
      }
    }
  }
  return undefined;
}

/** The counter of requests that is lower in the later of two scrapes, or has lost a series. */
function fellBack(before: Scrape, after: Scrape): string | undefined {
  const names = [...COUNTERS, ...DURATIONS.map(([name]) => `${name}_bucket`)];
  return names.find((name) => {
    if (!before.lines.has(name)) return false;
    const now = new Map(numbersOf(after, name).map(({ labels, value }) => [keyOf(labels), value]));
    return numbersOf(before, name).some(({ labels, value }) => (now.get(keyOf(labels)) ?? -1) < value);
  });
}

/** Lines with a number: NaN is how libraries write what never happened, and how a mistake is read. */
function numbersOf(scrape: Scrape, name: string): readonly ScrapeLine[] {
  return (scrape.lines.get(name) ?? []).filter(({ value }) => !Number.isNaN(value));
}

/** Each line of a name with what it grew by. */
function grown(first: Scrape | undefined, last: Scrape, name: string) {
  const before = new Map(
    (first ? numbersOf(first, name) : []).map(({ labels, value }) => [keyOf(labels), value]),
  );
  return (
    numbersOf(last, name)
      // A summary's quantiles carry its own name; they are not counts.
      .filter(({ labels }) => labels.quantile === undefined)
      .map(({ labels, value }) => ({ labels, count: since(before.get(keyOf(labels)) ?? 0, value) }))
  );
}

function percentiles(
  first: Scrape | undefined,
  last: Scrape,
  name: string,
  unitMs: number,
): AppValues['responseTime'] {
  const counts = new Map<number, number>();
  for (const { labels, count } of grown(first, last, `${name}_bucket`)) {
    const upper = numberOf(labels.le) ?? Number.NaN;
    counts.set(upper, (counts.get(upper) ?? 0) + count);
  }
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const at = (p: number) => {
    const value = bucketPercentile(buckets, p);
    return value === undefined ? undefined : value * unitMs;
  };
  const [p50, p95, p99] = [at(50), at(95), at(99)];
  if (p50 === undefined) return undefined;
  return defined<NonNullable<AppValues['responseTime']>>({ 50: p50, 95: p95, 99: p99 });
}

/**
 * A percentile from cumulative buckets, straight within a bucket as Prometheus itself does. Beyond the last
 * bound only a lower limit is known: then the value is infinite, and keeps no upper limit. Pure.
 */
export function bucketPercentile(
  buckets: ReadonlyArray<readonly [number, number]>,
  p: number,
): number | undefined {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total <= 0) return undefined;
  const rank = (p / 100) * total;
  let lower = 0;
  let below = 0;
  for (const [upper, count] of buckets) {
    if (count >= rank) {
      if (upper === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
      return lower + (upper - lower) * ((rank - below) / Math.max(1e-12, count - below));
    }
    lower = upper;
    below = count;
  }
  return undefined;
}
/** Share of one core, from CPU seconds; or what the framework computed itself. */
function cpuPercent(first: Scrape | undefined, last: Scrape): number | undefined {
  const ready = single(last, 'process_cpu_usage') ?? single(last, 'deploy_guard_cpu_ratio');
  if (ready !== undefined) return ready * 100;
  const [from, to] = [
    first && single(first, 'process_cpu_seconds_total'),
    single(last, 'process_cpu_seconds_total'),
  ];
  if (!first || from === undefined || to === undefined || to < from) return undefined;
  const seconds = (last.tick - first.tick) / 1_000;
  return seconds > 0 ? (100 * (to - from)) / seconds : undefined;
}

/** Needs a limit as well: bytes alone give no share. */
function memoryPercent(last: Scrape): number | undefined {
  const heap = (name: string) =>
    numbersOf(last, name)
      .filter(({ labels }) => labels.area === 'heap')
      .reduce((sum, { value }) => sum + Math.max(0, value), 0);
  const pairs = [
    [single(last, 'deploy_guard_memory_used_bytes'), single(last, 'deploy_guard_memory_limit_bytes')],
    [heap('jvm_memory_used_bytes'), heap('jvm_memory_max_bytes')],
    ...MEMORY_LIMITS.map((name) => [single(last, 'process_resident_memory_bytes'), single(last, name)]),
  ];
  for (const [used, most] of pairs) {
    // Go says "no limit" with the largest integer there is.
    if (used !== undefined && most !== undefined && most > 0 && most < 1e15) return (100 * used) / most;
  }
  return undefined;
}

function uptime(last: Scrape): number | undefined {
  const ready = single(last, 'process_uptime_seconds');
  if (ready !== undefined) return ready;
  const start = single(last, 'process_start_time_seconds');
  return start === undefined ? undefined : Math.max(0, last.at / 1_000 - start);
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}

function single(scrape: Scrape, name: string): number | undefined {
  const value = scrape.lines.get(name)?.[0]?.value;
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function since(before: number, now: number): number {
  return now >= before ? now - before : now;
}

function statusOf(labels: Labels): string | undefined {
  const name = STATUS_LABELS.find((label) => labels[label] !== undefined);
  return name === undefined ? undefined : labels[name];
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
