import fc from 'fast-check';
import {
  Binary,
  BSON,
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
import { describe, expect, test } from 'vitest';
import { driverValue, UnwritableValue } from '../../../src/rollback/bson/driver-value.ts';
import {
  asBuffer,
  BsonType,
  type RawValue,
  rawOf,
  readElements,
  sameRaw,
  writeElements,
} from '../../../src/rollback/bson/raw.ts';
import { RawSequence } from '../../../src/rollback/bson/raw-sequence.ts';
import { RawWriter, RawWriters } from '../../../src/rollback/bson/raw-writer.ts';
import {
  idBytes,
  readId,
  readImage,
  reversed,
  writeId,
  writeImage,
} from '../../../src/rollback/reversals/batch.ts';
import type { Edit } from '../../../src/rollback/reversals/unit.ts';

const key = fc.oneof(
  fc.string({ maxLength: 8 }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom('1', '0', '$set', 'a.b', '$', 'constructor', 'length', 'toBSON1'),
);
const scalar: fc.Arbitrary<unknown> = fc.oneof(
  fc.double().map((value) => new Double(value)),
  fc.integer().map((value) => new Int32(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => new Decimal128(Buffer.from(bytes))),
  fc.string({ unit: 'grapheme' }),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc
    .tuple(fc.uint8Array(), fc.constantFrom(0, 1, 2, 3, 4, 5, 128))
    .map(([bytes, subtype]) => new Binary(bytes, subtype)),
  fc.constantFrom(
    new BSONRegExp('^a.*$', 'im'),
    new BSONSymbol('s'),
    new Code('f()'),
    new Code('f()', { x: 1 }),
    new MinKey(),
    new MaxKey(),
    new Timestamp({ t: 1, i: 2 }),
  ),
);
const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 4, selector: ([name]) => name })
      .map((pairs) => new Map(pairs)),
  ),
}));

function imageOf(edits: readonly Edit[]): Buffer {
  const out = new RawWriter();
  writeImage(out, edits);
  return out.written();
}

const hex = (value: RawValue) => `${value.type}:${asBuffer(value.bytes).toString('hex')}`;

describe('BSON as bytes', () => {
  test('any value goes to the driver and comes back the same to the byte', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const raw = rawOf(value);
        expect(hex(rawOf(driverValue(raw)))).toBe(hex(raw));
      }),
      { numRuns: 500 },
    );
  });

  test('documents are cut up and put together again', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, anything), { selector: ([name]) => name }), (pairs) => {
        const bytes = BSON.serialize(new Map(pairs));
        expect(writeElements(readElements(bytes)).equals(bytes)).toBe(true);
      }),
    );
  });

  test('an image keeps before and after, missing apart from null', () => {
    const edits = [
      { field: 'a', before: rawOf(null), after: undefined },
      { field: 'b', before: undefined, after: rawOf(new Double(1)) },
      { field: 'c', before: rawOf(new Int32(1)), after: rawOf(new Double(1)) },
    ];
    expect(
      readImage(imageOf(edits)).map(({ field, before, after }) => [
        field,
        before && hex(before),
        after && hex(after),
      ]),
    ).toEqual([
      ['a', '10:', undefined],
      ['c', '16:01000000', '1:000000000000f03f'],
      ['b', undefined, '1:000000000000f03f'],
    ]);
    expect(reversed(reversed(edits))).toEqual(edits);
    expect(hex(readId(idBytes(rawOf('x'))))).toBe(hex(rawOf('x')));
  });

  test('an id is written as idBytes has it', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const out = new RawWriter();
        writeId(out, rawOf(value));
        expect(out.written().equals(idBytes(rawOf(value)))).toBe(true);
      }),
    );
  });

  test('a writer writes what the driver writes, whatever the names and values, one behind the other', () => {
    const pairs = fc.uniqueArray(fc.tuple(key, anything), { maxLength: 6, selector: ([name]) => name });
    const writers = new RawWriters();
    fc.assert(
      fc.property(fc.array(pairs, { maxLength: 5 }), fc.uint8Array({ maxLength: 40 }), (documents, data) => {
        const out = writers.take();
        for (const document of documents) {
          out.begin();
          for (const [name, value] of document) out.raw(name, rawOf(value));
          out.begin('nested');
          out.int32('int', -7);
          out.string('text', 'h\u00e9\u{1f600}');
          out.boolean('yes', true);
          out.binary('data', data);
          out.latin1('characters', Buffer.from(data).toString('latin1'));
          out.end();
          out.end();
        }
        const nested = {
          int: new Int32(-7),
          text: 'h\u00e9\u{1f600}',
          yes: true,
          data: new Binary(data),
          characters: new Binary(data),
        };
        const expected = documents.map((document) =>
          BSON.serialize(new Map<string, unknown>([...document, ['nested', nested]])),
        );
        expect(out.written().equals(Buffer.concat(expected))).toBe(true);
        const sequence = new RawSequence('documents', out.written());
        expect(sequence.documents).toEqual(expected.map((bytes) => BSON.deserialize(bytes)));
        writers.give(out);
      }),
    );
  });

  test('a writer grows, and what it wrote moves along', () => {
    const large = 'x'.repeat(3 * 1024 * 1024);
    const out = new RawWriter();
    for (let n = 0; n < 3; n++) {
      out.begin();
      out.string('large', large);
      out.end();
    }
    const one = BSON.serialize({ large });
    expect(out.written().equals(Buffer.concat([one, one, one]))).toBe(true);
    expect(() => out.int32('a\0b', 1)).toThrow('zero byte');
  });

  test.each<[string, RawValue]>([
    ['undefined', { type: BsonType.undefined, bytes: new Uint8Array() }],
    ['a date out of range', { type: BsonType.date, bytes: Buffer.from('ffffffffffffff7f', 'hex') }],
    ['text that is not UTF-8', { type: BsonType.string, bytes: Buffer.from('03000000c32800', 'hex') }],
    [
      'a key twice',
      {
        type: BsonType.document,
        bytes: writeElements([
          ['a', rawOf(1)],
          ['a', rawOf(2)],
        ]),
      },
    ],
    ['an array with other keys', { type: BsonType.array, bytes: writeElements([['1', rawOf(1)]]) }],
  ])('%s is refused, because it could not come back', (_name, raw) => {
    expect(() => driverValue(raw)).toThrow(UnwritableValue);
  });

  test.each(['', '05', '0500000001', '0600000000', '0b0000001061000100000000'])(
    'broken bytes %s are an error, not a guess',
    (text) => {
      expect(() => readElements(Buffer.from(text, 'hex'))).toThrow();
    },
  );

  test('missing is the same as missing only', () => {
    expect(sameRaw(undefined, undefined)).toBe(true);
    expect(sameRaw(undefined, rawOf(null))).toBe(false);
    expect(sameRaw(rawOf(new Int32(1)), rawOf(new Double(1)))).toBe(false);
  });
});
