import { isUtf8 } from 'node:buffer';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'mongodb';
import { asBuffer, BsonType, type RawValue, readElements } from './raw.ts';

/** A value that the driver cannot send exactly as it was. Its document is left alone. */
export class UnwritableValue extends Error {
  override readonly name = 'UnwritableValue';
}

const LARGEST_DATE = 8_640_000_000_000_000n;

/**
 * The value as the driver must be given it to send the same bytes: numbers in their wrappers, documents as
 * Maps (which keep the order of keys such as `"1"`).
 * @throws UnwritableValue for BSON's undefined and DBPointer, dates outside of JavaScript's range, text that
 *   is no UTF-8, and documents with a key twice.
 */
export function driverValue(raw: RawValue): unknown {
  const bytes = asBuffer(raw.bytes);
  switch (raw.type) {
    case BsonType.double:
      return new Double(bytes.readDoubleLE(0));
    case BsonType.string:
      return text(bytes);
    case BsonType.document:
      return map(bytes);
    case BsonType.array:
      return readElements(bytes).map(([name, value], index) => {
        if (name !== String(index)) throw new UnwritableValue('an array whose keys are not its positions');
        return driverValue(value);
      });
    case BsonType.binary:
      return binary(bytes);
    case BsonType.objectId:
      return new ObjectId(Buffer.from(bytes));
    case BsonType.boolean:
      return bytes[0] !== 0;
    case BsonType.date:
      return date(bytes.readBigInt64LE(0));
    case BsonType.null:
      return null;
    case BsonType.regex:
      return regex(bytes);
    case BsonType.code:
      return new Code(text(bytes));
    case BsonType.symbol:
      return new BSONSymbol(text(bytes));
    case BsonType.codeWithScope:
      return codeWithScope(bytes);
    case BsonType.int32:
      return new Int32(bytes.readInt32LE(0));
    case BsonType.timestamp:
      return new Timestamp(bytes.readBigUInt64LE(0));
    case BsonType.int64:
      return Long.fromBytesLE([...bytes]);
    case BsonType.decimal128:
      return new Decimal128(Buffer.from(bytes));
    case BsonType.minKey:
      return new MinKey();
    case BsonType.maxKey:
      return new MaxKey();
    default:
      throw new UnwritableValue(
        raw.type === BsonType.undefined ? 'the deprecated type undefined' : 'the deprecated type DBPointer',
      );
  }
}

/** Of these every value can be written; the others must be looked into. */
const ALWAYS_WRITABLE: ReadonlySet<number> = new Set([
  BsonType.double,
  BsonType.binary,
  BsonType.objectId,
  BsonType.boolean,
  BsonType.null,
  BsonType.int32,
  BsonType.timestamp,
  BsonType.int64,
  BsonType.decimal128,
  BsonType.minKey,
  BsonType.maxKey,
]);

/** @throws UnwritableValue where `driverValue` would. */
export function assertWritable(raw: RawValue): void {
  if (ALWAYS_WRITABLE.has(raw.type)) return;
  // Its length before the text ends in a zero byte, for no document reaches 16 MiB: the text is judged alone.
  if (raw.type === BsonType.string && isUtf8(raw.bytes)) return;
  driverValue(raw);
}

function map(bytes: Buffer): Map<string, unknown> {
  const elements = readElements(bytes);
  const found = new Map<string, unknown>();
  for (const [name, value] of elements) found.set(name, driverValue(value));
  if (found.size !== elements.length) throw new UnwritableValue('a document that has a key twice');
  return found;
}

function text(bytes: Buffer): string {
  const end = 4 + bytes.readInt32LE(0) - 1;
  const value = bytes.toString('utf8', 4, end);
  // Only text with replacement characters can have lost something; re-encoding all text would cost.
  if (value.includes('\uFFFD') && !Buffer.from(value, 'utf8').equals(bytes.subarray(4, end))) {
    throw new UnwritableValue('text that is not UTF-8');
  }
  return value;
}

function binary(bytes: Buffer): Binary {
  const subtype = bytes[4] ?? 0;
  // Subtype 2 carries its length a second time, which the driver writes itself.
  const data = subtype === Binary.SUBTYPE_BYTE_ARRAY ? bytes.subarray(9) : bytes.subarray(5);
  return new Binary(Buffer.from(data), subtype);
}

function date(ms: bigint): Date {
  if (ms > LARGEST_DATE || ms < -LARGEST_DATE)
    throw new UnwritableValue('a date outside of JavaScript’s range');
  return new Date(Number(ms));
}

function regex(bytes: Buffer): BSONRegExp {
  const patternEnd = bytes.indexOf(0);
  const options = bytes.toString('utf8', patternEnd + 1, bytes.length - 1);
  const value = new BSONRegExp(bytes.toString('utf8', 0, patternEnd), options);
  if (value.options !== options) throw new UnwritableValue('a regular expression with unordered options');
  return value;
}

function codeWithScope(bytes: Buffer): Code {
  const codeEnd = 8 + bytes.readInt32LE(4);
  return new Code(text(bytes.subarray(4, codeEnd)), map(bytes.subarray(codeEnd)));
}
