import { defined } from '../../support/defined.ts';
import {
  type AppReading,
  type AppStatus,
  type AppValues,
  EMPTY_READING,
  listAt,
  numberAt,
  textAt,
} from './reading.ts';

/** The six endpoints of a monitored app, below its base URL. The first is public. */
export const ENDPOINTS = {
  health: '/api/health',
  detailed: '/api/health/detailed',
  metrics: '/api/health/metrics',
  diagnostics: '/api/health/diagnostics',
  alertsSummary: '/api/alerts/summary',
  alertsHistory: '/api/alerts/history',
} as const;

const STATUSES: ReadonlySet<string> = new Set(['healthy', 'degraded', 'unhealthy']);

/** The answer of `/api/health`; undefined where the JSON is something else. Pure. */
export function readHealth(json: unknown): AppReading | undefined {
  const status = textAt(json, 'status');
  if (status === undefined || !STATUSES.has(status)) return undefined;
  const version = textAt(json, 'version');
  return {
    ...EMPTY_READING,
    status: status as AppStatus,
    ...(version === undefined ? {} : { version }),
    values: defined<AppValues>({ app_uptime: numberAt(json, 'uptimeSeconds') }),
  };
}

/** `/api/health/detailed`: system and database. Pure. */
export function readDetailed(json: unknown): AppReading {
  const database = textAt(json, 'database', 'status');
  const error = textAt(json, 'database', 'error');
  return {
    ...EMPTY_READING,
    reasons: listAt(json, 'reasons').flatMap((reason) => textAt(reason, 'message') ?? []),
    values: defined<AppValues>({
      app_cpu: numberAt(json, 'system', 'cpu', 'percent'),
      app_memory: numberAt(json, 'system', 'memory', 'usedPercent'),
      app_database_response_time: numberAt(json, 'database', 'responseTimeMs'),
    }),
    // While the service has not looked yet, nothing is known.
    ...(database === 'up' || database === 'down'
      ? { database: { up: database === 'up', ...(error === undefined ? {} : { error }) } }
      : {}),
  };
}

/** `/api/health/metrics`: requests in the sliding window. Pure. */
export function readMetrics(json: unknown): AppReading {
  const p50 = numberAt(json, 'responseTime', 'p50Ms');
  const p95 = numberAt(json, 'responseTime', 'p95Ms');
  const p99 = numberAt(json, 'responseTime', 'p99Ms');
  const some = p50 !== undefined || p95 !== undefined || p99 !== undefined;
  return {
    ...EMPTY_READING,
    values: defined<AppValues>({
      app_requests: numberAt(json, 'requests', 'count'),
      app_error_rate: numberAt(json, 'errorRate'),
      responseTime: some
        ? defined<NonNullable<AppValues['responseTime']>>({ 50: p50, 95: p95, 99: p99 })
        : undefined,
    }),
  };
}

/**
 * `/api/alerts/summary`, and of `/api/alerts/history` what fired since the gate began, even if it is over:
 * an alert that came and went after a deployment is worth a warning. Pure.
 */
export function readAlerts(summary: unknown, history: unknown, since: number): AppReading {
  const say = (alert: unknown, over: string) =>
    `${textAt(alert, 'type') ?? 'alert'} (${textAt(alert, 'severity') ?? '?'}${over})`;
  const active = listAt(summary, 'active').filter((alert) => serious(alert));
  const ids = new Set(active.map((alert) => textAt(alert, 'id')));
  const recent = listAt(history, 'alerts').filter(
    (alert) =>
      serious(alert) &&
      !ids.has(textAt(alert, 'id')) &&
      Date.parse(textAt(alert, 'startedAt') ?? '') >= since,
  );
  return {
    ...EMPTY_READING,
    alerts: [...active.map((alert) => say(alert, '')), ...recent.map((alert) => say(alert, ', over again'))],
  };
}

function serious(alert: unknown): boolean {
  return textAt(alert, 'severity') !== 'info';
}
