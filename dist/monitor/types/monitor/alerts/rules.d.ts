import type { AlertSeverity, DatabaseAnswer, HealthStatus, Reason, SystemAnswer } from '../model/answers.js';
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
export declare const DEFAULT_THRESHOLDS: Thresholds;
/** With fewer requests in the window, error rate and response time are not judged: one error in three is no trend. */
export declare const DEFAULT_MIN_REQUESTS = 20;
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
export declare function brokenRules(snapshot: Snapshot, options: RuleOptions): Reason[];
/** The worst of the broken rules (pure). */
export declare function statusOf(reasons: readonly Reason[]): HealthStatus;
/** How loud the alert of a broken rule is (pure). */
export declare function severityOf(reason: Reason): AlertSeverity;
