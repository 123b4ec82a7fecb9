import { BSON } from 'mongodb';
import { shorten } from '../../support/format.ts';
import { isCardNumber, withoutPersonal } from '../../support/personal.ts';
import { type RawValue, writeElements } from '../bson/raw.ts';

const LONGEST = 100;

/** A field's value for people: extended JSON, cut where it is long; masked by the names of fields and by shape. */
export function showValue(field: string, value: RawValue | undefined, sensitive: readonly string[]): string {
  if (value === undefined) return '(missing)';
  const hidden = new Set(sensitive.map((name) => name.toLowerCase()));
  if (hidden.has(field.toLowerCase())) return '***';
  try {
    const plain = BSON.EJSON.serialize(BSON.deserialize(writeElements([['v', value]])), { relaxed: true }).v;
    return shorten(JSON.stringify(masked(plain, hidden)), LONGEST);
  } catch {
    // Values that JavaScript cannot hold (a date far away) still have a type.
    return `(a value of BSON type ${value.type})`;
  }
}

function masked(value: unknown, hidden: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return withoutPersonal(value);
  if (typeof value === 'number') return isCardNumber(String(value)) ? '*** (card number)' : value;
  if (Array.isArray(value)) return value.map((item) => masked(item, hidden));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      hidden.has(key.toLowerCase()) ? '***' : masked(inner, hidden),
    ]),
  );
}
