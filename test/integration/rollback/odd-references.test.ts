import { DBRef, Decimal128, Long, MaxKey, ObjectId, Timestamp } from 'mongodb';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { BsonType, rawOf, writeElements } from '../../../src/rollback/bson/raw.ts';
import { RawSequence } from '../../../src/rollback/bson/raw-sequence.ts';
import { sendWrite } from '../../../src/rollback/mongo/run-write.ts';
import { builtIn, Session, snapshot } from './session.ts';

let session: Session;
beforeEach(() => {
  session = new Session(inject('mongoUri'));
});
afterEach(() => session.close());

const farDate = { type: BsonType.date, bytes: Buffer.from('ffffffffffffff7f', 'hex') };

/** Inserts a document whose `customer_id` is a date that JavaScript cannot hold. */
async function insertFarDate(): Promise<void> {
  const bytes = writeElements([
    ['_id', rawOf(new ObjectId())],
    ['customer_id', farDate],
  ]);
  await sendWrite(session.db, { insert: 'orders', documents: new RawSequence('documents', bytes) });
}

test.each([true, false])(
  'STEP 29 goes on beside references that look like operators or cannot be looked up (index on the map: %s)',
  async (indexed) => {
    const odd = [
      { $gt: 1 },
      { $oid: '0123456789abcdef01234567' },
      { $numberLong: '1' },
      new Decimal128('1.5'),
      Long.fromNumber(2 ** 53),
      new Timestamp({ t: 1, i: 1 }),
      new MaxKey(),
      /x/i,
      [{ $in: [1] }],
      { nested: { $ne: null } },
      null,
      new DBRef('customers', new ObjectId()),
    ];
    if (indexed) await session.db.collection('customers').createIndex({ customer_id: 1 });
    await session.db.collection('customers').insertMany([
      { customer_id: 'new-1', legacy_id: 1 },
      { customer_id: { $gt: 1 }, legacy_id: 2 },
    ]);
    await session.db
      .collection('orders')
      .insertMany([{ customer_id: 'new-1' }, ...odd.map((customer_id, n) => ({ n, customer_id }))] as never);
    await insertFarDate();
    const before = await snapshot(session, 'orders');
    const plan = await session.run({ operation: 'plan', steps: builtIn('29') });
    expect(plan.failed).toBe(false);
    const applied = await session.run({
      operation: 'apply',
      steps: builtIn('29'),
      confirm: 'roll back 29 in test',
    });
    expect(applied).toMatchObject({
      rollback: { steps: [{ state: 'conflicted', modified: 2, conflicts: 1 }] },
    });
    expect(applied.rollback?.steps[0]?.details).toEqual([
      expect.stringMatching(/: unwritable \(a date outside/),
    ]);
    expect(await session.db.collection('orders').countDocuments({ customer_id: { $in: [1, 2] } })).toBe(2);
    expect(await session.run({ operation: 'restore' })).toMatchObject({ failed: false });
    expect(await snapshot(session, 'orders')).toEqual(before);
  },
);
