import type { HttpVersion } from './client.ts';
import type { VersionPlace } from './content.ts';
import type { Expectation } from './expectation.ts';

/** One address to probe, and what counts as an answer of it. Times are milliseconds. */
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
  /** Retries per sample. A check that passes only after a retry is `warn`. */
  readonly retries: number;
  /** Redirects to follow; 0 refuses every redirect that `expectedStatus` does not allow. */
  readonly maxRedirects: number;
  /** An answer of more bytes than this fails the probe; no more are read. */
  readonly bodyLimit: number;
  readonly version?: VersionExpectation;
  /** What an answer must hold beyond its status. */
  readonly expectations: readonly Expectation[];
  readonly http: HttpVersion;
  /** Certificates in PEM to trust, in place of the system's. */
  readonly ca?: string;
  /** `new`: each sample opens its own connection, so that a balancer spreads them over all instances. */
  readonly connections: 'new' | 'reuse';
}

/** Both ends belong to the range. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

export interface VersionExpectation {
  readonly expected: string;
  readonly place: VersionPlace;
}

/** `200-299, 301`: the ranges as written. */
export function statusText(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
