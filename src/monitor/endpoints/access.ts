import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** After so many wrong tokens within the time, those of an address are answered 429 until the time is over. */
export const WRONG_TOKENS = 10;
export const LOCKED_MS = 60_000;
/** So many addresses are remembered; the one that was seen longest ago goes first. */
const ADDRESSES = 1_000;
const UNKNOWN = '';

export type Admission =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly statusCode: 401 }
  | { readonly admitted: false; readonly statusCode: 429; readonly retryAfterSeconds: number };

/** Admits who shows an admin token. Tokens are held as digests only. */
export class Access {
  readonly #digests: readonly Buffer[];
  readonly #now: () => number;
  readonly #wrong = new Map<string, { count: number; until: number }>();

  /** @param tokens none: everybody is admitted */
  constructor(tokens: readonly string[], now: () => number) {
    this.#digests = tokens.map(digest);
    this.#now = now;
  }

  /**
   * @param authorization the header
   * @param address of the client, null if it is not known; each has a count of wrong tokens of its own. The right token
   *   is admitted past the limit too: behind a proxy or NAT many share an address, and one of them must not lock out the
   *   others. What keeps a token from being guessed is its length, not the limit.
   */
  admit(authorization: string | undefined, address: string | null): Admission {
    if (this.#digests.length === 0) return { admitted: true };
    const token = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    // Nothing shown is nothing guessed: it is refused, not counted.
    if (token === undefined) return { admitted: false, statusCode: 401 };
    const key = address === null ? UNKNOWN : addressKey(address);
    const now = this.#now();
    const wrong = this.#wrong.get(key);
    const locked = wrong !== undefined && now < wrong.until && wrong.count >= WRONG_TOKENS;
    if (this.#matches(token)) return { admitted: true };
    if (locked) {
      return { admitted: false, statusCode: 429, retryAfterSeconds: Math.ceil((wrong.until - now) / 1_000) };
    }
    this.#remember(key, wrong !== undefined && now < wrong.until ? wrong.count + 1 : 1, wrong, now);
    return { admitted: false, statusCode: 401 };
  }

  /**
   * Digests are of one length, and every one is compared: neither a token's length nor which of several
   * tokens came close can be read off the time.
   */
  #matches(token: string): boolean {
    const shown = digest(token);
    let matches = 0;
    for (const known of this.#digests) matches += timingSafeEqual(shown, known) ? 1 : 0;
    return matches > 0;
  }

  #remember(
    key: string,
    count: number,
    before: { count: number; until: number } | undefined,
    now: number,
  ): void {
    const until =
      count === 1 || before === undefined || count >= WRONG_TOKENS ? now + LOCKED_MS : before.until;
    this.#wrong.delete(key);
    this.#wrong.set(key, { count, until });
    if (this.#wrong.size > ADDRESSES) {
      const [oldest] = this.#wrong.keys();
      if (oldest !== undefined) this.#wrong.delete(oldest);
    }
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** An IPv6 client owns a /64 at least, so that is what counts as one address. */
function addressKey(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length);
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.toLowerCase().split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
