import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Db, MongoClient } from 'mongodb';
import { createMonitor } from '../src/monitor/index.ts';

/** The guarded service of the demo: a small shop over MongoDB. */
export interface ShopService {
  readonly url: string;
  /** The release that is running. */
  version: string;
  /**
   * Whether the running release can read orders that STEP 19 has migrated. The release of the demo's bad
   * night cannot: its reader is strict and refuses an order with a field that it does not know.
   */
  knowsSubscriptionId: boolean;
  close(): Promise<void>;
}

const KNOWN_FIELDS = new Set(
  `_id order_number customer_id type status items total_amount currency sequence weight_kg parcels created_at
   updated_at created_by updated_by note excluded_from_billing`.split(/\s+/),
);

/** Starts the shop on a free port. `GET /api/health` and `GET /orders/recent`. */
export async function startShop(uri: string, database: string): Promise<ShopService> {
  const client = new MongoClient(uri);
  const db = client.db(database);
  const sockets = new Set<Socket>();
  const shop: { version: string; knowsSubscriptionId: boolean } = {
    version: '2.3.0',
    knowsSubscriptionId: false,
  };
  // The health endpoints that the gate reads, as any service mounts them.
  const monitor = createMonitor({
    version: () => shop.version,
    mongo: db,
    window: '10s',
    // What errors of one route say of a deployment is the gate's to judge; they stay in the window for a while.
    thresholds: { errorRate: { degraded: null, unhealthy: null } },
  });
  const server = createServer(
    monitor.listener((request, response) => {
      const answer = (status: number, body: unknown) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      };
      if (!request.url?.startsWith('/orders/recent')) return answer(404, { error: 'not found' });
      recentOrders(db, shop.knowsSubscriptionId)
        .then((body) => answer(200, body))
        .catch((error: unknown) => {
          monitor.recordError(error, request);
          answer(500, { error: error instanceof Error ? error.message : 'unknown' });
        });
    }),
  );
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(shop, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      monitor.close();
      await client.close();
    },
  });
}

async function recentOrders(db: Db, knowsSubscriptionId: boolean): Promise<unknown> {
  const orders = await db.collection('orders').find().sort({ _id: -1 }).limit(20).toArray();
  for (const order of orders) {
    for (const field of Object.keys(order)) {
      if (field === 'subscription_id' && knowsSubscriptionId) continue;
      if (!KNOWN_FIELDS.has(field)) throw new Error(`order ${String(order._id)}: unknown field ${field}`);
    }
  }
  return { orders: orders.map((order) => ({ id: order._id, status: order.status })) };
}
