import type { DatabaseAnswer } from '../model/answers.ts';
import { BUCKETS_MS, type RouteStatistics } from '../requests/route-table.ts';
import type { MonitorService } from './service.ts';

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Labels as they are written (`{a="b"}`, made by `labels`), the value, and what follows the metric's name. */
type Sample = readonly [labels: string, value: number | null, suffix?: string];

/** One metric of the text format 0.0.4, with its help and type. Samples without a value are left out. */
export function exposition(
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  samples: readonly Sample[],
): string {
  let lines = '';
  for (const [labelText, value, suffix = ''] of samples) {
    if (value !== null) lines += `${name}${suffix}${labelText} ${number(value)}\n`;
  }
  if (lines === '') return '';
  const helpText = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${name} ${helpText}\n# TYPE ${name} ${type}\n${lines}`;
}

/** `{method="GET",route="/"}` */
export function labels(values: Readonly<Record<string, string>>): string {
  return `{${pairs(values)}}`;
}

/**
 * Everything as Prometheus reads it. Names are those of prom-client where it has the same metric, so that
 * dashboards made for it go on working; the rest begins with `deploy_guard_`.
 */
export function prometheusText(service: MonitorService): string {
  const { status, version, database, system, reasons } = service.detailed();
  const { tracker } = service;
  const rows = tracker.routes.rows();
  const recent = tracker.recent();
  const { firingBySeverity } = service.alertsSummary();
  const { cpu, memory, eventLoop, gc } = system;
  const { user, system: kernel } = process.cpuUsage();
  const one = (value: number | null): readonly Sample[] => [['', value]];
  const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000);
  const share = (percent: number | null): number | null => (percent === null ? null : percent / 100);
  return [
    exposition('http_requests_total', 'counter', 'Completed requests.', rows.flatMap(requestSamples)),
    exposition(
      'http_request_duration_seconds',
      'histogram',
      'Time from a request to the end of its response.',
      rows.flatMap(durationSamples),
    ),
    exposition('http_requests_in_flight', 'gauge', 'Requests that are being handled.', one(tracker.inFlight)),
    exposition(
      'deploy_guard_window_error_ratio',
      'gauge',
      'Share of responses with status 5xx in the sliding window.',
      one(recent.errorRate),
    ),
    exposition(
      'deploy_guard_window_response_time_seconds',
      'gauge',
      'Percentiles of the response time in the sliding window.',
      [
        [labels({ quantile: '0.5' }), seconds(recent.responseTime.p50Ms)],
        [labels({ quantile: '0.95' }), seconds(recent.responseTime.p95Ms)],
        [labels({ quantile: '0.99' }), seconds(recent.responseTime.p99Ms)],
      ],
    ),
    exposition(
      'deploy_guard_health_status',
      'gauge',
      '1 for the status that holds.',
      (['healthy', 'degraded', 'unhealthy'] as const).map(
        (name): Sample => [labels({ status: name }), name === status ? 1 : 0],
      ),
    ),
    exposition(
      'deploy_guard_broken_rules',
      'gauge',
      'Rules of the status that are broken.',
      one(reasons.length),
    ),
    exposition(
      'deploy_guard_alerts_firing',
      'gauge',
      'Alerts that are firing.',
      Object.entries(firingBySeverity).map(([severity, count]): Sample => [labels({ severity }), count]),
    ),
    exposition('deploy_guard_app_info', 'gauge', 'The version of the app.', [[labels({ version }), 1]]),
    ...(database === null ? [] : databaseText(database)),
    exposition(
      'process_cpu_seconds_total',
      'counter',
      'User and system CPU time.',
      one((user + kernel) / 1e6),
    ),
    exposition(
      'process_start_time_seconds',
      'gauge',
      'Start of the process, seconds since the epoch.',
      one(Math.round(performance.timeOrigin) / 1_000),
    ),
    exposition('process_resident_memory_bytes', 'gauge', 'Resident memory.', one(memory.rssBytes)),
    exposition(
      'deploy_guard_cpu_ratio',
      'gauge',
      'CPU time of the process against the cores it may use.',
      one(share(cpu.percent)),
    ),
    exposition('deploy_guard_cpu_cores', 'gauge', 'Cores that the process may use.', one(cpu.cores)),
    exposition(
      'deploy_guard_cpu_throttled_ratio',
      'gauge',
      'Share of scheduler periods in which the container was held back.',
      one(share(cpu.throttledPercent)),
    ),
    exposition(
      'deploy_guard_memory_used_bytes',
      'gauge',
      'Memory that counts against the limit.',
      one(memory.usedBytes),
    ),
    exposition('deploy_guard_memory_limit_bytes', 'gauge', 'The limit of memory.', one(memory.limitBytes)),
    exposition('nodejs_heap_size_total_bytes', 'gauge', "Size of V8's heap.", one(memory.heapTotalBytes)),
    exposition('nodejs_heap_size_used_bytes', 'gauge', "Used part of V8's heap.", one(memory.heapUsedBytes)),
    exposition(
      'deploy_guard_heap_limit_bytes',
      'gauge',
      "The limit of V8's heap.",
      one(memory.heapLimitBytes),
    ),
    exposition(
      'nodejs_external_memory_bytes',
      'gauge',
      "Memory outside V8's heap.",
      one(memory.externalBytes),
    ),
    exposition(
      'nodejs_eventloop_lag_p50_seconds',
      'gauge',
      'Median delay of the event loop in the last interval.',
      one(seconds(eventLoop.delayP50Ms)),
    ),
    exposition(
      'nodejs_eventloop_lag_p99_seconds',
      'gauge',
      '99th percentile of the delay of the event loop.',
      one(seconds(eventLoop.delayP99Ms)),
    ),
    exposition(
      'nodejs_eventloop_lag_max_seconds',
      'gauge',
      'Longest delay of the event loop in the last interval.',
      one(seconds(eventLoop.delayMaxMs)),
    ),
    exposition(
      'deploy_guard_eventloop_utilization_ratio',
      'gauge',
      'Share of the last interval that the event loop was busy.',
      one(eventLoop.utilization),
    ),
    exposition(
      'deploy_guard_gc_pause_seconds_total',
      'counter',
      'Time in garbage collection.',
      one(gc.pauseTotalMs / 1_000),
    ),
    exposition(
      'deploy_guard_gc_collections_total',
      'counter',
      'Garbage collections.',
      one(gc.collectionsTotal),
    ),
    exposition('nodejs_version_info', 'gauge', 'The version of Node.', [
      [labels({ version: `v${system.versions.node}` }), 1],
    ]),
  ].join('');
}

const CLASSES = ['aborted', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

function requestSamples({ method, route, classTotals }: RouteStatistics): Sample[] {
  const row = pairs({ method, route });
  return CLASSES.map((status, index) => [`{${row},status="${status}"}`, classTotals[index] || null]);
}

const BOUNDS = BUCKETS_MS.map((bound) => String(bound / 1_000));

function durationSamples({ method, route, buckets, sumMs, total }: RouteStatistics): Sample[] {
  const row = pairs({ method, route });
  let below = 0;
  const bounds = BOUNDS.map((bound, index): Sample => {
    below += buckets[index] ?? 0;
    return [`{${row},le="${bound}"}`, below, '_bucket'];
  });
  return [
    ...bounds,
    [`{${row},le="+Inf"}`, total, '_bucket'],
    [`{${row}}`, sumMs / 1_000, '_sum'],
    [`{${row}}`, total, '_count'],
  ];
}

function databaseText(database: DatabaseAnswer): string[] {
  const { status, responseTimeMs, pool } = database;
  const up = status === 'unknown' ? null : status === 'up' ? 1 : 0;
  const connections: Sample[] =
    pool === null
      ? []
      : [
          [labels({ state: 'in_use' }), pool.inUse],
          [labels({ state: 'idle' }), Math.max(0, pool.size - pool.inUse)],
        ];
  return [
    exposition('deploy_guard_database_up', 'gauge', '1 while the database answers.', [['', up]]),
    exposition('deploy_guard_database_ping_seconds', 'gauge', 'Round trip of the last ping.', [
      ['', responseTimeMs === null ? null : responseTimeMs / 1_000],
    ]),
    exposition('deploy_guard_database_connections', 'gauge', 'Open connections of the pool.', connections),
    exposition('deploy_guard_database_waiting', 'gauge', 'Operations that wait for a connection.', [
      ['', pool?.waiting ?? null],
    ]),
  ];
}

function pairs(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}
