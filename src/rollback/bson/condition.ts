import type { Document } from 'mongodb';
import { driverValue } from './driver-value.ts';
import { asBuffer, BsonType, type RawValue } from './raw.ts';

/**
 * The condition that a top-level field holds exactly this value, or is missing.
 *
 * A plain `{field: value}` is not that: null also matches a missing field, 1 also 1.0 and Long 1, any value
 * also an array that contains it, and an operator-like document is read as an operator. So `$eq` always
 * carries the value, its type is asked for, and arrays are told from their elements.
 */
export function holds(value: RawValue | undefined): Document {
  if (value === undefined) return { $exists: false };
  switch (value.type) {
    case BsonType.null:
      return { $type: typeNumber(value), $not: { $type: BsonType.array } };
    case BsonType.array: {
      const whole = driverValue(value) as unknown[];
      // `$eq` on an array also matches an array that has this one as an element.
      return { $eq: whole, $size: whole.length, $not: { $elemMatch: { $eq: whole } } };
    }
    default: {
      const exact = { $eq: driverValue(value), $not: { $type: BsonType.array } };
      return COMPARED_ACROSS_TYPES.has(value.type) ? { ...exact, $type: typeNumber(value) } : exact;
    }
  }
}

/** Of these `$eq` also matches an equal value of another type: numbers each other, text a symbol. */
const COMPARED_ACROSS_TYPES: ReadonlySet<number> = new Set([
  BsonType.double,
  BsonType.int32,
  BsonType.int64,
  BsonType.decimal128,
  BsonType.string,
  BsonType.symbol,
]);

/** The condition on `_id`. Only documents need `$eq`; the plain form is looked up in the index by every engine. */
export function identity(id: RawValue): unknown {
  const value = driverValue(id);
  return id.type === BsonType.document ? { $eq: value } : value;
}

/** The id as a short key of a Map: type and bytes. Numbers of the same value but another type differ. */
export function identityKey(id: RawValue): string {
  return `${id.type}:${asBuffer(id.bytes).toString('base64')}`;
}

// BSON's order of types as far as an `_id` can have them; numbers are one class.
// Symbol and code are left out: servers that are compatible with MongoDB do not know their numbers, and a scan
// that passed over such an id is followed by another, because the count of what is left shows it.
const ORDER: readonly (readonly number[])[] = [
  [-1],
  [10],
  [1, 16, 18, 19],
  [2],
  [3],
  [5],
  [7],
  [8],
  [9],
  [17],
  [127],
];

/**
 * The condition on `_id` for everything that a scan in `_id` order has not passed yet. `$gt` alone sees
 * only ids of the same type, and would silently pass over the others.
 */
export function afterIdentity(last: RawValue): Document {
  const own = ORDER.findIndex((types) => types.includes(typeNumber(last)));
  const later = ORDER.slice(own + 1).flat();
  const branches: Document[] = [{ _id: { $gt: driverValue(last) } }];
  if (later.length > 0) branches.push({ _id: { $type: later } });
  return { $or: branches };
}

function typeNumber(value: RawValue): number {
  return value.type === BsonType.minKey ? -1 : value.type;
}
