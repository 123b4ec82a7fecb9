import type { Verdict } from '../../report/vocabulary.ts';
import type { HttpVersion } from '../http/client.ts';
import type { Expectation } from '../http/expectation.ts';
import type { Pattern } from '../http/pattern.ts';
import type { ExpectedIndex } from '../mongodb/indexes.ts';
import type { Topology } from '../mongodb/server.ts';
import type { Threshold } from '../thresholds/condition.ts';

/** What `verify` does: validated data, with every default filled in. Times are milliseconds. */
export interface VerifyOptions {
  readonly targets: readonly TargetOptions[];
  /** Present where a database is given. */
  readonly mongo?: MongoOptions;
  /** Present where the service tells of itself. */
  readonly app?: AppOptions;
  /** A host that must answer for failures to count. */
  readonly control?: TargetOptions;
  readonly thresholds: readonly Threshold[];
  readonly initialDelayMs: number;
  /** Bounds the phases that wait: reachable and right version, together. */
  readonly waitTimeoutMs: number;
  /** How many probes may be under way at once. */
  readonly concurrency: number;
  readonly baseline: BaselineOptions;
  /** Verdicts that fail the step. */
  readonly failOn: readonly Verdict[];
  /** What the reader should know of the settings themselves. */
  readonly notices?: readonly string[];
}

export interface TargetOptions {
  readonly name: string;
  /** http or https; may carry user info and a query, so it is never shown. */
  readonly url: URL;
  readonly method: string;
  /** Lower-case names. Values are secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly expectedStatus: readonly StatusRange[];
  readonly timeoutMs: number;
  readonly samples: number;
  readonly warmup: number;
  readonly intervalMs: number;
  /** A failed sample is tried again so many times; that it needed it is told. */
  readonly retries: number;
  /** Redirects to follow; 0 refuses any where `expectedStatus` does not allow it. */
  readonly maxRedirects: number;
  /** More bytes than this in an answer fail the probe; no more are read. */
  readonly bodyLimit: number;
  readonly version?: VersionExpectation;
  /** What an answer must hold beyond its status. */
  readonly expectations: readonly Expectation[];
  readonly http: HttpVersion;
  /** Certificates in PEM to trust, in place of the usual ones. */
  readonly ca?: string;
  /** `new`: each sample opens its own connection, so that a balancer spreads them over all instances. */
  readonly connections: 'new' | 'reuse';
}

/** Both ends belong to the range. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** Where an answer carries the version. */
export type VersionPlace =
  | { readonly kind: 'json'; readonly pointer: string }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'pattern'; readonly pattern: Pattern };

export interface VersionExpectation {
  readonly expected: string;
  readonly place: VersionPlace;
}

export interface BaselineOptions {
  /** `record` pins this run's samples; `compare` judges by them, and records where there are none yet. */
  readonly mode: 'none' | 'record' | 'compare';
  /** Times differ by this much without being worse. */
  readonly floorMs: number;
}

/** Where a service tells of itself. At least one of the two addresses is there. */
export interface AppOptions {
  readonly baseUrl?: URL;
  /** What answers below `baseUrl`; `auto` finds out. */
  readonly format: 'auto' | 'deploy-guard' | 'actuator' | 'health-json';
  readonly prometheusUrl?: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** How often its health is read while the targets are sampled, and how far apart. */
  readonly samples: number;
  readonly intervalMs: number;
  readonly expectedVersion?: string;
}

export interface MongoOptions extends DatabaseExpectations {
  readonly timeoutMs: number;
  readonly samples: number;
  readonly warmup: number;
  readonly intervalMs: number;
  /** Indexes that are expected, by collection. */
  readonly indexes: ReadonlyMap<string, readonly ExpectedIndex[]>;
  /** An operation that runs longer is told. */
  readonly longRunningMs: number;
}

/** What is expected of the database and its server. */
export interface DatabaseExpectations {
  /** Collections that must be there; they are counted, and their indexes looked at. */
  readonly collections: readonly string[];
  readonly version?: VersionRange;
  readonly topology?: Topology;
  /** `7.0` */
  readonly featureCompatibilityVersion?: string;
}

/** Versions of the server that will do. */
export interface VersionRange {
  readonly text: string;
  includes(version: string): boolean;
}

/** `200-299, 301`: the ranges as written. */
export function statusText(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
