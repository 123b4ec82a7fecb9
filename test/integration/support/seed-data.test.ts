import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { freshDatabaseName } from '../../support/mongo.ts';
import { type SeedCounts, seedDatabase, seededDocuments } from '../../support/seed-data.ts';
import { migrationIndexes } from '../../support/seed-schema.ts';

const client = new MongoClient(inject('mongoUri'));
const db = client.db(freshDatabaseName('seed'));
let counts: SeedCounts;

beforeAll(async () => {
  counts = await seedDatabase(db, { orders: 500, seed: 7 });
});
afterAll(async () => {
  await db.dropDatabase();
  await client.close();
});

const all = (name: string): Promise<Document[]> => db.collection(name).find().toArray();

test('every collection holds what the counts say, with the indexes of the migration', async () => {
  for (const [name, count] of Object.entries(counts)) {
    expect(await db.collection(name).countDocuments()).toBe(count);
  }
  for (const { collection, key } of migrationIndexes) {
    const found = await db.collection(collection).indexes();
    expect(found.map((index) => index.key)).toContainEqual(key);
  }
});

test('the same seed gives the same documents, another one gives others', () => {
  const orders = (seed: number) => JSON.stringify([...seededDocuments('orders', { orders: 50, seed })]);
  expect(orders(7)).toBe(orders(7));
  expect(orders(7)).not.toBe(orders(8));
});

test('every reference leads to a document', async () => {
  const orders = await all('orders');
  const subscriptions = await all('subscriptions');
  const ids = (documents: Document[], field: string) => new Set(documents.map((one) => String(one[field])));
  const customers = ids(await all('customers'), 'customer_id');
  const users = ids(await all('users'), '_id');
  for (const one of [...orders, ...subscriptions]) expect(customers).toContain(String(one.customer_id));
  for (const one of subscriptions) {
    const order = orders.find((candidate) => candidate._id.equals(one.order_id));
    expect(String(order?.subscription_id)).toBe(String(one._id));
    expect(String(order?.customer_id)).toBe(String(one.customer_id));
  }
  for (const one of await all('customers')) {
    expect(users).toContain(String(one.user_id));
    const user = await db.collection('users').findOne({ _id: one.user_id });
    expect(String(user?.customer_id)).toBe(String(one.customer_id));
  }
});

test('orders hold missing, null and set subscription ids, and totals that add up', async () => {
  const orders = await all('orders');
  const recurring = orders.filter((order) => order.type === 'recurring');
  const once = orders.filter((order) => order.type === 'one_time');
  expect(recurring.every((order) => order.subscription_id)).toBe(true);
  expect(once.some((order) => order.subscription_id === null)).toBe(true);
  expect(once.some((order) => !('subscription_id' in order))).toBe(true);
  const cents = (amount: unknown): number => Math.round(Number(String(amount)) * 100);
  for (const order of orders) {
    const sum = order.items.reduce(
      (total: number, item: Document) => total + cents(item.unit_price) * item.quantity,
      0,
    );
    expect(cents(order.total_amount)).toBe(sum);
    expect(order.status).toBe(order.status.toUpperCase());
  }
});
