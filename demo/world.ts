import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collection, type Db, type Document, MongoClient } from 'mongodb';
import { freshDatabaseName, startMongo } from '../test/support/mongo.ts';
import { seedDatabase } from '../test/support/seed-data.ts';
import { type SlackServer, startSlackServer } from '../test/support/slack-server.ts';
import { type SmtpSink, startSmtpSink } from '../test/support/smtp-sink.ts';
import { faint, say, title } from './screen.ts';
import { type ShopService, startShop } from './service.ts';

/** Everything that the demo runs against: real parts on this machine, on ports that the system chose. */
export interface World {
  readonly uri: string;
  readonly database: string;
  readonly db: Db;
  readonly orders: Collection<Document>;
  readonly shop: ShopService;
  readonly slack: SlackServer;
  readonly mail: SmtpSink;
  readonly folder: { write(name: string, text: string): Promise<string> };
  close(): Promise<void>;
}

const ORDERS = 10_000;
const SEED = 20_260_127;

/** Starts it all, with a shop's data as it was before the migration. */
export async function startWorld(): Promise<World> {
  title('A shop, its MongoDB, Slack and a mail server');
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const mongo = await startMongo({ purpose: 'quick-start', print: faint });
    closers.push(() => mongo.stop());
    const client = new MongoClient(mongo.uri);
    closers.push(() => client.close());
    const database = freshDatabaseName('shop');
    const db = client.db(database);
    closers.push(() => db.dropDatabase());
    await seedDatabase(db, { orders: ORDERS, seed: SEED });
    await beforeMigration(db);
    const counts = await Promise.all(
      ['orders', 'users', 'subscriptions'].map(
        async (name) => `${(await db.collection(name).countDocuments()).toLocaleString('en-US')} ${name}`,
      ),
    );
    say(`Seeded with ${counts.join(', ')}.`);
    const slack = await startSlackServer();
    closers.push(() => slack.close());
    const mail = await startSmtpSink();
    closers.push(() => mail.close());
    const shop = await startShop(mongo.uri, database);
    closers.push(() => shop.close());
    const path = await mkdtemp(join(tmpdir(), 'deploy-guard-demo-'));
    closers.push(() => rm(path, { recursive: true, force: true }));
    const write = async (name: string, text: string) => {
      await writeFile(join(path, name), text);
      return join(path, name);
    };
    return {
      uri: mongo.uri,
      database,
      db,
      orders: db.collection('orders'),
      shop,
      slack,
      mail,
      folder: { write },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What STEP 19 of the migration writes, kept aside until the demo runs it. */
const migration = new Map<unknown, unknown>();

/** The seeded data is that after the migration; this takes STEP 19 out of it. */
async function beforeMigration(db: Db): Promise<void> {
  const orders = db.collection('orders');
  for await (const order of orders.find(
    { subscription_id: { $exists: true } },
    { projection: { subscription_id: 1 } },
  )) {
    migration.set(order._id, order.subscription_id);
  }
  await orders.updateMany({}, { $unset: { subscription_id: '' } });
}

/** The migration's STEP 19. @returns how many orders it changed. */
export async function runMigration(db: Db): Promise<number> {
  const updates = [...migration].map(([_id, subscription_id]) => ({
    updateOne: { filter: { _id: _id as never }, update: { $set: { subscription_id } } },
  }));
  const { modifiedCount } = await db.collection('orders').bulkWrite(updates, { ordered: false });
  return modifiedCount;
}
