/**
 * Reversing STEP 19 with migrate-mongo, what a user would take in this product's place: what it costs, and what it
 * leaves. Writes bench/results/rollback-migrate-mongo.json.
 */
import { MongoClient } from 'mongodb';
import { freshDatabaseName, startMongo } from '../../test/support/mongo.ts';
import { estimate, pairedRatio } from '../support/figures.ts';
import { machine, save, sized } from '../support/results.ts';
import { interleave, timed } from '../support/rounds.ts';
import { killed } from './killed.ts';
import { meanwhile } from './meanwhile.ts';
import { markApplied, migrateDown } from './migrate-mongo-tool.ts';
import { runProduct } from './product.ts';
import { assertReversed, freshOrders, PATIENT } from './shop.ts';
import { TOOLS, type Tool } from './tools.ts';

const ORDERS = sized(20_000, 1_500);
const ROUNDS = sized(7, 1);
/** Of the experiments, whose figures are counts and not times. */
const FEW = sized(5_000, 1_500);

const mongo = await startMongo();
const client = new MongoClient(mongo.uri, PATIENT);

async function times() {
  const name = freshDatabaseName('bench');
  const db = client.db(name);
  try {
    const side = (tool: Tool) => async () => {
      await freshOrders(db, ORDERS);
      await markApplied(client, name);
      await client.db(`${name}_state`).dropDatabase();
      const ms = await timed(async () => {
        if (tool !== 'product') return migrateDown(tool, client, name);
        const { failed, cause } = await runProduct(client, name, { operation: 'apply' });
        if (failed) throw new Error(`the run failed: ${cause}`);
      });
      await assertReversed(db, ORDERS);
      return ms;
    };
    const ms = await interleave(
      { product: side('product'), statement: side('statement'), loop: side('loop') },
      ROUNDS,
    );
    return {
      orders: ORDERS,
      productMs: estimate(ms.product),
      statementMs: estimate(ms.statement),
      loopMs: estimate(ms.loop),
      againstStatement: pairedRatio(ms.product, ms.statement),
      againstLoop: pairedRatio(ms.product, ms.loop),
    };
  } finally {
    await db.dropDatabase();
    await client.db(`${name}_state`).dropDatabase();
  }
}

async function each<T>(experiment: (uri: string, tool: Tool, orders: number) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (const tool of TOOLS) found.push(await experiment(mongo.uri, tool, FEW));
  return found;
}

try {
  const result = {
    command: 'npm run bench -- --only rollback-migrate-mongo',
    engine: mongo.engine,
    time: await times(),
    meanwhile: await each(meanwhile),
    killed: await each(killed),
  };
  const [kept] = result.meanwhile;
  const [survived] = result.killed;
  if (!kept?.kept || !kept.told) throw new Error(`the app's change was lost: ${JSON.stringify(kept)}`);
  if (survived?.backAtOnce !== FEW || !survived.goesOn || survived.backFromTheEnd !== FEW)
    throw new Error(`a kill left something behind: ${JSON.stringify(survived)}`);
  await save('rollback-migrate-mongo', { ...result, machine: machine() });
} finally {
  await client.close();
  await mongo.stop();
}
