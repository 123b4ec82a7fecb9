/** Statuses that send a client elsewhere. */
export const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The only headers that a redirect to another origin keeps: the others may hold secrets. */
const PUBLIC_HEADERS = ['content-type', 'content-length', 'user-agent', 'accept'];

/**
 * The headers that a redirect may carry on: all of them within the origin and from http to https of the same host on
 * their usual ports, else those that hold no secret. Pure.
 */
export function headersAfterRedirect(
  headers: Readonly<Record<string, string>>,
  from: URL,
  to: URL,
): Readonly<Record<string, string>> {
  const upgraded =
    from.hostname === to.hostname &&
    from.protocol === 'http:' &&
    to.protocol === 'https:' &&
    from.port === '' &&
    to.port === '';
  if (from.origin === to.origin || upgraded) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => PUBLIC_HEADERS.includes(name)));
}
