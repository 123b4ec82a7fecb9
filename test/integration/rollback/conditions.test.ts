import { Binary, BSON, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'mongodb';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { rawOf } from '../../../src/rollback/bson/raw.ts';
import { sendUpdates } from '../../../src/rollback/run/write.ts';
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

/** The documents that a conditional update reaches when asked for each in turn, by their number. */
async function reached(value: unknown, numbers: readonly number[]): Promise<number[]> {
  const before = value === MISSING ? undefined : rawOf(value);
  const found: number[] = [];
  for (const n of numbers) {
    const target = {
      db: session.db,
      collection: 'c',
      maxWriteBatch: 1_000,
      collated: false,
      fence: { next: () => ({}) },
    };
    const edits = [{ field: 'f', before, after: rawOf('reached') }];
    const reply = await sendUpdates(target, [{ id: rawOf(new Int32(n)), edits, size: 100 }]);
    expect(reply.writeErrors).toEqual([]);
    if (reply.nModified === 1) found.push(n);
  }
  return found;
}

test('the condition of a value reaches the documents with exactly that value, and no others', async () => {
  const documents = VALUES.map((value, n) =>
    value === MISSING ? { _id: n as never } : { _id: n as never, f: value },
  );
  const numbers = VALUES.map((_value, n) => n);
  for (const [n, value] of VALUES.entries()) {
    await session.db.collection('c').deleteMany({});
    await session.db.collection('c').insertMany(documents);
    const shown = value === MISSING ? 'missing' : BSON.EJSON.stringify({ v: value }, { relaxed: false });
    expect({ [shown]: await reached(value, numbers) }).toEqual({ [shown]: [n] });
  }
});

test('numbers in their own type: what is equal is not the same', async () => {
  await session.db.collection('c').insertOne({ _id: 7 as never, f: new Int32(1) });
  expect(await session.db.collection('c').countDocuments({ f: 1 })).toBe(1);
  expect(await reached(new Double(1), [7])).toEqual([]);
  expect(await reached(new Int32(1), [7])).toEqual([7]);
});

test('an _id that is a document is found by its whole value', async () => {
  const id = { a: 1, b: { c: 'x' } };
  await session.db.collection<{ _id: unknown; f: number }>('c').insertMany([
    { _id: id, f: 1 },
    { _id: { a: 1 }, f: 1 },
  ]);
  const target = {
    db: session.db,
    collection: 'c',
    maxWriteBatch: 1_000,
    collated: false,
    fence: { next: () => ({}) },
  };
  const edits = [{ field: 'f', before: rawOf(new Int32(1)), after: undefined }];
  expect((await sendUpdates(target, [{ id: rawOf(id), edits, size: 100 }])).nModified).toBe(1);
  expect(
    await session.db
      .collection('c')
      .find({ f: { $exists: false } })
      .toArray(),
  ).toEqual([{ _id: id }]);
});
