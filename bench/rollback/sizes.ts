/**
 * What reversing STEP 19 costs against the number of orders: this product, and migrate-mongo with a `down` of one
 * statement, which is the floor. A time counts only if the end state is the one that an oracle computes. Writes
 * bench/results/rollback-sizes.json.
 */
import { MongoClient } from 'mongodb';
import { freshDatabaseName, startMongo } from '../../test/support/mongo.ts';
import { estimate, pairedRatio } from '../support/figures.ts';
import { machine, QUICK, save } from '../support/results.ts';
import { interleave, timed } from '../support/rounds.ts';
import { markApplied, migrateDown } from './migrate-mongo-tool.ts';
import { runProduct } from './product.ts';
import { assertReversed, freshOrders, PATIENT } from './shop.ts';

/** Orders, and rounds: what takes long has fewer. */
const SIZES: readonly (readonly [number, number])[] = QUICK
  ? [
      [1_000, 1],
      [5_000, 1],
    ]
  : [
      [1_000, 9],
      [10_000, 7],
      [50_000, 3],
      [200_000, 3],
    ];

const mongo = await startMongo();
const client = new MongoClient(mongo.uri, PATIENT);
try {
  const sizes = [];
  for (const [orders, rounds] of SIZES) {
    const name = freshDatabaseName('bench');
    const db = client.db(name);
    try {
      const side = (work: () => Promise<unknown>) => async () => {
        await freshOrders(db, orders);
        await markApplied(client, name);
        await client.db(`${name}_state`).dropDatabase();
        const ms = await timed(work);
        await assertReversed(db, orders);
        return ms;
      };
      const ms = await interleave(
        {
          product: side(async () => {
            const { failed, cause } = await runProduct(client, name, { operation: 'apply' });
            if (failed) throw new Error(`the run failed: ${cause}`);
          }),
          migrateMongo: side(() => migrateDown('statement', client, name)),
        },
        rounds,
        orders > 10_000 ? 0 : 1,
      );
      sizes.push({
        orders,
        productMs: estimate(ms.product),
        migrateMongoMs: estimate(ms.migrateMongo),
        ratio: pairedRatio(ms.product, ms.migrateMongo),
        ordersASecond: Math.round(orders / (estimate(ms.product).value / 1_000)),
      });
    } finally {
      await db.dropDatabase();
      await client.db(`${name}_state`).dropDatabase();
    }
  }
  await save('rollback-sizes', {
    command: 'npm run bench -- --only rollback-sizes',
    machine: machine(),
    engine: mongo.engine,
    sizes,
  });
} finally {
  await client.close();
  await mongo.stop();
}
