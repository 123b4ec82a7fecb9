/**
 * `npm run bench:rollback [-- DOCUMENTS ROUNDS]`: STEP 19 by this product and by the raw driver, interleaved on
 * one server. A time counts only if the end state is the one that an oracle computes.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BSON, type Db, type Document, MongoClient } from 'mongodb';
import { freshDatabaseName, startMongo } from '../../test/support/mongo.ts';
import { type SeedOptions, seedDatabase, seededDocuments } from '../../test/support/seed-data.ts';
import { type Level, loop, product, rawBulkWrite, sequentialJournal, updateMany } from './levels.ts';

const documents = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 5);
const mongo = await startMongo();
const client = new MongoClient(mongo.uri);

async function fill(db: Db, count: number): Promise<void> {
  const options: SeedOptions = { orders: count, seed: 7 };
  let batch: Document[] = [];
  for (const order of seededDocuments('orders', options)) {
    batch.push(order);
    if (batch.length < 2_000) continue;
    await db.collection('orders').insertMany(batch, { ordered: false });
    batch = [];
  }
  if (batch.length > 0) await db.collection('orders').insertMany(batch, { ordered: false });
}

/** Every order as it was seeded, without the field: nothing else may have changed. */
async function isRight(db: Db, count: number): Promise<boolean> {
  const found = db.collection('orders').find({}, { sort: { _id: 1 }, raw: true });
  for (const order of seededDocuments('orders', { orders: count, seed: 7 })) {
    delete order.subscription_id;
    const actual = await found.next();
    if (actual === null || !Buffer.from(BSON.serialize(order)).equals(actual as unknown as Buffer))
      return false;
  }
  return (await found.next()) === null;
}

async function time(level: Level, count: number): Promise<number> {
  const name = freshDatabaseName('bench');
  const [db, state] = [client.db(name), client.db(`${name}_state`)];
  try {
    await fill(db, count);
    const started = performance.now();
    await level(client, db, state);
    const ms = performance.now() - started;
    if (!(await isRight(db, count))) throw new Error('the end state is not the oracle’s');
    return ms;
  } finally {
    await db.dropDatabase();
    await state.dropDatabase();
  }
}

const LEVELS: Record<string, Level> = {
  'L1 updateMany': updateMany,
  'L3 bulkWrite': rawBulkWrite,
  'L4 sequential journal': sequentialJournal,
  'L5 loop': loop,
  product: product('never'),
  ...(mongo.capabilities.transactions ? { 'product, transactions': product('auto') } : {}),
};

async function main() {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(LEVELS).map((name) => [name, []]));
  // Once without counting, so that neither the server's nor our own compiler favours who comes last.
  for (const level of Object.values(LEVELS)) await time(level, Math.min(documents, 5_000));
  for (let round = 0; round < rounds; round++) {
    const names = Object.keys(LEVELS);
    // Each round begins with another one.
    for (const name of [...names.slice(round % names.length), ...names.slice(0, round % names.length)]) {
      const level = LEVELS[name];
      if (level) times[name]?.push(await time(level, documents));
    }
    console.error(
      `round ${round + 1}: ${names.map((name) => `${name} ${Math.round(times[name]?.at(-1) ?? 0)} ms`).join(', ')}`,
    );
  }
  const median = (name: string) =>
    [...(times[name] ?? [])].sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
  /** Of each round the ratio, and of those the median: what disturbs the machine disturbs both sides. */
  const ratio = (slow: string, fast: string) => {
    const each = (times[slow] ?? [])
      .map((ms, round) => ms / (times[fast]?.[round] ?? Number.NaN))
      .sort((a, b) => a - b);
    return Number((each[Math.floor(each.length / 2)] ?? Number.NaN).toFixed(2));
  };
  return {
    documents,
    rounds,
    medianMs: Object.fromEntries(Object.keys(LEVELS).map((name) => [name, Math.round(median(name))])),
    fasterThanL4: ratio('L4 sequential journal', 'product'),
    fasterThanL5: ratio('L5 loop', 'product'),
    priceAgainstL1: ratio('product', 'L1 updateMany'),
    ...(LEVELS['product, transactions']
      ? { priceAgainstL1WithTransactions: ratio('product, transactions', 'L1 updateMany') }
      : {}),
  };
}

/** Peak memory of a process of its own that rolls back so many documents. */
async function peak(count: number): Promise<number> {
  const name = freshDatabaseName('bench');
  try {
    await fill(client.db(name), count);
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(import.meta.dirname, 'memory.ts'),
      mongo.uri,
      name,
    ]);
    return Number(stdout);
  } finally {
    await client.db(name).dropDatabase();
    await client.db(`${name}_state`).dropDatabase();
  }
}

/** How long each STEP takes on a shop of so many orders, and what a second run on finished work sends. */
async function everyStep(count: number) {
  const { stepTimes } = await import('./steps.ts');
  return stepTimes(mongo, count, seedDatabase);
}

try {
  const throughput = await main();
  const [small, large] = [await peak(10_000), await peak(200_000)];
  const result = {
    command: `npm run bench:rollback -- ${documents} ${rounds}`,
    engine: mongo.engine,
    node: process.version,
    throughput,
    peakMemoryMb: {
      '10000 documents': small,
      '200000 documents': large,
      ratio: Number((large / small).toFixed(3)),
    },
    steps: await everyStep(10_000),
  };
  console.log(JSON.stringify(result, null, 2));
  await writeFile(
    join(import.meta.dirname, '../results/rollback.json'),
    `${JSON.stringify(result, null, 2)}\n`,
  );
} finally {
  await client.close();
  await mongo.stop();
}
