import * as z from 'zod';
import type * as answers from '../../src/monitor/model/answers.ts';

/**
 * The endpoints' shapes for tests, docs/schema/ and whoever checks an answer. Development only: the module
 * that an app mounts does not load zod. `satisfies` holds each schema to the type in answers.ts.
 */

const count = z.int().min(0);
const amount = z.number().min(0);
const ratio = z.number().min(0).max(1);
const percent = z.number().min(0);
const time = z.iso.datetime();

const status = z.enum(['healthy', 'degraded', 'unhealthy']);
const severity = z.enum(['info', 'warning', 'error', 'critical']);
const alertType = z.enum([
  'database-down',
  'database-slow',
  'database-pool-exhausted',
  'high-error-rate',
  'slow-responses',
  'high-cpu',
  'cpu-throttled',
  'high-memory',
  'event-loop-blocked',
]);
const unit = z.enum(['ratio', 'percent', 'ms', 'count', 'none']);

const health = {
  status: status.describe('healthy and degraded answer 200, unhealthy 503'),
  version: z.string(),
  uptimeSeconds: amount.describe('since the process started'),
  timestamp: time,
};

const reason = z.object({
  rule: alertType,
  status: z.enum(['degraded', 'unhealthy']),
  message: z.string(),
  value: z.number().nullable(),
  threshold: z.number().nullable(),
  unit,
});

const instance = z.object({
  id: z.string(),
  hostname: z.string(),
  pid: z.int(),
  workerId: z.int().nullable(),
  startedAt: time,
});

const pool = z.object({
  complete: z.boolean(),
  maxSize: count.nullable(),
  size: count,
  inUse: count,
  waiting: count,
  createdTotal: count,
  closedTotal: count,
  checkOutFailuresTotal: count,
  clearedTotal: count,
});

const database = z.object({
  status: z.enum(['up', 'down', 'unknown']),
  responseTimeMs: amount.nullable().describe('of the last answered ping; null while down'),
  name: z.string().nullable(),
  checkedAt: time.nullable(),
  consecutiveFailures: count,
  error: z.string().nullable(),
  pool: pool.nullable(),
});

const system = z.object({
  cpu: z.object({
    percent: percent.nullable().describe('CPU time of the process as a share of its cores, 0 to 100'),
    cores: z.number().positive(),
    limitedBy: z.enum(['cgroup', 'machine']),
    containerPercent: percent.nullable(),
    throttledPercent: percent.nullable(),
  }),
  memory: z.object({
    usedPercent: percent.describe('usedBytes / limitBytes, 0 to 100'),
    usedBytes: count,
    limitBytes: count,
    limitedBy: z.enum(['cgroup', 'machine']),
    rssBytes: count,
    heapUsedBytes: count,
    heapTotalBytes: count,
    heapLimitBytes: count,
    heapUsedPercent: percent,
    externalBytes: count,
  }),
  eventLoop: z.object({
    delayP50Ms: amount.nullable(),
    delayP99Ms: amount.nullable(),
    delayMaxMs: amount.nullable(),
    utilization: ratio.nullable(),
  }),
  gc: z.object({
    collectionsTotal: count,
    majorCollectionsTotal: count,
    pauseTotalMs: amount,
    pausePercent: percent.nullable(),
  }),
  uptimeSeconds: amount,
  versions: z.object({ node: z.string(), v8: z.string(), openssl: z.string() }),
  platform: z.string(),
  arch: z.string(),
  sampledAt: time.nullable(),
});

const responseTime = {
  p50Ms: amount.nullable(),
  p95Ms: amount.nullable(),
  p99Ms: amount.nullable(),
  meanMs: amount.nullable(),
  minMs: amount.nullable(),
  maxMs: amount.nullable(),
};

const errorCounts = {
  clientErrors: count.describe('status 400-499; not in errorRate'),
  serverErrors: count.describe('status 500-599'),
  aborted: count.describe('the client went away before the response was complete'),
};

const errorRate = ratio.nullable().describe('server errors / requests in the window; null without requests');

const metrics = {
  window: z.object({ seconds: amount, coveredSeconds: amount }),
  requests: z.object({
    count: count.describe('completed in the window'),
    total: count.describe('completed since the start'),
    inFlight: count,
    perSecond: amount.nullable(),
  }),
  errors: z.object(errorCounts),
  errorsTotal: z.object(errorCounts),
  errorRate,
  responseTime: z.object({ ...responseTime, relativeError: ratio }),
  endpoints: z.array(
    z.object({
      method: z.string(),
      route: z.string(),
      requests: count,
      requestsTotal: count,
      ...errorCounts,
      errorRate,
      responseTime: z.object(responseTime),
    }),
  ),
  endpointLimit: z.object({ limit: count, tracked: count, relativeError: ratio }),
};

const detailed = { ...health, reasons: z.array(reason), instance, database: database.nullable(), system };

const alert = z.object({
  id: z.string(),
  type: alertType,
  severity,
  status: z.enum(['firing', 'resolved']),
  message: z.string(),
  value: z.number().nullable(),
  threshold: z.number().nullable(),
  unit,
  startedAt: time,
  resolvedAt: time.nullable(),
  durationSeconds: amount,
});

const severityCounts = z.object({ info: count, warning: count, error: count, critical: count });

const alerts = {
  firing: count,
  firingBySeverity: severityCounts,
  active: z.array(alert),
  history: z.object({
    size: count,
    limit: count,
    firedTotal: count,
    resolvedTotal: count,
    firedLastHour: count,
    firedLastDay: count,
    bySeverity: severityCounts,
    byType: z.partialRecord(alertType, count),
  }),
};

export const healthAnswer = z.object(health) satisfies z.ZodType<answers.HealthAnswer>;

export const detailedAnswer = z.object(detailed) satisfies z.ZodType<answers.DetailedAnswer>;

export const metricsAnswer = z.object({
  ...health,
  instance,
  ...metrics,
}) satisfies z.ZodType<answers.MetricsAnswer>;

export const diagnosticsAnswer = z.object({
  ...detailed,
  metrics: z.object(metrics),
  collections: z
    .object({
      countedAt: time,
      counts: z.array(z.object({ name: z.string(), documents: count.nullable() })),
      truncated: z.boolean(),
      error: z.string().nullable(),
    })
    .nullable(),
  recentErrors: z.array(
    z.object({
      at: time,
      method: z.string().nullable(),
      route: z.string().nullable(),
      statusCode: z.int().nullable(),
      name: z.string(),
      code: z.union([z.string(), z.number()]).nullable(),
      message: z.string(),
    }),
  ),
  alerts: z.object(alerts),
  thresholds: z.record(
    z.string(),
    z.object({ degraded: z.number().nullable(), unhealthy: z.number().nullable() }),
  ),
}) satisfies z.ZodType<answers.DiagnosticsAnswer>;

export const alertsSummaryAnswer = z.object({
  timestamp: time,
  status,
  ...alerts,
}) satisfies z.ZodType<answers.AlertsSummaryAnswer>;

export const alertsHistoryAnswer = z.object({
  timestamp: time,
  matched: count,
  limit: count,
  severity: z.array(severity).nullable(),
  alerts: z.array(alert),
}) satisfies z.ZodType<answers.AlertsHistoryAnswer>;

/** Every answer by the name of its schema file: docs/schema/monitor-NAME.schema.json. */
export const monitorAnswers = {
  health: { path: '/api/health', schema: healthAnswer },
  detailed: { path: '/api/health/detailed', schema: detailedAnswer },
  metrics: { path: '/api/health/metrics', schema: metricsAnswer },
  diagnostics: { path: '/api/health/diagnostics', schema: diagnosticsAnswer },
  'alerts-summary': { path: '/api/alerts/summary', schema: alertsSummaryAnswer },
  'alerts-history': { path: '/api/alerts/history', schema: alertsHistoryAnswer },
} as const;

/**
 * The part that the gate reads. A service in another language answers of it what it knows: a field that is
 * missing or null is "not measured" to the gate, never zero.
 */
export const gateAnswers = {
  'gate-health': {
    path: '/api/health',
    schema: z.object(health).partial({ version: true, uptimeSeconds: true, timestamp: true }),
  },
  'gate-detailed': {
    path: '/api/health/detailed',
    schema: z
      .object({
        reasons: z.array(reason.pick({ message: true })),
        database: database
          .pick({ status: true, responseTimeMs: true, error: true })
          .partial({ responseTimeMs: true, error: true })
          .nullable(),
        system: z
          .object({
            cpu: z.object({ percent: percent.nullable() }).partial(),
            memory: z.object({ usedPercent: percent.nullable() }).partial(),
          })
          .partial(),
      })
      .partial(),
  },
  'gate-metrics': {
    path: '/api/health/metrics',
    schema: z
      .object({
        requests: metrics.requests.pick({ count: true }),
        errorRate,
        responseTime: z.object(responseTime).pick({ p50Ms: true, p95Ms: true, p99Ms: true }).partial(),
      })
      .partial(),
  },
} as const;
