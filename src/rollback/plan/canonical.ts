import { createHash } from 'node:crypto';
import { BSON } from 'mongodb';

/** JSON with sorted keys, BSON types spelled out: the same content always gives the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(BSON.EJSON.serialize({ v: value }, { relaxed: false }).v));
}

export function sha256Hex(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
