/** What a service reports about itself, in whatever format. What it does not report is absent, never zero. */
export interface AppReading {
  readonly status?: AppStatus;
  /** Why the status is not `healthy`. */
  readonly reasons: readonly string[];
  readonly version?: string;
  /** Every version that it reports, if there are several: of the build, of the commit. */
  readonly versions?: readonly string[];
  /** Why its counters are not of one process, and their differences so mean nothing. */
  readonly severalProcesses?: string;
  readonly values: AppValues;
  readonly database?: { readonly up: boolean; readonly error?: string };
  /** Alerts that the service's own monitoring has firing. */
  readonly alerts: readonly string[];
  /** Endpoints that could not be read, by path, with the reason. */
  readonly unread: ReadonlyMap<string, Unread>;
}

export type AppStatus = 'healthy' | 'degraded' | 'unhealthy';

export interface Unread {
  /** `token`: it asks for a token. `missing`: there is none. `failed`: anything else. */
  readonly kind: 'token' | 'missing' | 'failed';
  readonly reason: string;
}

/** By name of the metric, in its unit. */
export interface AppValues {
  readonly app_requests?: number;
  /** 0 to 1. */
  readonly app_error_rate?: number;
  readonly app_cpu?: number;
  readonly app_memory?: number;
  readonly app_uptime?: number;
  readonly app_database_response_time?: number;
  /** Milliseconds by percentile. */
  readonly responseTime?: { readonly 50?: number; readonly 95?: number; readonly 99?: number };
}

/** Later readings win; what only one of them reports is kept. */
export function mergeReadings(readings: readonly AppReading[]): AppReading {
  return {
    ...Object.assign({}, ...readings),
    reasons: readings.flatMap(({ reasons }) => reasons),
    values: Object.assign({}, ...readings.map(({ values }) => values)),
    alerts: readings.flatMap(({ alerts }) => alerts),
    unread: new Map(readings.flatMap(({ unread }) => [...unread])),
  };
}

export const EMPTY_READING: AppReading = { reasons: [], values: {}, alerts: [], unread: new Map() };

/** Reads into unknown JSON: a value at a path of keys, if it is of the kind asked for. */
export function numberAt(document: unknown, ...path: readonly string[]): number | undefined {
  const value = valueAt(document, path);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function textAt(document: unknown, ...path: readonly string[]): string | undefined {
  const value = valueAt(document, path);
  return typeof value === 'string' ? value : undefined;
}

export function listAt(document: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(document, path);
  return Array.isArray(value) ? value : [];
}

export function recordAt(document: unknown, ...path: readonly string[]): Readonly<Record<string, unknown>> {
  const value = valueAt(document, path);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  let current = document;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}
