import type { Document } from 'mongodb';
import { driverValue } from './driver-value.ts';
import { asBuffer, BsonType, type RawValue, readElements } from './raw.ts';
import type { RawWriter } from './raw-writer.ts';

/**
 * Writes the condition that a top-level field holds exactly this value, or is missing.
 *
 * A plain `{field: value}` is not that: null also matches a missing field, 1 also 1.0 and Long 1, any value
 * also an array that contains it, and an operator-like document is read as an operator. So `$eq` always
 * carries the value, its type is asked for, and arrays are told from their elements.
 */
export function writeCondition(out: RawWriter, field: string, value: RawValue | undefined): void {
  out.begin(field);
  if (value === undefined) {
    out.boolean('$exists', false);
  } else if (value.type === BsonType.array) {
    // `$eq` on an array also matches an array that has this one as an element.
    out.raw('$eq', value);
    out.int32('$size', readElements(value.bytes).length);
    out.begin('$not');
    out.begin('$elemMatch');
    out.raw('$eq', value);
    out.end();
    out.end();
  } else {
    if (value.type !== BsonType.null) out.raw('$eq', value);
    out.begin('$not');
    out.int32('$type', BsonType.array);
    out.end();
    if (COMPARED_ACROSS_TYPES.has(value.type)) out.int32('$type', typeNumber(value));
  }
  out.end();
}

/** Of these `$eq` (of null, its absence) also matches a value of another type: numbers each other, text a symbol. */
const COMPARED_ACROSS_TYPES: ReadonlySet<number> = new Set([
  BsonType.null,
  BsonType.double,
  BsonType.int32,
  BsonType.int64,
  BsonType.decimal128,
  BsonType.string,
  BsonType.symbol,
]);

/** Writes the condition on `_id`. Only documents need `$eq`; the plain form is looked up in the index by every engine. */
export function writeIdentity(out: RawWriter, id: RawValue): void {
  if (id.type !== BsonType.document) {
    out.raw('_id', id);
    return;
  }
  out.begin('_id');
  out.raw('$eq', id);
  out.end();
}

/** The id as a short key of a Map: type and bytes. Numbers of the same value but another type differ. */
export function identityKey(id: RawValue): string {
  return `${id.type}:${asBuffer(id.bytes).toString('base64')}`;
}

/** As `identityKey`, but numbers of the same value are the same whatever their type, as the server's `$eq` has it. */
export function equalityKey(value: RawValue): string {
  switch (value.type) {
    case BsonType.double:
    case BsonType.int32:
    case BsonType.int64:
    case BsonType.decimal128:
      return `number:${plainNumber(String(driverValue(value)))}`;
    default:
      return identityKey(value);
  }
}

/**
 * The filter for documents whose field equals one of these values. Documents whose first key begins with `$`
 * (references, and what looks like an operator) may not stand within `$in`, so `$eq` carries each of them.
 */
export function equalsAny(field: string, values: readonly RawValue[]): Document {
  const plain: unknown[] = [];
  const branches: Document[] = [];
  for (const value of values) {
    const sent = driverValue(value);
    if (looksLikeOperator(value)) branches.push({ [field]: { $eq: sent } });
    else plain.push(sent);
  }
  if (branches.length === 0) return { [field]: { $in: plain } };
  return { $or: plain.length > 0 ? [{ [field]: { $in: plain } }, ...branches] : branches };
}

function looksLikeOperator(value: RawValue): boolean {
  return value.type === BsonType.document && readElements(value.bytes)[0]?.[0].startsWith('$') === true;
}

/** `1`, `1.0`, `10E-1` as one text; pure. */
function plainNumber(text: string): string {
  const match = /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`;
  let first = 0;
  while (digits[first] === '0') first++;
  let end = digits.length;
  while (end > first && digits[end - 1] === '0') end--;
  if (first === end) return '0';
  return `${sign}${digits.slice(first, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
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
