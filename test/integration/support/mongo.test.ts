import { Decimal128, MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { freshDatabaseName } from '../../support/mongo.ts';
import { needs } from '../../support/needs.ts';

const client = new MongoClient(inject('mongoUri'));
const db = client.db(freshDatabaseName('support'));

beforeAll(() => client.connect());
afterAll(async () => {
  await db.dropDatabase();
  await client.close();
});

describe('the MongoDB of this run', () => {
  test('answers hello as a writable primary', async () => {
    expect(await db.command({ hello: 1 })).toMatchObject({ isWritablePrimary: true, ok: 1 });
  });

  test('a conditional update by _id and field does not scan the collection', async () => {
    const collection = db.collection<{ _id: number; value: number; extra?: string }>('conditional');
    await collection.insertMany(Array.from({ length: 20_000 }, (_, index) => ({ _id: index, value: index })));
    const small = db.collection<{ _id: number; value: number }>('conditional_small');
    await small.insertMany(Array.from({ length: 200 }, (_, index) => ({ _id: index, value: index })));
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const start = performance.now();
      await work();
      return performance.now() - start;
    };
    const update = (target: typeof small, id: number) =>
      timed(() =>
        target.bulkWrite(
          Array.from({ length: 200 }, () => ({
            updateOne: { filter: { _id: id, value: { $exists: true } }, update: { $inc: { value: 1 } } },
          })),
          { ordered: false },
        ),
      );
    await update(small, 199);
    const inSmall = await update(small, 199);
    const inLarge = await update(collection as unknown as typeof small, 19_999);
    // A scan costs a hundred times more in the larger one; ten times leaves room for a busy machine.
    expect(inLarge / Math.max(inSmall, 5)).toBeLessThan(10);
  });

  test('a condition beside _id is kept: an other value is not overwritten', async () => {
    const collection = db.collection<{ _id: number; value: unknown }>('kept');
    await collection.insertOne({ _id: 1, value: 'theirs' });
    const result = await collection.updateOne({ _id: 1, value: 'ours' }, { $set: { value: 'after' } });
    expect(result.matchedCount).toBe(0);
    expect(await collection.findOne({ _id: 1 })).toEqual({ _id: 1, value: 'theirs' });
  });

  test('an unordered insert with duplicates counts only what it inserted', async () => {
    const collection = db.collection<{ _id: number }>('duplicates');
    await collection.insertOne({ _id: 2 });
    const documents = [{ _id: 1 }, { _id: 2 }, { _id: 3 }];
    await expect(collection.insertMany(documents, { ordered: false })).rejects.toMatchObject({
      code: 11000,
      result: { insertedCount: 2 },
    });
    expect(await collection.countDocuments()).toBe(3);
  });

  test('an ordered bulk write stops at the first error', async () => {
    const collection = db.collection<{ _id: number; key: number }>('ordered');
    await collection.createIndex({ key: 1 }, { unique: true });
    await collection.insertMany([1, 2, 3].map((id) => ({ _id: id, key: id })));
    const set = (id: number, value: number) => ({
      updateOne: { filter: { _id: id }, update: { $set: { key: value } } },
    });
    await expect(collection.bulkWrite([set(1, 10), set(2, 3), set(3, 30)])).rejects.toMatchObject({
      code: 11000,
    });
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 1, key: 10 },
      { _id: 2, key: 2 },
      { _id: 3, key: 3 },
    ]);
  });

  test('dropping an index leaves one of the same name on another collection', async () => {
    await db.collection('left').createIndex({ at: 1 });
    await db.collection('right').createIndex({ at: 1 });
    await db.collection('left').dropIndex('at_1');
    const names = async (name: string) => (await db.collection(name).indexes()).map((index) => index.name);
    expect(await names('left')).toEqual(['_id_']);
    expect(await names('right')).toEqual(['_id_', 'at_1']);
    await expect(db.collection('left').dropIndex('at_1')).rejects.toMatchObject({ code: 27 });
    await db.collection('right').dropIndexes();
    expect(await names('right')).toEqual(['_id_']);
  });

  test('an index that conflicts with another one is refused', async () => {
    const collection = db.collection('conflicts');
    await collection.createIndex({ a: 1 });
    expect(await collection.createIndex({ a: 1 })).toBe('a_1');
    await expect(collection.createIndex({ a: 1 }, { unique: true })).rejects.toMatchObject({ code: 86 });
    await expect(collection.createIndex({ b: 1 }, { name: 'a_1' })).rejects.toMatchObject({ code: 86 });
    await expect(collection.createIndex({ a: 1 }, { name: 'other' })).rejects.toMatchObject({ code: 85 });
    expect(await collection.indexes()).toHaveLength(2);
  });

  test('a whole document as a value matches exactly that document', async () => {
    const collection = db.collection<{ _id: number; a?: unknown }>('exact');
    await collection.insertMany([
      { _id: 1 },
      { _id: 2, a: null },
      { _id: 3, a: {} },
      { _id: 4, a: { b: 1, c: 2 } },
      { _id: 5, a: { c: 2, b: 1 } },
      { _id: 6, a: { b: {} } },
    ]);
    const ids = async (filter: object) =>
      (await collection.find(filter).sort({ _id: 1 }).toArray()).map((found) => found._id);
    expect(await ids({ a: {} })).toEqual([3]);
    expect(await collection.countDocuments({ a: {} })).toBe(1);
    expect(await ids({ $or: [{ a: {} }, { _id: 1 }] })).toEqual([1, 3]);
    expect(await ids({ a: { b: 1, c: 2 } })).toEqual([4]);
    expect(await ids({ a: { b: {} } })).toEqual([6]);
    expect(await ids({ _id: 5, a: { c: 2, b: 1 } })).toEqual([5]);
    expect(await ids({ a: { $exists: false } })).toEqual([1]);
    expect(await ids({ a: null, $and: [{ a: { $exists: true } }] })).toEqual([2]);
  });

  test('find and aggregate answer in batches', async () => {
    const collection = db.collection('batches');
    await collection.insertMany(
      Array.from({ length: 5_000 }, (_, index) => ({ index, pad: 'x'.repeat(200) })),
    );
    const cursor = collection.find();
    await cursor.hasNext();
    expect(cursor.bufferedCount()).toBeLessThanOrEqual(101);
    expect((await cursor.toArray()).length).toBe(5_000);
    const grouped = collection.aggregate([{ $match: { index: { $gte: 1_000 } } }]);
    await grouped.hasNext();
    expect(grouped.bufferedCount()).toBeLessThanOrEqual(101);
    expect((await grouped.toArray()).length).toBe(4_000);
  });

  test('listCollections filters by name', async () => {
    await db.createCollection('named');
    const found = await db.listCollections({ name: 'named' }).toArray();
    expect(found.map((collection) => collection.name)).toEqual(['named']);
  });

  test('BSON types and a missing field survive a round trip', async () => {
    const collection = db.collection('types');
    const _id = new ObjectId();
    await collection.insertOne({ _id, amount: Decimal128.fromString('12.340'), nothing: null });
    const found = await collection.findOne({ _id });
    expect(String(found?.amount)).toBe('12.340');
    expect(found).toHaveProperty('nothing', null);
    expect(found).not.toHaveProperty('missing');
    await collection.updateOne({ _id, amount: Decimal128.fromString('12.340') }, { $unset: { amount: '' } });
    expect(await collection.findOne({ _id })).not.toHaveProperty('amount');
  });

  test.skipIf(needs('transactions'))('a transaction that is aborted leaves nothing', async () => {
    await db.createCollection('transacted');
    await client.withSession(async (session) => {
      session.startTransaction();
      await db.collection('transacted').insertOne({ a: 1 }, { session });
      await session.abortTransaction();
    });
    expect(await db.collection('transacted').countDocuments()).toBe(0);
  });

  test.runIf(inject('mongoCapabilities').transactions === false)(
    'a server without transactions refuses them, and never writes outside of one',
    async () => {
      await db.createCollection('refused');
      await client.withSession(async (session) => {
        session.startTransaction();
        // The driver words the server's code 20 anew.
        const insert = db.collection('refused').insertOne({ a: 1 }, { session });
        await expect(insert).rejects.toThrow(/does not support retryable writes|Transaction numbers/);
        await session.abortTransaction().catch(() => undefined);
      });
      expect(await db.collection('refused').countDocuments()).toBe(0);
    },
  );
});
