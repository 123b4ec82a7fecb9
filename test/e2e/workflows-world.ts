import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Db, MongoClient } from 'mongodb';
import { type ShopService, startShop } from '../../demo/service.ts';
import { freshDatabaseName } from '../support/mongo.ts';
import { seedDatabase } from '../support/seed-data.ts';
import { type SlackServer, startSlackServer } from '../support/slack-server.ts';

/** What the workflows of a test reach: the demo's shop with its data, Slack, and something that deploys the shop. */
export interface WorkflowWorld {
  db: Db;
  shop: ShopService;
  slack: SlackServer;
  /** `POST /deploy` brings the release that migrates and breaks, `POST /undo` the one before; both are counted */
  deployer: { url: string; requests: string[] };
  /** name of the guard's own database */
  stateDatabase: string;
  /** connection string with the name of the shop's database */
  uri: string;
  withField(): Promise<number>;
  /** what each message in Slack says, as one text */
  told(): string[];
  close(): Promise<void>;
}

/** @param mongoUri the server of the run */
export async function startWorkflowWorld(mongoUri: string): Promise<WorkflowWorld> {
  const client = new MongoClient(mongoUri);
  const database = freshDatabaseName('shop');
  const db = client.db(database);
  const stateDatabase = freshDatabaseName('guard');
  await seedDatabase(db, { orders: 300, seed: 9 });
  const orders = db.collection('orders');
  const recurring = { type: 'recurring' };
  const id = (await orders.findOne(recurring))?.subscription_id;
  await orders.updateMany({}, { $unset: { subscription_id: '' } });
  const shop = await startShop(mongoUri, database);
  const slack = await startSlackServer();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim());
    const work =
      request.url === '/deploy'
        ? orders.updateMany(recurring, { $set: { subscription_id: id } }).then(() => {
            shop.version = '2.4.0';
          })
        : Promise.resolve().then(() => {
            shop.version = '2.3.0';
          });
    work.then(
      () => response.end('done\n'),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const uri = new URL(mongoUri);
  uri.pathname = `/${database}`;
  return {
    db,
    shop,
    slack,
    deployer: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests },
    uri: uri.href,
    stateDatabase,
    withField: () => orders.countDocuments({ subscription_id: { $exists: true } }),
    told: () => slack.messages.map(({ payload }) => JSON.stringify(payload)),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await slack.close();
      await shop.close();
      await db.dropDatabase();
      await client.db(stateDatabase).dropDatabase();
      await client.close();
    },
  };
}
