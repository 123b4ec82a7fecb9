import { BSON } from 'mongodb';

/**
 * BSON as bytes. A before-image must come back exactly as it was: Double 1.0 not as Int32 1, keys such as
 * `"1"` not moved to the front as JavaScript objects do, duplicate keys not lost. So documents are cut up
 * here by their bytes and never pass through JavaScript values on the way into the journal.
 */

/** One BSON value: its type byte, and its bytes without type and name. */
export interface RawValue {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/**
 * A value within a larger document. The view of its bytes is made when it is asked for: a view costs more memory
 * than most values, and a value that only moves from one document to another needs none.
 */
export class RawSlice implements RawValue {
  readonly type: number;
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;

  constructor(type: number, source: Buffer, start: number, end: number) {
    this.type = type;
    this.source = source;
    this.start = start;
    this.end = end;
  }

  get bytes(): Buffer {
    return this.source.subarray(this.start, this.end);
  }
}

/** A value under its name, in the order of the document. */
export type RawElement = readonly [name: string, value: RawValue];

/** BSON's type bytes, those that the code speaks of. */
export const BsonType = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  binary: 0x05,
  undefined: 0x06,
  objectId: 0x07,
  boolean: 0x08,
  date: 0x09,
  null: 0x0a,
  regex: 0x0b,
  dbPointer: 0x0c,
  code: 0x0d,
  symbol: 0x0e,
  codeWithScope: 0x0f,
  int32: 0x10,
  timestamp: 0x11,
  int64: 0x12,
  decimal128: 0x13,
  minKey: 0xff,
  maxKey: 0x7f,
} as const;

/** The elements of a document or array, in order. The values lie in the given bytes, which must not change. */
export function readElements(document: Uint8Array): RawElement[] {
  const bytes = asBuffer(document);
  const end = bytes.length < 5 ? 0 : bytes.readInt32LE(0) - 1;
  if (end < 4 || end >= bytes.length || bytes[end] !== 0) throw new Error('not a BSON document');
  const elements: RawElement[] = [];
  let at = 4;
  while (at < end) {
    const type = bytes[at] ?? 0;
    const nameEnd = bytes.indexOf(0, at + 1);
    if (nameEnd < 0 || nameEnd >= end) throw new Error('not a BSON document');
    const name = bytes.toString('utf8', at + 1, nameEnd);
    const start = nameEnd + 1;
    at = start + valueSize(type, bytes, start);
    if (at > end) throw new Error('not a BSON document');
    elements.push([name, new RawSlice(type, bytes, start, at)]);
  }
  return elements;
}

/** The document (or array, with its numbers as names) that the elements make up. */
export function writeElements(elements: readonly RawElement[]): Buffer {
  let size = 5;
  for (const [name, value] of elements) size += 2 + Buffer.byteLength(name) + rawLength(value);
  const out = Buffer.allocUnsafe(size);
  let at = out.writeInt32LE(size, 0);
  for (const [name, value] of elements) {
    out[at++] = value.type;
    at += out.write(name, at, 'utf8');
    out[at++] = 0;
    at = copyRaw(value, out, at);
  }
  out[at] = 0;
  return out;
}

/** Bytes of a value, without type and name. */
export function rawLength(value: RawValue): number {
  return value instanceof RawSlice ? value.end - value.start : value.bytes.length;
}

/** A few bytes are copied quicker one by one than by a call. */
const FEW_BYTES = 24;

/** Copies a value's bytes. @returns where it ends */
export function copyRaw(value: RawValue, to: Buffer, at: number): number {
  const slice = value instanceof RawSlice;
  const source = slice ? value.source : value.bytes;
  const start = slice ? value.start : 0;
  const length = slice ? value.end - start : source.length;
  if (length <= FEW_BYTES) {
    for (let index = 0; index < length; index++) to[at + index] = source[start + index] as number;
  } else if (slice) {
    value.source.copy(to, at, start, value.end);
  } else {
    to.set(source, at);
  }
  return at + length;
}

/** The elements of an array's values, renumbered. */
export function writeArray(values: readonly RawValue[]): Buffer {
  return writeElements(values.map((value, index) => [String(index), value]));
}

/** A JavaScript or driver value as raw BSON. A Map keeps the order of its keys. */
export function rawOf(value: unknown): RawValue {
  const [element] = readElements(BSON.serialize({ v: value }, { ignoreUndefined: false }));
  if (element === undefined) throw new Error('a value that BSON does not have');
  return element[1];
}

/** Whether both are missing, or the same to the byte. */
export function sameRaw(a: RawValue | undefined, b: RawValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.type === b.type && rawLength(a) === rawLength(b) && asBuffer(a.bytes).equals(b.bytes);
}

/** The value of a name, the first where the name stands twice (as the server reads it). */
export function elementOf(elements: readonly RawElement[], name: string): RawValue | undefined {
  for (const [key, value] of elements) if (key === name) return value;
  return undefined;
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function valueSize(type: number, bytes: Buffer, at: number): number {
  switch (type) {
    case BsonType.double:
    case BsonType.date:
    case BsonType.timestamp:
    case BsonType.int64:
      return 8;
    case BsonType.string:
    case BsonType.code:
    case BsonType.symbol:
      return 4 + length(bytes, at);
    case BsonType.document:
    case BsonType.array:
    case BsonType.codeWithScope:
      return length(bytes, at);
    case BsonType.binary:
      return 5 + length(bytes, at);
    case BsonType.undefined:
    case BsonType.null:
    case BsonType.minKey:
    case BsonType.maxKey:
      return 0;
    case BsonType.objectId:
      return 12;
    case BsonType.boolean:
      return 1;
    case BsonType.regex: {
      const patternEnd = bytes.indexOf(0, at);
      const optionsEnd = bytes.indexOf(0, patternEnd + 1);
      if (patternEnd < 0 || optionsEnd < 0) throw new Error('not a BSON document');
      return optionsEnd + 1 - at;
    }
    case BsonType.dbPointer:
      return 4 + length(bytes, at) + 12;
    case BsonType.int32:
      return 4;
    case BsonType.decimal128:
      return 16;
    default:
      throw new Error(`a BSON type that does not exist (0x${type.toString(16)})`);
  }
}

function length(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw new Error('not a BSON document');
  const size = bytes.readInt32LE(at);
  if (size < 0) throw new Error('not a BSON document');
  return size;
}
