import type {
  AlertSeverity,
  AlertType,
  DatabaseAnswer,
  HealthStatus,
  Reason,
  SystemAnswer,
} from '../model/answers.ts';

/** Above `degraded` or `unhealthy` the rule is broken; null switches that level off. */
export interface Level {
  readonly degraded: number | null;
  readonly unhealthy: number | null;
}

export interface Thresholds {
  /** Share of responses with status 5xx in the window, 0 to 1. */
  readonly errorRate: Level;
  /** 95th percentile of all requests in the window, milliseconds. */
  readonly responseTimeP95Ms: Level;
  /** The higher of the process's and the container's share of their cores, 0 to 100. */
  readonly cpuPercent: Level;
  /** Share of scheduler periods in which the container was held back, 0 to 100. */
  readonly cpuThrottledPercent: Level;
  /** The higher of memory against its limit and V8's heap against its limit, 0 to 100. */
  readonly memoryPercent: Level;
  /** 99th percentile of the event loop's delay in the last sampling interval, milliseconds. */
  readonly eventLoopDelayP99Ms: Level;
  /** The last answered ping, milliseconds. */
  readonly databaseResponseTimeMs: Level;
  /** Operations that wait for a connection of the pool. */
  readonly databasePoolWaiting: Level;
}

/**
 * Few things make a service unhealthy by themselves, since 503 may take it out of a balancer: a lost
 * database, one error in four, memory about to run out. The rest degrades.
 */
export const DEFAULT_THRESHOLDS: Thresholds = {
  errorRate: { degraded: 0.05, unhealthy: 0.25 },
  responseTimeP95Ms: { degraded: 1_000, unhealthy: null },
  cpuPercent: { degraded: 85, unhealthy: null },
  cpuThrottledPercent: { degraded: 25, unhealthy: null },
  memoryPercent: { degraded: 85, unhealthy: 95 },
  eventLoopDelayP99Ms: { degraded: 200, unhealthy: null },
  databaseResponseTimeMs: { degraded: 200, unhealthy: null },
  databasePoolWaiting: { degraded: 10, unhealthy: null },
};

/** With fewer requests in the window, error rate and response time are not judged: one error in three is no trend. */
export const DEFAULT_MIN_REQUESTS = 20;

/** What the rules look at. */
export interface Snapshot {
  readonly requests: number;
  readonly errorRate: number | null;
  readonly p95Ms: number | null;
  readonly system: Pick<SystemAnswer, 'cpu' | 'memory' | 'eventLoop'>;
  readonly database: DatabaseAnswer | null;
}

export interface RuleOptions {
  readonly thresholds: Thresholds;
  readonly minRequests: number;
  /** False: a lost database degrades the service, it can do without. */
  readonly databaseRequired: boolean;
}

/** The rules that are broken now (pure). Empty means healthy. */
export function brokenRules(snapshot: Snapshot, options: RuleOptions): Reason[] {
  const { thresholds } = options;
  const { cpu, memory, eventLoop } = snapshot.system;
  const enough = snapshot.requests >= options.minRequests;
  const { database } = snapshot;
  const reasons = [
    ...databaseReachable(database, options.databaseRequired),
    above(
      'database-slow',
      'database answers slowly',
      database?.responseTimeMs ?? null,
      'ms',
      thresholds.databaseResponseTimeMs,
    ),
    above(
      'database-pool-exhausted',
      'operations waiting for a database connection',
      database?.pool?.waiting ?? null,
      'count',
      thresholds.databasePoolWaiting,
    ),
    above('high-error-rate', 'error rate', enough ? snapshot.errorRate : null, 'ratio', thresholds.errorRate),
    above(
      'slow-responses',
      '95th percentile of response time',
      enough ? snapshot.p95Ms : null,
      'ms',
      thresholds.responseTimeP95Ms,
    ),
    above('high-cpu', 'CPU', highest(cpu.percent, cpu.containerPercent), 'percent', thresholds.cpuPercent),
    above(
      'cpu-throttled',
      'time the container was throttled',
      cpu.throttledPercent,
      'percent',
      thresholds.cpuThrottledPercent,
    ),
    above(
      'high-memory',
      memory.heapUsedPercent > memory.usedPercent ? "V8's heap" : 'memory',
      highest(memory.usedPercent, memory.heapUsedPercent),
      'percent',
      thresholds.memoryPercent,
    ),
    above(
      'event-loop-blocked',
      '99th percentile of event-loop delay',
      eventLoop.delayP99Ms,
      'ms',
      thresholds.eventLoopDelayP99Ms,
    ),
  ];
  return reasons.filter((reason) => reason !== null);
}

/** The worst of the broken rules (pure). */
export function statusOf(reasons: readonly Reason[]): HealthStatus {
  if (reasons.some(({ status }) => status === 'unhealthy')) return 'unhealthy';
  return reasons.length > 0 ? 'degraded' : 'healthy';
}

/** How loud the alert of a broken rule is (pure). */
export function severityOf(reason: Reason): AlertSeverity {
  if (reason.status === 'unhealthy') return 'critical';
  return reason.rule === 'high-error-rate' || reason.rule === 'database-down' ? 'error' : 'warning';
}

function databaseReachable(database: DatabaseAnswer | null, required: boolean): Reason[] {
  if (database === null || database.status === 'up') return [];
  const down = database.status === 'down';
  return [
    {
      rule: 'database-down',
      status: down && required ? 'unhealthy' : 'degraded',
      message: down ? 'the database does not answer' : 'it is not known whether the database answers',
      value: null,
      threshold: null,
      unit: 'none',
    },
  ];
}

function above(
  rule: AlertType,
  what: string,
  value: number | null,
  unit: Reason['unit'],
  level: Level,
): Reason | null {
  if (value === null) return null;
  const status =
    level.unhealthy !== null && value > level.unhealthy
      ? 'unhealthy'
      : level.degraded !== null && value > level.degraded
        ? 'degraded'
        : null;
  if (status === null) return null;
  const threshold = level[status];
  return {
    rule,
    status,
    message: `${what}: ${show(value, unit)}, more than ${show(threshold ?? 0, unit)}`,
    value,
    threshold,
    unit,
  };
}

function show(value: number, unit: Reason['unit']): string {
  if (unit === 'ratio') return `${trim(value * 100)} %`;
  return `${trim(value)}${{ percent: ' %', ms: ' ms', count: '', none: '' }[unit]}`;
}

function trim(value: number): string {
  return String(Number(value.toFixed(1)));
}

function highest(...values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
