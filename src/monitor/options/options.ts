import type { IncomingMessage } from 'node:http';
import { ConfigurationError } from '../../support/errors.ts';
import { DEFAULT_MIN_REQUESTS, type Thresholds } from '../alerts/rules.ts';
import { SHORTEST_PING_INTERVAL_MS } from '../database/database-watch.ts';
import type { MongoSource } from '../database/port.ts';
import type { Alert } from '../model/answers.ts';
import { OptionChecks } from './option-checks.ts';

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
  readonly onAlert?: ((alert: Alert) => void | Promise<void>) | undefined;
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

const HOUR_MS = 3_600_000;

/** @throws ConfigurationError with every problem at once */
export function resolveOptions(options: MonitorOptions): Settings {
  const check = new OptionChecks();
  if (options === null || typeof options !== 'object') {
    throw new ConfigurationError({
      code: 'required',
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
    adminTokens: 'adminToken' in options ? check.tokens(options.adminToken) : [],
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
