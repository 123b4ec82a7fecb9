import { type Document, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { BsonType, type RawElement, rawOf, writeElements } from '../../../src/rollback/bson/raw.ts';
import { RawSequence } from '../../../src/rollback/bson/raw-sequence.ts';
import { sendWrite } from '../../../src/rollback/mongo/run-write.ts';
import { builtIn, Session, snapshot } from './session.ts';

/** Values that could not be brought back exactly are not taken away, and a plan says so. */
let session: Session;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
});
afterEach(() => session.close());

const orders = () => session.db.collection<Document>('orders');
const endless = { type: BsonType.date, bytes: Buffer.from('ffffffffffffff7f', 'hex') };

async function insert(count: number, value: RawElement[1]): Promise<void> {
  const documents = Array.from({ length: count }, (_, n) =>
    writeElements([
      ['_id', rawOf(new ObjectId())],
      ['n', rawOf(n)],
      ['subscription_id', value],
    ]),
  );
  await sendWrite(session.db, {
    insert: 'orders',
    documents: new RawSequence('documents', Buffer.concat(documents)),
  });
}

describe('a date that no program can hold', () => {
  test('is left alone by apply, with the reason, and its neighbours are not', async () => {
    await insert(2, endless);
    await orders().insertOne({ n: 2, subscription_id: 'x' });
    const before = await snapshot(session, 'orders');
    const plan = await session.run({ operation: 'plan', steps: builtIn('19') });
    const left = /^would be left alone: orders [0-9a-f]{24}: unwritable \(a date outside of .* range\)$/;
    expect(plan.rollback?.steps[0]?.details).toEqual(
      expect.arrayContaining([expect.stringMatching(left), expect.stringMatching(/^sample /)]),
    );
    const applied = await session.run({ operation: 'apply', steps: builtIn('19') });
    expect(applied).toMatchObject({ failed: true, rollback: { steps: [{ modified: 1, conflicts: 2 }] } });
    expect(applied.rollback?.steps[0]?.details?.[0]).toMatch(/unwritable \(a date outside of .* range\)$/);
    await session.run({ operation: 'restore' });
    expect(await snapshot(session, 'orders')).toEqual(before);
  });

  test('where all of the first documents are such: the plan still says so', async () => {
    await insert(3, endless);
    const plan = await session.run({ operation: 'plan', steps: builtIn('19') });
    expect(
      plan.rollback?.steps[0]?.details?.filter((line) => line.startsWith('would be left alone')),
    ).toHaveLength(3);
  });
});
