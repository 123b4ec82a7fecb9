import parse from 'parse-prometheus-text-format';
import { type AppReading, type AppValues, defined, EMPTY_READING } from './reading.ts';

type Labels = Readonly<Record<string, string>>;
interface Line {
  readonly labels: Labels;
  readonly value: number;
}

/** One answer of a metrics endpoint: its lines by name, and when it came. */
export interface Scrape {
  readonly lines: ReadonlyMap<string, readonly Line[]>;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Milliseconds that only go forward: the wall clock may jump between two scrapes. */
  readonly tick: number;
}

/** Histograms of request durations by the names that frameworks give them, and how many milliseconds one unit is. */
const DURATIONS: ReadonlyArray<readonly [string, number]> = [
  ['http_server_request_duration_seconds', 1_000],
  ['http_server_requests_seconds', 1_000],
  ['http_request_duration_seconds', 1_000],
  ['http_request_duration_highr_seconds', 1_000],
  ['http_server_duration_milliseconds', 1],
  ['http_request_duration_ms', 1],
];
const COUNTERS = ['http_requests_total', 'http_server_requests_total', 'http_request_total', 'http_requests'];
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

/**
 * The parser reads names, labels, escapes and numbers. It does not get to see the comments: knowing that
 * something is a histogram, it would merge those of all labels into one.
 * @throws Error if the text holds no metrics
 */
export function parseScrape(text: string, at: number, tick = at): Scrape {
  // Not `\s*`: over many empty lines that would take the square of their number.
  const families = parse(text.replace(/^[^\S\n]*#.*$/gm, '')) as ReadonlyArray<{
    name: string;
    metrics: ReadonlyArray<{ labels?: Labels; value?: string }>;
  }>;
  if (families.length === 0) throw new Error('the answer holds no metrics');
  const lines = new Map<string, Line[]>();
  for (const { name, metrics } of families) {
    const known = lines.get(name) ?? [];
    known.push(...metrics.map(({ labels = {}, value }) => ({ labels, value: numberOf(value) })));
    lines.set(name, known);
  }
  return { lines, at, tick };
}

/**
 * What happened between two scrapes, so that what an instance did before the gate does not count. After a
 * restart, which sets counters back, what the last scrape holds. Pure.
 */
export function readScrapes(first: Scrape | undefined, last: Scrape): AppReading {
  const durations = DURATIONS.find(([name]) => last.lines.has(`${name}_bucket`));
  const counter = COUNTERS.find((name) => last.lines.has(name)) ?? (durations && `${durations[0]}_count`);
  const counts = counter
    ? pairs(first, last, counter).map(({ count, labels }) => ({ count, status: statusOf(labels) }))
    : [];
  const requests = counts.reduce((sum, { count }) => sum + count, 0);
  const known = counts.some(({ status }) => status !== undefined);
  const errors = counts
    .filter(({ status }) => status !== undefined && /^5/.test(status))
    .reduce((sum, { count }) => sum + count, 0);
  return {
    ...EMPTY_READING,
    values: defined<AppValues>({
      app_requests: counts.length > 0 ? requests : undefined,
      app_error_rate: known && requests > 0 ? errors / requests : undefined,
      responseTime: durations ? percentiles(first, last, ...durations) : undefined,
      app_cpu: cpuPercent(first, last),
      app_memory: memoryPercent(last),
      app_uptime: uptime(last),
      app_database_response_time: milliseconds(single(last, 'deploy_guard_database_ping_seconds')),
    }),
  };
}

/** Lines with a number: NaN is how libraries write what never happened, and how a mistake is read. */
function numbersOf(scrape: Scrape, name: string): readonly Line[] {
  return (scrape.lines.get(name) ?? []).filter(({ value }) => !Number.isNaN(value));
}

/** Each line of a name with what it grew by. */
function pairs(first: Scrape | undefined, last: Scrape, name: string) {
  const before = new Map(
    (first ? numbersOf(first, name) : []).map(({ labels, value }) => [keyOf(labels), value]),
  );
  return numbersOf(last, name).map(({ labels, value }) => ({
    labels,
    count: since(before.get(keyOf(labels)) ?? 0, value),
  }));
}

function percentiles(
  first: Scrape | undefined,
  last: Scrape,
  name: string,
  unitMs: number,
): AppValues['responseTime'] {
  const counts = new Map<number, number>();
  for (const { labels, count } of pairs(first, last, `${name}_bucket`)) {
    const upper = numberOf(labels.le);
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
 * bound nothing is known but that it is more: then the value is infinite, and keeps no upper limit. Pure.
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

function numberOf(text: string | undefined): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text ?? Number.NaN);
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
