import type { ExpectedIndex } from './indexes.ts';
import type { Topology } from './server.ts';

/** How MongoDB is read, and what is expected of it. Times are milliseconds. */
export interface MongoOptions extends DatabaseExpectations {
  readonly timeoutMs: number;
  readonly samples: number;
  readonly warmup: number;
  readonly intervalMs: number;
  /** Expected indexes, by collection. */
  readonly indexes: ReadonlyMap<string, readonly ExpectedIndex[]>;
  /** An operation that runs longer is reported. */
  readonly longRunningMs: number;
}

/** What is expected of the database and its server. */
export interface DatabaseExpectations {
  /** Collections that must exist; they are counted, and their indexes are read. */
  readonly collections: readonly string[];
  readonly version?: VersionRange;
  readonly topology?: Topology;
  /** `7.0` */
  readonly featureCompatibilityVersion?: string;
}

/** Accepted versions of the server. */
export interface VersionRange {
  readonly text: string;
  includes(version: string): boolean;
}
