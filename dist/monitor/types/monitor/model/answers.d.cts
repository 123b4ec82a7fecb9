/**
 * What the six endpoints answer, as JSON. Field names carry their unit. `null` means "not known" or "no
 * data": a monitor never fills a gap with a zero, because a zero reads as healthy.
 * The same shapes as zod schemas are in schema.ts (used by tests and scripts only) and as JSON Schema in
 * docs/schema/monitor-*.schema.json.
 */
/** healthy and degraded answer with HTTP 200, unhealthy with 503. */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';
export type AlertSeverity = 'info' | 'warning' | 'error' | 'critical';
export type AlertType = 'database-down' | 'database-slow' | 'database-pool-exhausted' | 'high-error-rate' | 'slow-responses' | 'high-cpu' | 'cpu-throttled' | 'high-memory' | 'event-loop-blocked';
/** `GET /api/health`: public, so it names no host, no database and no reason. */
export interface HealthAnswer {
    readonly status: HealthStatus;
    /** The version that `createMonitor` was given. */
    readonly version: string;
    /** Seconds since the process started. */
    readonly uptimeSeconds: number;
    /** When this answer was made, ISO 8601 in UTC. */
    readonly timestamp: string;
}
/** A rule of the status that is broken right now. */
export interface Reason {
    readonly rule: AlertType;
    /** What this rule alone makes of the status. */
    readonly status: 'degraded' | 'unhealthy';
    readonly message: string;
    readonly value: number | null;
    readonly threshold: number | null;
    readonly unit: 'ratio' | 'percent' | 'ms' | 'count' | 'none';
}
/** Which process answered. Under cluster, or behind a balancer, each process has numbers of its own. */
export interface Instance {
    /** Random, new with each `createMonitor`. */
    readonly id: string;
    readonly hostname: string;
    readonly pid: number;
    /** `cluster.worker.id`, or null outside cluster. */
    readonly workerId: number | null;
    readonly startedAt: string;
}
export interface PoolStatistics {
    /** False where the monitor was attached after the client had connected: connections made before are missing. */
    readonly complete: boolean;
    readonly maxSize: number | null;
    /** Open connections. */
    readonly size: number;
    /** Connections in use by an operation. */
    readonly inUse: number;
    /** Operations that wait for a connection. */
    readonly waiting: number;
    readonly createdTotal: number;
    readonly closedTotal: number;
    readonly checkOutFailuresTotal: number;
    readonly clearedTotal: number;
}
export interface DatabaseAnswer {
    /** `unknown`: not answered yet, or the last answer is too old to count. */
    readonly status: 'up' | 'down' | 'unknown';
    /** Round trip of the last `ping` that was answered; null before the first one and while down. */
    readonly responseTimeMs: number | null;
    readonly name: string | null;
    /** When the database was last heard of or missed. */
    readonly checkedAt: string | null;
    readonly consecutiveFailures: number;
    /** Redacted; null while up. */
    readonly error: string | null;
    /** null where the driver's events cannot be had. */
    readonly pool: PoolStatistics | null;
}
export interface SystemAnswer {
    readonly cpu: {
        /**
         * CPU time of this process in the last sampling interval, as a share of the cores that it may use
         * (`cores`): 0 to 100. null before the first interval is over.
         */
        readonly percent: number | null;
        /** Cores that this process may use: the cgroup's quota where there is one, else the machine's. */
        readonly cores: number;
        readonly limitedBy: 'cgroup' | 'machine';
        /** The whole container's CPU time against its cores; null without cgroup v2. */
        readonly containerPercent: number | null;
        /** Share of the scheduler's periods in which the container was held back; null without a quota. */
        readonly throttledPercent: number | null;
    };
    readonly memory: {
        /**
         * `usedBytes / limitBytes`, 0 to 100. With a cgroup limit: the container's working set (memory.current
         * less inactive file cache). Without: this process's resident set against the machine's memory.
         */
        readonly usedPercent: number;
        readonly usedBytes: number;
        readonly limitBytes: number;
        readonly limitedBy: 'cgroup' | 'machine';
        readonly rssBytes: number;
        readonly heapUsedBytes: number;
        readonly heapTotalBytes: number;
        /** V8's limit (`--max-old-space-size`): the process dies there, whatever the container has left. */
        readonly heapLimitBytes: number;
        readonly heapUsedPercent: number;
        readonly externalBytes: number;
    };
    readonly eventLoop: {
        /** How much later than asked a timer fired, in the last sampling interval; null before it is over. */
        readonly delayP50Ms: number | null;
        readonly delayP99Ms: number | null;
        readonly delayMaxMs: number | null;
        /** Share of the last interval that the loop was busy, 0 to 1. */
        readonly utilization: number | null;
    };
    readonly gc: {
        readonly collectionsTotal: number;
        readonly majorCollectionsTotal: number;
        readonly pauseTotalMs: number;
        /** Share of the last interval spent in garbage collection, 0 to 100. */
        readonly pausePercent: number | null;
    };
    readonly uptimeSeconds: number;
    readonly versions: {
        readonly node: string;
        readonly v8: string;
        readonly openssl: string;
    };
    readonly platform: string;
    readonly arch: string;
    /** When CPU, event loop and garbage collection were last sampled. */
    readonly sampledAt: string | null;
}
/** `GET /api/health/detailed` */
export interface DetailedAnswer extends HealthAnswer {
    /** Empty when healthy. */
    readonly reasons: readonly Reason[];
    readonly instance: Instance;
    /** null where the monitor was given no MongoDB. */
    readonly database: DatabaseAnswer | null;
    readonly system: SystemAnswer;
}
/** Milliseconds over the window; null where the window holds no request. */
export interface ResponseTime {
    readonly p50Ms: number | null;
    readonly p95Ms: number | null;
    readonly p99Ms: number | null;
    readonly meanMs: number | null;
    readonly minMs: number | null;
    readonly maxMs: number | null;
}
export interface ErrorCounts {
    /** Responses with status 400–499: the client's errors, not in `errorRate`. */
    readonly clientErrors: number;
    /** Responses with status 500–599. */
    readonly serverErrors: number;
    /** The client went away before the response was complete. */
    readonly aborted: number;
}
export interface EndpointStatistics extends ErrorCounts {
    /** HTTP method, or `*` for the row that holds what has no row of its own. */
    readonly method: string;
    /** Route template (`/users/:id`), `(unmatched)`, or `(other)` past the limit of routes. */
    readonly route: string;
    readonly requests: number;
    readonly requestsTotal: number;
    readonly errorRate: number | null;
    readonly responseTime: ResponseTime;
}
/** `GET /api/health/metrics` */
export interface MetricsAnswer extends HealthAnswer {
    readonly instance: Instance;
    readonly window: {
        /** Length of the sliding window. */
        readonly seconds: number;
        /** How much of it is covered by now (less, shortly after the start). */
        readonly coveredSeconds: number;
    };
    readonly requests: {
        /** Completed in the window. */
        readonly count: number;
        /** Completed since the start. */
        readonly total: number;
        readonly inFlight: number;
        readonly perSecond: number | null;
    };
    /** In the window. */
    readonly errors: ErrorCounts;
    /** Since the start. */
    readonly errorsTotal: ErrorCounts;
    /** `serverErrors / requests.count` in the window, 0 to 1; null where the window holds no request. */
    readonly errorRate: number | null;
    readonly responseTime: ResponseTime & {
        /** A percentile is at most this much above the exact one: 0.001 is 0.1 %. */
        readonly relativeError: number;
    };
    /** Those seen in the window, most requests first. */
    readonly endpoints: readonly EndpointStatistics[];
    readonly endpointLimit: {
        readonly limit: number;
        readonly tracked: number;
        /** A percentile of an endpoint is at most this much above the exact one. */
        readonly relativeError: number;
    };
}
export interface CollectionCount {
    readonly name: string;
    /** Estimated from the collection's metadata; null where it could not be had. */
    readonly documents: number | null;
}
export interface RecentError {
    readonly at: string;
    readonly method: string | null;
    readonly route: string | null;
    readonly statusCode: number | null;
    readonly name: string;
    readonly code: string | number | null;
    /** Redacted: no quoted values, no document values, no credentials. */
    readonly message: string;
}
/** `GET /api/health/diagnostics`: all of it. */
export interface DiagnosticsAnswer extends DetailedAnswer {
    readonly metrics: Omit<MetricsAnswer, keyof HealthAnswer | 'instance'>;
    readonly collections: {
        readonly countedAt: string;
        readonly counts: readonly CollectionCount[];
        /** True where the database has more collections than the monitor counts. */
        readonly truncated: boolean;
        readonly error: string | null;
    } | null;
    /** Newest first. */
    readonly recentErrors: readonly RecentError[];
    readonly alerts: Omit<AlertsSummaryAnswer, 'timestamp' | 'status'>;
    /** The rules of the status, as configured. null switches one off. */
    readonly thresholds: Readonly<Record<string, {
        degraded: number | null;
        unhealthy: number | null;
    }>>;
}
export interface Alert {
    readonly id: string;
    readonly type: AlertType;
    readonly severity: AlertSeverity;
    readonly status: 'firing' | 'resolved';
    readonly message: string;
    readonly value: number | null;
    readonly threshold: number | null;
    readonly unit: Reason['unit'];
    readonly startedAt: string;
    readonly resolvedAt: string | null;
    /** Until now while it is firing. */
    readonly durationSeconds: number;
}
export type SeverityCounts = Readonly<Record<AlertSeverity, number>>;
/** `GET /api/alerts/summary` */
export interface AlertsSummaryAnswer {
    readonly timestamp: string;
    readonly status: HealthStatus;
    /** How many are firing now. */
    readonly firing: number;
    readonly firingBySeverity: SeverityCounts;
    readonly active: readonly Alert[];
    readonly history: {
        readonly size: number;
        readonly limit: number;
        /** Since the start. */
        readonly firedTotal: number;
        readonly resolvedTotal: number;
        readonly firedLastHour: number;
        readonly firedLastDay: number;
        readonly bySeverity: SeverityCounts;
        readonly byType: Readonly<Partial<Record<AlertType, number>>>;
    };
}
/** `GET /api/alerts/history?limit&severity` */
export interface AlertsHistoryAnswer {
    readonly timestamp: string;
    /** Entries that match, before `limit`. */
    readonly matched: number;
    readonly limit: number;
    readonly severity: readonly AlertSeverity[] | null;
    /** Newest first. */
    readonly alerts: readonly Alert[];
}
/** Every refusal: 400, 401, 404, 405, 429, 500. */
export interface ErrorAnswer {
    readonly error: string;
    readonly message: string;
}
