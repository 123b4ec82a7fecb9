import type { IncomingMessage } from 'node:http';
import { type Thresholds } from '../alerts/rules.js';
import type { MongoSource } from '../database/port.js';
import type { Alert } from '../model/answers.js';
/** A level of its own, or of one side only; null switches a side off. What is left out keeps its default. */
export type ThresholdOverrides = {
    readonly [Name in keyof Thresholds]?: {
        readonly degraded?: number | null | undefined;
        readonly unhealthy?: number | null | undefined;
    } | undefined;
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
    readonly ignore?: ((request: {
        readonly method: string;
        readonly url: string;
    }) => boolean) | undefined;
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
/** @throws ConfigurationError with every problem at once */
export declare function resolveOptions(options: MonitorOptions): Settings;
