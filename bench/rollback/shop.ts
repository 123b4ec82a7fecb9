import { BSON, type Db, type Document } from 'mongodb';
import { type SeedCounts, seededDocuments } from '../../test/support/seed-data.ts';

export const SEED = 7;
/** The fallback engine does one thing at a time: while it deletes 200,000 orders it answers no heartbeat. */
export const PATIENT = { heartbeatFrequencyMS: 3_600_000 } as const;
/** The orders that STEP 19 touched. */
export const WITH_FIELD = { subscription_id: { $exists: true } };

/** Fills one collection as the seed says. */
export async function fill(db: Db, name: keyof SeedCounts, orders: number): Promise<void> {
  let batch: Document[] = [];
  const flush = async () => {
    if (batch.length > 0) await db.collection(name).insertMany(batch, { ordered: false });
    batch = [];
  };
  for (const document of seededDocuments(name, { orders, seed: SEED })) {
    batch.push(document);
    if (batch.length === 2_000) await flush();
  }
  await flush();
}

/** The orders as they were seeded, whatever became of them. */
export async function freshOrders(db: Db, orders: number): Promise<void> {
  await db.collection('orders').deleteMany({});
  await fill(db, 'orders', orders);
  if ((await db.collection('orders').countDocuments(WITH_FIELD)) === 0)
    throw new Error('there is nothing to reverse');
}

/**
 * How many of the orders are as seeded, or as `change` makes of that: the same fields with the same bytes. A field
 * that was taken away and given back comes last in its document, in MongoDB, so the order of fields is left out.
 */
export async function matching(
  db: Db,
  orders: number,
  change: (order: Document) => void = () => {},
): Promise<number> {
  const options = { sort: { _id: 1 }, promoteValues: false } as const;
  const found = db.collection('orders').find({}, options);
  let count = 0;
  for (const order of seededDocuments('orders', { orders, seed: SEED })) {
    change(order);
    const actual = await found.next();
    if (actual !== null && bytesOf(order).equals(bytesOf(actual))) count += 1;
  }
  return (await found.next()) === null ? count : Number.NaN;
}

function bytesOf(document: Document): Buffer {
  const sorted = Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(BSON.serialize(Object.fromEntries(sorted)));
}

/** What reversing STEP 19 makes of an order, written down without the code under test. */
export function withoutSubscription(order: Document): void {
  delete order.subscription_id;
}

/** Throws unless every order is as seeded, without the field: nothing else may have changed. */
export async function assertReversed(db: Db, orders: number): Promise<void> {
  const right = await matching(db, orders, withoutSubscription);
  if (right !== orders) throw new Error(`of ${orders} orders ${right} are as the oracle says`);
}
