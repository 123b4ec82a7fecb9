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
import { startMongoProxy } from '../../test/support/mongo-proxy.ts';
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

async function time(level: Level, count: number, through: MongoClient): Promise<number> {
  const name = freshDatabaseName('bench');
  const db = client.db(name);
  try {
    await fill(db, count);
    const started = performance.now();
    await level(through, through.db(name), through.db(`${name}_state`));
    const ms = performance.now() - started;
    if (!(await isRight(db, count))) throw new Error('the end state is not the oracle’s');
    return ms;
  } finally {
    await db.dropDatabase();
    await client.db(`${name}_state`).dropDatabase();
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

/** Interleaved rounds of some levels, as ratios of the same round. */
async function compare(levels: Record<string, Level>, count: number, rounds: number, through = client) {
  const names = Object.keys(levels);
  const times: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  // Once without counting, so that neither the server's nor our own compiler favours who comes last.
  for (const level of Object.values(levels)) await time(level, Math.min(count, 3_000), through);
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another one.
    for (const name of [...names.slice(round % names.length), ...names.slice(0, round % names.length)]) {
      const level = levels[name];
      if (level) times[name]?.push(await time(level, count, through));
    }
    console.error(
      `round ${round + 1}: ${names.map((name) => `${name} ${Math.round(times[name]?.at(-1) ?? 0)} ms`).join(', ')}`,
    );
  }
  /** Of each round the ratio, and of those the median: what disturbs the machine disturbs both sides. */
  const ratio = (slow: string, fast: string) =>
    Number(
      median((times[slow] ?? []).map((ms, round) => ms / (times[fast]?.[round] ?? Number.NaN))).toFixed(2),
    );
  return {
    orders: count,
    rounds,
    medianMs: Object.fromEntries(names.map((name) => [name, Math.round(median(times[name] ?? []))])),
    fasterThanL4: ratio('L4 sequential journal', 'product'),
    fasterThanL5: ratio('L5 loop', 'product'),
    ...(levels['L1 updateMany'] ? { priceAgainstL1: ratio('product', 'L1 updateMany') } : {}),
    ...(levels['product, transactions']
      ? { priceAgainstL1WithTransactions: ratio('product, transactions', 'L1 updateMany') }
      : {}),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The same with a network between: every answer comes a millisecond later, as within a data centre. */
async function withNetwork(count: number, rounds: number) {
  const proxy = await startMongoProxy(mongo.uri);
  const far = new MongoClient(proxy.uri);
  try {
    proxy.delayMs = 1;
    const levels = { 'L4 sequential journal': sequentialJournal, 'L5 loop': loop, product: product('never') };
    return { delayMs: 1, ...(await compare(levels, count, rounds, far)) };
  } finally {
    await far.close();
    await proxy.close();
  }
}

/**
 * Peak memory of a process of its own that rolls back so many documents.
 * @param frugal V8 collects early, so that the peak is what the work needs and not what V8 takes while there is room.
 */
async function peak(count: number, frugal: boolean): Promise<number> {
  const name = freshDatabaseName('bench');
  try {
    await fill(client.db(name), count);
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...(frugal ? ['--max-semi-space-size=2', '--heap-growing-percent=10'] : []),
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

async function memory(frugal: boolean) {
  const [small, large] = [await peak(10_000, frugal), await peak(200_000, frugal)];
  return { '10000 orders': small, '200000 orders': large, ratio: Number((large / small).toFixed(3)) };
}

/** How long each STEP takes on a shop of so many orders, and what a second run on finished work sends. */
async function everyStep(count: number) {
  const { stepTimes } = await import('./steps.ts');
  return stepTimes(mongo, count, seedDatabase);
}

try {
  const throughput = await compare(LEVELS, documents, rounds);
  const network = await withNetwork(10_000, rounds);
  const result = {
    command: `npm run bench:rollback -- ${documents} ${rounds}`,
    engine: mongo.engine,
    node: process.version,
    throughput,
    network,
    peakMemoryMb: { needed: await memory(true), withV8AsItIs: await memory(false) },
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
