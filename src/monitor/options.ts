import type { IncomingMessage } from 'node:http';
import { parseDuration } from '../support/duration.ts';
import { ConfigurationError, type Problem } from '../support/errors.ts';
import { DEFAULT_MIN_REQUESTS, DEFAULT_THRESHOLDS, type Level, type Thresholds } from './alerts/rules.ts';
import type { Alert } from './answers.ts';
import { SHORTEST_PING_INTERVAL_MS } from './database/database-watch.ts';
import { isMongoSource, type MongoSource } from './database/port.ts';

/** A level of its own, or of one side only; null switches a side off. What is left out keeps its default. */
export type ThresholdOverrides = {
  readonly [Name in keyof Thresholds]?:
    | { readonly degraded?: number | null | undefined; readonly unhealthy?: number | null | undefined }
    | undefined;
};

/** Durations are written `500ms`, `30s`, `5m`, `1h`. */
export interface MonitorOptions {
  /** The version of the app, as the gate's `expected-version` waits for it; a function is asked each time. */
  readonly version: string | (() => string);
  /** The app's MongoClient or Db, or a function that gives one once the app has connected. */
  readonly mongo?: MongoSource | undefined;
  /** The database's name, where `mongo` is a client and the name in its URI is not the one. */
  readonly database?: string | undefined;
  /** False: without its database the app is degraded, not unhealthy. Default true. */
  readonly databaseRequired?: boolean | undefined;
  /**
   * One or more tokens (to change one without a gap), each 16 characters or longer. Every endpoint but
   * `/api/health` then asks for `Authorization: Bearer TOKEN`. `false`, or left out: open to everybody.
   * Given but empty is an error, so that a missing environment variable does not open the endpoints.
   */
  readonly adminToken?: string | readonly string[] | false | undefined;
  /** What the endpoints' paths begin with. Default `/api`. */
  readonly basePath?: string | undefined;
  /** The sliding window of statistics, `10s` to `1h`. Default `5m`. */
  readonly window?: string | undefined;
  /** How many routes get statistics of their own, 1 to 1000; the rest share one row. Default 100. */
  readonly maxRoutes?: number | undefined;
  /** With fewer requests in the window, error rate and response time are not judged. Default 20. */
  readonly minRequests?: number | undefined;
  readonly thresholds?: ThresholdOverrides | undefined;
  /** How often CPU and event loop are sampled and alerts evaluated, `1s` to `1m`. Default `10s`. */
  readonly sampleInterval?: string | undefined;
  /** How often the database is pinged, `30s` or more. Default `30s`. */
  readonly databaseInterval?: string | undefined;
  /** When a ping counts as not answered, `100ms` to `30s`. Default `5s`. */
  readonly databaseTimeout?: string | undefined;
  /** The collections that diagnostics counts. Default: those of the database, up to 50. */
  readonly collections?: readonly string[] | undefined;
  /** How long counts are kept, `1m` or more. Default `5m`. */
  readonly collectionsMaxAge?: string | undefined;
  /** Requests that are not counted, such as event streams that stay open for hours. */
  readonly ignore?: ((request: { readonly method: string; readonly url: string }) => boolean) | undefined;
  /**
   * The route template of a request on a plain Node server. Templates must come from a bounded set.
   * Default: the path, with segments that look like data replaced by `:id`.
   */
  readonly route?: ((request: IncomingMessage) => string | undefined) | undefined;
  /** The client's address behind a proxy. Default: `request.ip` of Express and Fastify, else the socket's. */
  readonly clientAddress?: ((request: IncomingMessage | Request) => string | undefined) | undefined;
  /** Called when an alert fires, grows more severe or is resolved. What it throws is recorded, not passed on. */
  readonly onAlert?: ((alert: Alert) => void) | undefined;
}

/** Options with every default filled in; durations in milliseconds. */
export interface Settings {
  readonly version: () => string;
  readonly mongo: MongoSource | null;
  readonly database: string | undefined;
  readonly databaseRequired: boolean;
  readonly adminTokens: readonly string[];
  readonly basePath: string;
  readonly windowMs: number;
  readonly maxRoutes: number;
  readonly minRequests: number;
  readonly thresholds: Thresholds;
  readonly sampleIntervalMs: number;
  readonly databaseIntervalMs: number;
  readonly databaseTimeoutMs: number;
  readonly collections: readonly string[] | undefined;
  readonly collectionsMaxAgeMs: number;
  readonly ignore: MonitorOptions['ignore'];
  readonly route: MonitorOptions['route'];
  readonly clientAddress: MonitorOptions['clientAddress'];
  readonly onAlert: MonitorOptions['onAlert'];
}

const NAMES = [
  'version',
  'mongo',
  'database',
  'databaseRequired',
  'adminToken',
  'basePath',
  'window',
  'maxRoutes',
  'minRequests',
  'thresholds',
  'sampleInterval',
  'databaseInterval',
  'databaseTimeout',
  'collections',
  'collectionsMaxAge',
  'ignore',
  'route',
  'clientAddress',
  'onAlert',
] as const satisfies readonly (keyof MonitorOptions)[];

/** Shorter tokens can be guessed. */
export const SHORTEST_TOKEN = 16;
const HOUR_MS = 3_600_000;

/** @throws ConfigurationError with every problem at once */
export function resolveOptions(options: MonitorOptions): Settings {
  const check = new Checks();
  if (options === null || typeof options !== 'object') {
    throw new ConfigurationError({
      where: 'createMonitor',
      message: 'needs options',
      hint: "Write { version: '1.2.3' }.",
    });
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.some((known) => known === name)) {
      check.problem(name, 'there is no such option', `Write one of: ${NAMES.join(', ')}.`);
    }
  }
  const settings: Settings = {
    version: check.version(options.version),
    mongo: check.mongo(options.mongo),
    database: options.database === undefined ? undefined : check.text('database', options.database),
    databaseRequired: check.flag('databaseRequired', options.databaseRequired, true),
    adminTokens: check.tokens(options),
    basePath: check.basePath(options.basePath ?? '/api'),
    windowMs: check.duration('window', options.window, '5m', 10_000, HOUR_MS),
    maxRoutes: check.integer('maxRoutes', options.maxRoutes, 100, 1, 1_000),
    minRequests: check.integer('minRequests', options.minRequests, DEFAULT_MIN_REQUESTS, 1, 1_000_000),
    thresholds: check.thresholds(options.thresholds),
    sampleIntervalMs: check.duration('sampleInterval', options.sampleInterval, '10s', 1_000, 60_000),
    databaseIntervalMs: check.duration(
      'databaseInterval',
      options.databaseInterval,
      '30s',
      SHORTEST_PING_INTERVAL_MS,
      HOUR_MS,
    ),
    databaseTimeoutMs: check.duration('databaseTimeout', options.databaseTimeout, '5s', 100, 30_000),
    collections: check.names('collections', options.collections),
    collectionsMaxAgeMs: check.duration(
      'collectionsMaxAge',
      options.collectionsMaxAge,
      '5m',
      60_000,
      24 * HOUR_MS,
    ),
    ignore: check.callback('ignore', options.ignore),
    route: check.callback('route', options.route),
    clientAddress: check.callback('clientAddress', options.clientAddress),
    onAlert: check.callback('onAlert', options.onAlert),
  };
  check.done();
  return settings;
}

class Checks {
  readonly #problems: Problem[] = [];

  problem(where: string, message: string, hint: string): void {
    this.#problems.push({ where, message, hint });
  }

  done(): void {
    if (this.#problems.length > 0) throw new ConfigurationError(this.#problems);
  }

  text(where: string, value: unknown): string {
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.problem(where, 'is missing or empty', `Give a text, such as ${where}: '1.2.3'.`);
    return '';
  }

  version(value: unknown): () => string {
    if (typeof value === 'function') return () => String(value());
    const text = this.text('version', value);
    return () => text;
  }

  flag(where: string, value: unknown, fallback: boolean): boolean {
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    this.problem(where, `${typeof value} is no boolean`, 'Write true or false.');
    return fallback;
  }

  integer(where: string, value: unknown, fallback: number, least: number, most: number): number {
    if (value === undefined) return fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    this.problem(where, `${shape(value)} is out of range`, `Write a whole number from ${least} to ${most}.`);
    return fallback;
  }

  duration(where: string, value: unknown, fallback: string, leastMs: number, mostMs: number): number {
    const ms = typeof value === 'string' ? parseDuration(value) : undefined;
    if (value === undefined) return parseDuration(fallback) ?? leastMs;
    if (ms !== undefined && ms >= leastMs && ms <= mostMs) return ms;
    const range = `from ${leastMs / 1_000}s to ${mostMs / 1_000}s`;
    this.problem(
      where,
      `${shape(value)} is no duration ${range}`,
      `Write a duration ${range}, such as '${fallback}'.`,
    );
    return leastMs;
  }

  names(where: string, value: unknown): readonly string[] | undefined {
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '')) return value;
    this.problem(where, 'is no list of names', `Write ${where}: ['orders', 'users'].`);
    return undefined;
  }

  callback<T>(where: string, value: T): T {
    if (value !== undefined && typeof value !== 'function') {
      this.problem(where, `${typeof value} is no function`, 'Give a function, or leave it out.');
    }
    return value;
  }

  mongo(value: unknown): MongoSource | null {
    if (value === undefined) return null;
    if (isMongoSource(value)) return value;
    this.problem(
      'mongo',
      `${value === null ? 'null' : typeof value} is neither a MongoClient nor a Db`,
      'Give the MongoClient or Db of the app (of Mongoose: connection.getClient()), or a function that returns it.',
    );
    return null;
  }

  basePath(value: unknown): string {
    const path = typeof value === 'string' ? value.replace(/\/+$/, '') : undefined;
    if (path !== undefined && (path === '' || /^(\/[\w.~-]+)+$/.test(path))) return path;
    this.problem('basePath', `${shape(value)} is no path`, "Write a path such as '/api', without query.");
    return '/api';
  }

  /** Shows a token's length only, never the token. */
  tokens(options: MonitorOptions): readonly string[] {
    const { adminToken } = options;
    if (!('adminToken' in options) || adminToken === false) return [];
    const tokens: readonly unknown[] = Array.isArray(adminToken) ? adminToken : [adminToken];
    const hint =
      'Set it to 16 random characters or more (openssl rand -hex 32); to leave the endpoints open, write adminToken: false.';
    if (tokens.length === 0) this.problem('adminToken', 'was given but holds no token', hint);
    for (const token of tokens) {
      if (typeof token !== 'string' || token === '') {
        this.problem('adminToken', 'was given but is empty', hint);
      } else if (token.length < SHORTEST_TOKEN) {
        this.problem('adminToken', `${token.length} characters are too few`, hint);
      } else if (!/^[\x21-\x7e]+$/.test(token)) {
        this.problem('adminToken', 'holds a blank or a character that a header cannot carry', hint);
      }
    }
    return tokens.filter((token) => typeof token === 'string');
  }

  thresholds(overrides: unknown): Thresholds {
    if (overrides === undefined) return DEFAULT_THRESHOLDS;
    const known = Object.keys(DEFAULT_THRESHOLDS);
    if (overrides === null || typeof overrides !== 'object') {
      this.problem('thresholds', `${shape(overrides)} is no object`, `Its keys are: ${known.join(', ')}.`);
      return DEFAULT_THRESHOLDS;
    }
    const result: Record<keyof Thresholds, Level> = { ...DEFAULT_THRESHOLDS };
    for (const [name, level] of Object.entries(overrides)) {
      if (!isThreshold(name)) {
        this.problem(
          `thresholds.${name}`,
          'there is no such threshold',
          `Write one of: ${known.join(', ')}.`,
        );
      } else if (level !== undefined) {
        result[name] = this.#level(`thresholds.${name}`, level, DEFAULT_THRESHOLDS[name]);
      }
    }
    return result;
  }

  #level(where: string, level: unknown, fallback: Level): Level {
    if (level === null || typeof level !== 'object') {
      this.problem(
        where,
        `${shape(level)} is no level`,
        'Write { degraded: NUMBER, unhealthy: NUMBER }; null switches one off.',
      );
      return fallback;
    }
    const result: { degraded: number | null; unhealthy: number | null } = { ...fallback };
    for (const [side, value] of Object.entries(level)) {
      if (side !== 'degraded' && side !== 'unhealthy') {
        this.problem(`${where}.${side}`, 'there is no such level', 'Write degraded or unhealthy.');
      } else if (value === null || (typeof value === 'number' && Number.isFinite(value) && value >= 0)) {
        result[side] = value;
      } else if (value !== undefined) {
        this.problem(
          `${where}.${side}`,
          `${shape(value)} is no level`,
          'Write a number of 0 or more, or null to switch it off.',
        );
      }
    }
    if (result.degraded !== null && result.unhealthy !== null && result.degraded > result.unhealthy) {
      this.problem(
        where,
        `degraded (${result.degraded}) is above unhealthy (${result.unhealthy})`,
        'Write a lower degraded, or unhealthy: null.',
      );
    }
    return result;
  }
}

function isThreshold(name: string): name is keyof Thresholds {
  return Object.hasOwn(DEFAULT_THRESHOLDS, name);
}

/** A value for a message: short ones as they are, the rest by their type. */
function shape(value: unknown): string {
  const text =
    typeof value === 'string' ? `'${value}'` : typeof value === 'number' ? String(value) : typeof value;
  return text.length > 40 ? typeof value : text;
}
