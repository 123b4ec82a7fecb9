import { BSON, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { afterIdentity, equalityKey } from '../../../src/rollback/bson/condition.ts';
import { driverValue, UnwritableValue } from '../../../src/rollback/bson/driver-value.ts';
import { BsonType, type RawValue, rawOf, readElements } from '../../../src/rollback/bson/raw.ts';
import { RawWriter } from '../../../src/rollback/bson/raw-writer.ts';
import { type Item, showId } from '../../../src/rollback/reversals/batch.ts';
import { isConflict, prepareItem, writeUpdate } from '../../../src/rollback/reversals/item.ts';

test.each<[string, unknown]>([
  ['65a000000000000000000001', new ObjectId('65a000000000000000000001')],
  ['"a\\"b"', 'a"b'],
  ['-7', new Int32(-7)],
  ['9007199254740993', Long.fromString('9007199254740993')],
  ['2.5', new Double(2.5)],
  ['binary 00010203', Buffer.from([0, 1, 2, 3])],
  ['of BSON type 3', { k: 'secret' }],
])('an id is told as %s', (text, id) => expect(showId(rawOf(id))).toBe(text));

describe('which values are one key of a map, as the server has it', () => {
  const key = (value: unknown) => equalityKey(rawOf(value));
  test.each<[string, unknown[]]>([
    [
      'numbers, whatever their type',
      [new Int32(10), new Double(10), new Long(10), Decimal128.fromString('1E1')],
    ],
    ['every zero', [new Int32(0), new Double(-0), new Double(0), Decimal128.fromString('0.00')]],
    ['what is no number', [new Double(Number.NaN), Decimal128.fromString('NaN')]],
    ['infinity', [new Double(Number.POSITIVE_INFINITY), Decimal128.fromString('Infinity')]],
  ])('%s', (_name, values) => expect(new Set(values.map(key)).size).toBe(1));

  test('but neither numbers that differ, nor a number and its text', () => {
    const values = [1, -1, 0, 10, 0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '1'];
    expect(new Set(values.map(key)).size).toBe(values.length);
  });
});

describe('the condition for what a scan has not passed', () => {
  test('behind the first of all types everything comes, behind the last nothing but its like', () => {
    const types = (id: unknown) => afterIdentity(rawOf(id)).$or.slice(1);
    expect(types(new MinKey())).toEqual([{ _id: { $type: expect.arrayContaining([10, 1, 16, 2, 7, 127]) } }]);
    expect(types(new MinKey())[0]._id.$type).not.toContain(-1);
    expect(types(new MaxKey())).toEqual([]);
  });
});

describe('what the driver could not send as it was', () => {
  const pointer = Buffer.concat([Buffer.from('020000006100', 'hex'), Buffer.alloc(12)]);
  test.each<[string, RawValue, RegExp]>([
    ['undefined', { type: BsonType.undefined, bytes: new Uint8Array() }, /type undefined/],
    ['a DBPointer', { type: BsonType.dbPointer, bytes: pointer }, /type DBPointer/],
    ['options out of order', { type: BsonType.regex, bytes: Buffer.from('a\0mi\0') }, /unordered options/],
  ])('%s: the document is left alone, and the reason is told', (_name, value, reason) => {
    expect(() => driverValue(value)).toThrow(UnwritableValue);
    for (const [before, after] of [
      [value, undefined],
      [undefined, value],
    ]) {
      const prepared = prepareItem(rawOf(1), [{ field: 'a', before, after }]);
      expect(prepared).toMatchObject({ reason: 'unwritable', detail: expect.stringMatching(reason) });
    }
    expect(isConflict(prepareItem(value, []))).toBe(true);
  });

  test('bytes that are no BSON are an error, not a conflict', () => {
    const broken = { type: BsonType.document, bytes: Buffer.from('0500000001', 'hex') };
    expect(() => prepareItem(rawOf(1), [{ field: 'a', before: broken, after: undefined }])).toThrow(
      'not a BSON document',
    );
  });
});

describe('BSON as bytes', () => {
  const inDocument = (type: number, value: string) => {
    const body = Buffer.concat([Buffer.from([type]), Buffer.from('a\0'), Buffer.from(value, 'hex')]);
    const bytes = Buffer.alloc(body.length + 5);
    bytes.writeInt32LE(bytes.length, 0);
    body.copy(bytes, 4);
    return bytes;
  };
  test('types that nobody writes any more are passed over whole', () => {
    const pointer = inDocument(BsonType.dbPointer, `020000006100${'07'.repeat(12)}`);
    expect(readElements(pointer).map(([name, { type, bytes }]) => [name, type, bytes.length])).toEqual([
      ['a', BsonType.dbPointer, 18],
    ]);
    const missing = inDocument(BsonType.undefined, '');
    expect(readElements(missing).map(([name, { bytes }]) => [name, bytes.length])).toEqual([['a', 0]]);
  });

  test.each<[string, Buffer, RegExp]>([
    ['a name without an end', Buffer.from('0800000010616200', 'hex'), /not a BSON document/],
    ['an expression without an end', inDocument(BsonType.regex, '6162'), /not a BSON document/],
    ['a length that is cut off', inDocument(BsonType.string, ''), /not a BSON document/],
    ['a length below zero', inDocument(BsonType.string, 'ffffffff00'), /not a BSON document/],
    ['a type that does not exist', inDocument(0x42, '00'), /does not exist \(0x42\)/],
  ])('%s is an error, not a guess', (_name, bytes, message) => {
    expect(() => readElements(bytes)).toThrow(message);
  });

  test('what BSON does not have, and what was not begun, is an error', () => {
    expect(() => rawOf(() => 1)).toThrow('a value that BSON does not have');
    expect(() => new RawWriter().end()).toThrow('no document is open');
  });

  test('names of any language', () => {
    const out = new RawWriter();
    out.begin();
    for (const name of ['größe', 'é', 'ab日本', '\u{1f600}']) out.int32(name, 1);
    out.end();
    expect(BSON.deserialize(out.written())).toEqual({ größe: 1, é: 1, ab日本: 1, '\u{1f600}': 1 });
  });
});

describe('the update of one document', () => {
  const update = (edits: Item['edits'], collated: boolean) => {
    const out = new RawWriter();
    writeUpdate(out, { id: rawOf('x'), edits, size: 1 }, { collated });
    return BSON.deserialize(out.written());
  };
  test('sets some fields and takes others away, each only once', () => {
    const edits = [
      { field: 'a', before: rawOf(1), after: rawOf(2) },
      { field: 'b', before: rawOf('x'), after: undefined },
    ];
    expect(update(edits, false)).toEqual({
      q: {
        _id: 'x',
        a: { $eq: 1, $not: { $type: 4 }, $type: 16 },
        b: { $eq: 'x', $not: { $type: 4 }, $type: 2 },
      },
      u: { $set: { a: 2 }, $unset: { b: '' } },
    });
  });

  test('compares text by its bytes, also where the collection has a collation', () => {
    const edits = [{ field: 'a', before: rawOf('x'), after: undefined }];
    expect(update(edits, true).collation).toEqual({ locale: 'simple' });
    expect(update(edits, false)).not.toHaveProperty('collation');
  });
});
