import { messageOf } from '../../support/errors.ts';
import { BrokenEncodingError } from './decoding.ts';

/** What kind of thing went wrong with a probe. */
export type FailureKind =
  | 'dns'
  | 'refused'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'closed'
  | 'protocol'
  | 'proxy'
  | 'redirect'
  | 'status'
  | 'body-size'
  | 'content'
  | 'version'
  | 'other';

/** Why a probe failed, in words for the report. */
export interface Failure {
  readonly kind: FailureKind;
  readonly reason: string;
  /** The status of the answer, where there was one. */
  readonly status?: number;
}

const TLS_CODES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the TLS certificate has expired',
  CERT_NOT_YET_VALID: 'the TLS certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the TLS certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the TLS certificate chain ends in a self-signed certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the TLS certificate is not signed by a known authority (is the chain incomplete?)',
  UNABLE_TO_GET_ISSUER_CERT: 'the issuer of the TLS certificate is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer of the TLS certificate is not known',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the TLS certificate is for another name',
  CERT_REVOKED: 'the TLS certificate is revoked',
};

/** Puts an error of a connection or request into words. `timeoutMs` is the limit of the probe. */
export function failureOf(error: unknown): Failure {
  if (error instanceof BrokenEncodingError) return { kind: 'content', reason: error.message };
  const codes = codesOf(error);
  for (const code of codes) {
    const tls = TLS_CODES[code];
    if (tls) return { kind: 'tls', reason: `${tls} (${code})` };
  }
  const has = (...wanted: string[]) => wanted.find((code) => codes.includes(code));
  const dns = has('ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME');
  if (dns) {
    return {
      kind: 'dns',
      reason:
        dns === 'EAI_AGAIN'
          ? `the name could not be looked up (${dns})`
          : `the name does not resolve (${dns})`,
    };
  }
  if (has('ECONNREFUSED')) return { kind: 'refused', reason: 'connection refused (ECONNREFUSED)' };
  const unreachable = has('EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL');
  if (unreachable) return { kind: 'connect', reason: `no route to the host (${unreachable})` };
  if (has('UND_ERR_PRX_TLS', 'UND_ERR_PRX_CONN')) {
    return { kind: 'proxy', reason: `the proxy did not connect: ${messageOf(error)}` };
  }
  if (has('ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT')) {
    return { kind: 'timeout', reason: 'the connection was not accepted in time' };
  }
  if (has('UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT')) {
    return { kind: 'timeout', reason: 'no answer in time' };
  }
  const reset = has('ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET');
  if (reset)
    return { kind: 'closed', reason: `the connection was closed before the answer was complete (${reset})` };
  if (codes.some((code) => code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO')) {
    return { kind: 'tls', reason: `the TLS handshake failed: ${messageOf(error)}` };
  }
  const parser = error instanceof Error && error.name === 'HTTPParserError';
  if (
    parser ||
    codes.some((code) => code.startsWith('HPE_') || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
  ) {
    return { kind: 'protocol', reason: `the answer is not valid HTTP: ${messageOf(error)}` };
  }
  if (has('UND_ERR_HEADERS_OVERFLOW'))
    return { kind: 'protocol', reason: 'the headers of the answer are too large' };
  return { kind: 'other', reason: messageOf(error) };
}

function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  const seen = new Set<unknown>();
  const open: unknown[] = [error];
  while (open.length > 0) {
    const current = open.shift();
    if (typeof current !== 'object' || current === null || seen.has(current)) continue;
    seen.add(current);
    const { code, cause, errors } = current as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof code === 'string') codes.push(code);
    open.push(cause);
    if (Array.isArray(errors)) open.push(...errors);
  }
  return codes;
}
