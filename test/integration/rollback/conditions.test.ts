import { Binary, BSON, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'mongodb';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { holds } from '../../../src/rollback/bson/condition.ts';
import { type RawValue, rawOf } from '../../../src/rollback/bson/raw.ts';
import { Session } from './session.ts';

let session: Session;
beforeEach(() => {
  session = new Session(inject('mongoUri'));
});
afterEach(() => session.close());

const MISSING = Symbol('missing');
const id = new ObjectId();
const VALUES: unknown[] = [
  MISSING,
  null,
  '',
  'a',
  'A',
  0,
  1,
  new Double(1),
  new Double(1.5),
  Long.fromNumber(1),
  Decimal128.fromString('1'),
  Number.NaN,
  new Double(Number.POSITIVE_INFINITY),
  true,
  false,
  id,
  id.toHexString(),
  new Date(0),
  new Timestamp({ t: 0, i: 0 }),
  new Binary(Buffer.from('ab')),
  new Binary(Buffer.alloc(16, 1), 4),
  new Binary(Buffer.alloc(16, 1), 0),
  [],
  [null],
  [1],
  [new Double(2)],
  [[1]],
  [1, 2],
  [2, 1],
  [[1, 2]],
  [[1, 2], 3],
  ['a'],
  [id],
  {},
  { a: 1 },
  { a: 1, b: 2 },
  { b: 2, a: 1 },
  [{ a: 1 }],
  { $eq: 1 },
  { $exists: false },
  { 'a.b': 1 },
  { a: { b: 1 } },
  new Map<string, unknown>([
    ['b', 1],
    ['1', 2],
  ]),
  new Map<string, unknown>([
    ['1', 2],
    ['b', 1],
  ]),
];

test('the condition of a value finds the documents with exactly that value, and no others', async () => {
  await session.db
    .collection('c')
    .insertMany(
      VALUES.map((value, n) => (value === MISSING ? { _id: n as never } : { _id: n as never, f: value })),
    );
  for (const [n, value] of VALUES.entries()) {
    const raw: RawValue | undefined = value === MISSING ? undefined : rawOf(value);
    const found = await session.db
      .collection('c')
      .find({ f: holds(raw) }, { projection: { _id: 1 } })
      .toArray();
    const shown = value === MISSING ? 'missing' : BSON.EJSON.stringify({ v: value }, { relaxed: false });
    expect({ [shown]: found.map((document) => Number(document._id)) }).toEqual({ [shown]: [n] });
  }
});

test('numbers in their own type: what is equal is not the same', async () => {
  await session.db.collection('c').insertOne({ f: new Int32(1) });
  expect(await session.db.collection('c').countDocuments({ f: 1 })).toBe(1);
  expect(await session.db.collection('c').countDocuments({ f: holds(rawOf(new Double(1))) })).toBe(0);
  expect(await session.db.collection('c').countDocuments({ f: holds(rawOf(new Int32(1))) })).toBe(1);
});
