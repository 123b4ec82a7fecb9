/**
 * Whether a version that was seen is the expected one. An abbreviated commit hash of seven characters or more equals
 * the full one (40 characters, or 64 of SHA-256); anything else must be the same text. Pure.
 */
export function sameVersion(seen: string, expected: string): boolean {
  if (seen === expected) return true;
  const [short, long] = seen.length < expected.length ? [seen, expected] : [expected, seen];
  return (
    FULL_HASH.test(long) && ABBREVIATED_HASH.test(short) && long.toLowerCase().startsWith(short.toLowerCase())
  );
}

const FULL_HASH = /^([0-9a-f]{40}|[0-9a-f]{64})$/i;
const ABBREVIATED_HASH = /^[0-9a-f]{7,63}$/i;
