import { BSON, type Db, type Document } from 'mongodb';
import { type SeedCounts, seededDocuments } from '../../test/support/seed-data.ts';

const SEED = 7;
/** Where the seeded orders wait: copying on the server is many times quicker than sending them again. */
const TEMPLATE = 'seeded_orders';

/** Fills one collection as the seed says, into a collection of that name or of another. */
export async function fill(db: Db, name: keyof SeedCounts, orders: number, into: string = name): Promise<void> {
  let batch: Document[] = [];
  const flush = async () => {
    if (batch.length > 0) await db.collection(into).insertMany(batch, { ordered: false });
    batch = [];
  };
  for (const document of seededDocuments(name, { orders, seed: SEED })) {
    batch.push(document);
    if (batch.length === 2_000) await flush();
  }
  await flush();
}

export async function fillTemplate(db: Db, orders: number): Promise<void> {
  await fill(db, 'orders', orders, TEMPLATE);
}

/** The orders as they were seeded, whatever became of them. */
export async function freshOrders(db: Db): Promise<void> {
  await db
    .collection(TEMPLATE)
    .aggregate([{ $match: {} }, { $out: 'orders' }])
    .toArray();
}

/** How many of the orders are, byte by byte, as seeded, or as `change` makes of that. */
export async function matching(
  db: Db,
  orders: number,
  change: (order: Document) => void = () => {},
): Promise<number> {
  const found = db.collection('orders').find({}, { sort: { _id: 1 }, raw: true });
  let count = 0;
  for (const order of seededDocuments('orders', { orders, seed: SEED })) {
    change(order);
    const actual = await found.next();
    if (actual !== null && Buffer.from(BSON.serialize(order)).equals(actual as unknown as Buffer)) count += 1;
  }
  return (await found.next()) === null ? count : Number.NaN;
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
