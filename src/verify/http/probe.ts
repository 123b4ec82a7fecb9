import { formatDuration } from '../../support/duration.ts';
import { shorten } from '../../support/format.ts';
import { formatValue } from '../metrics/format.ts';
import {
  BodyTooLargeError,
  type HttpAnswer,
  type HttpClient,
  type PeerCertificate,
  ProbeTimeoutError,
  StaleConnectionError,
  type Timings,
} from './client.ts';
import { headerOf, versionIn } from './content.ts';
import { unmet } from './expectation.ts';
import { type Failure, failureOf } from './failure.ts';
import { statusText, type TargetOptions, type VersionExpectation } from './options.ts';
import { headersAfterRedirect, REDIRECTS } from './redirect.ts';
import { type AddressesOf, refusedRedirect } from './redirect-address.ts';
import { refusalOf } from './refusal.ts';
import { selfReportOf } from './self-report.ts';
import { sameVersion } from './version.ts';

/** One probe of a target: all its redirects, timed, and what was wrong with it, if anything. */
export interface Probe {
  /** Absent if no complete answer came. Summed over redirects. */
  readonly timings?: Timings;
  /** Of a probe that timed out: how long it waited, so that it is not left out of durations. */
  readonly timedOutAfterMs?: number;
  readonly failure?: Failure;
  readonly status?: number;
  readonly redirects: number;
  /** Path of the address that answered in the end, if there were redirects. */
  readonly redirectedTo?: string;
  /** A cache answered in place of the service. */
  readonly cached?: boolean;
  /** What the answer says that makes it less than a clean pass. */
  readonly suspicion?: string;
  /** The version that the answer carried, if one is expected. */
  readonly version?: string;
  readonly certificate?: PeerCertificate;
  /** The firewall that refused the probe, as `403 by Cloudflare`. */
  readonly refusal?: string;
}

const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Probes a target once. Never throws but for the signal's reason. */
export async function probe(
  client: HttpClient,
  target: TargetOptions,
  signal?: AbortSignal,
  addressesOf?: AddressesOf,
): Promise<Probe> {
  const begun = performance.now();
  const sum: Timings = { blocked: 0, connecting: 0, tlsHandshaking: 0, waiting: 0, receiving: 0 };
  let certificate: PeerCertificate | undefined;
  let redirects = 0;
  let request = {
    url: target.url,
    method: target.method,
    headers: target.headers,
    body: target.body,
  };
  try {
    for (;;) {
      const left = target.timeoutMs - (performance.now() - begun);
      if (left <= 0) throw new ProbeTimeoutError('waiting', target.timeoutMs);
      const answer = await patiently(client, { ...wants(target), ...request, timeoutMs: left });
      addTimings(sum, answer.timings);
      // The first hop's: it is the target's own.
      certificate ??= answer.certificate;
      const shown = {
        timings: sum,
        status: answer.status,
        redirects,
        ...(certificate ? { certificate } : {}),
        ...(redirects > 0 ? { redirectedTo: placeOf(request.url, target.url) } : {}),
        ...(fromCache(answer) ? { cached: true } : {}),
      };
      if (isExpected(target, answer.status) || !REDIRECTS.has(answer.status)) {
        return { ...shown, ...judgeAnswer(target, answer) };
      }
      const next = redirectTo(target, request, answer, redirects);
      if ('failure' in next) return { ...shown, failure: next.failure };
      const refused = await refusedRedirect(target.url, next.url, addressesOf);
      if (refused !== undefined) {
        const reason = `answered ${answer.status} to ${refused}`;
        return { ...shown, failure: { kind: 'redirect', status: answer.status, reason } };
      }
      redirects++;
      request = next;
    }
  } catch (error) {
    signal?.throwIfAborted();
    return { redirects, ...(certificate ? { certificate } : {}), ...failedProbe(target, error) };
  }
}

function wants(target: TargetOptions) {
  return {
    keepBody:
      target.expectations.some(({ on }) => on !== 'header') ||
      (target.version !== undefined && target.version.place.kind !== 'header'),
    bodyLimit: target.bodyLimit,
    connections: target.connections,
  };
}

/** A kept connection that the server closed meanwhile says nothing about the server: HTTP repeats (RFC 9110, 9.2.2). */
async function patiently(
  client: HttpClient,
  request: Parameters<HttpClient['request']>[0],
): Promise<HttpAnswer> {
  try {
    return await client.request(request);
  } catch (error) {
    if (!(error instanceof StaleConnectionError) || !REPEATABLE.has(request.method)) throw error;
    return await client.request({ ...request, connections: 'new' });
  }
}

function judgeAnswer(
  target: TargetOptions,
  answer: HttpAnswer,
): Pick<Probe, 'failure' | 'version' | 'refusal' | 'suspicion'> {
  const { status } = answer;
  if (!isExpected(target, status)) {
    const refusal = refusalOf(answer);
    const reason = `answered ${status}, expected ${statusText(target.expectedStatus)}`;
    return {
      failure: { kind: 'status', status, reason: refusal ? `${reason} (refused: ${refusal})` : reason },
      ...(refusal ? { refusal } : {}),
    };
  }
  if (target.http === '2' && answer.protocol !== 'h2') {
    return {
      failure: { kind: 'protocol', status, reason: `answered over ${answer.protocol}, expected HTTP/2` },
    };
  }
  const version = target.version ? judgeVersion(target.version, answer) : {};
  // What the answer holds comes first: an error page has no version either.
  const reason = unmet(answer, target.expectations);
  if (reason !== undefined) return { ...version, failure: { kind: 'content', status, reason } };
  // A user who says what the body must hold, or expects no success, has defined what is healthy.
  if (status >= 300 || target.expectations.some(({ on }) => on !== 'header')) return version;
  const report = selfReportOf(answer);
  if (report?.kind === 'bad') {
    return {
      ...version,
      failure: { kind: 'content', status, reason: `${report.words}, with status ${status}` },
    };
  }
  return { ...version, ...(report ? { suspicion: report.words } : {}) };
}

function judgeVersion(wanted: VersionExpectation, answer: HttpAnswer): Pick<Probe, 'failure' | 'version'> {
  const { status } = answer;
  const version = versionIn(answer, wanted.place);
  if (!version.ok) return { failure: { kind: 'version', status, reason: version.reason } };
  if (sameVersion(version.value, wanted.expected)) return { version: version.value };
  const reason = `version ${show(version.value)} answers, expected ${wanted.expected}`;
  return { version: show(version.value), failure: { kind: 'version', status, reason } };
}

/** A version from outside can be anything. */
function show(version: string): string {
  return shorten(version, 100);
}

/** Where a chain of redirects ended: its path, and its host where that is another one. */
function placeOf(url: URL, target: URL): string {
  return url.host === target.host ? url.pathname : url.host + url.pathname;
}

/** An answer out of a cache says nothing about the service behind it. */
function fromCache({ headers }: HttpAnswer): boolean {
  const age = Number(headerOf(headers, 'age') ?? 0);
  const cache = `${headerOf(headers, 'x-cache') ?? ''} ${headerOf(headers, 'cf-cache-status') ?? ''}`;
  return age > 0 || /\bHIT\b/i.test(cache);
}

function isExpected(target: TargetOptions, status: number): boolean {
  return target.expectedStatus.some(({ from, to }) => status >= from && status <= to);
}

function redirectTo(
  target: TargetOptions,
  request: Pick<TargetOptions, 'url' | 'method' | 'headers'> & { body: string | undefined },
  answer: HttpAnswer,
  redirects: number,
) {
  const refuse = (reason: string) => ({
    failure: { kind: 'redirect', status: answer.status, reason } satisfies Failure,
  });
  if (target.maxRedirects === 0)
    return refuse(`answered ${answer.status}, a redirect, where none is allowed`);
  if (redirects >= target.maxRedirects) return refuse(`redirected more than ${target.maxRedirects} times`);
  const location = headerOf(answer.headers, 'location');
  if (!location) return refuse(`answered ${answer.status} without a Location header`);
  const url = URL.canParse(location, request.url.href) ? new URL(location, request.url) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    return refuse(`answered ${answer.status} to an address that is not http or https`);
  const sameOrigin = url.origin === request.url.origin;
  const toGet = answer.status === 303 || (answer.status < 303 && request.method === 'POST');
  // A body may hold a secret, as headers do; without it the request would be another one.
  if (!sameOrigin && !toGet && request.body !== undefined)
    return refuse(`answered ${answer.status} to another origin, where the body is not sent`);
  return {
    url,
    method: toGet && request.method !== 'HEAD' ? 'GET' : request.method,
    headers: headersAfterRedirect(request.headers, request.url, url),
    body: toGet ? undefined : request.body,
  };
}

/** An error of a request in words. */
export function failedProbe(
  target: Pick<TargetOptions, 'timeoutMs' | 'bodyLimit'>,
  error: unknown,
): { failure: Failure; timedOutAfterMs?: number } {
  if (error instanceof ProbeTimeoutError) {
    const doing = {
      connecting: 'could not connect',
      waiting: 'did not answer',
      receiving: 'did not finish its answer',
    }[error.phase];
    return {
      timedOutAfterMs: target.timeoutMs,
      failure: { kind: 'timeout', reason: `${doing} within ${formatDuration(target.timeoutMs)}` },
    };
  }
  if (error instanceof BodyTooLargeError) {
    return {
      failure: {
        kind: 'body-size',
        reason: `the answer is larger than ${formatValue(target.bodyLimit, 'B')}`,
      },
    };
  }
  return { failure: failureOf(error instanceof StaleConnectionError ? error.cause : error) };
}

function addTimings(sum: Timings, timings: Timings): void {
  sum.blocked += timings.blocked;
  sum.connecting += timings.connecting;
  sum.tlsHandshaking += timings.tlsHandshaking;
  sum.waiting += timings.waiting;
  sum.receiving += timings.receiving;
}
