/**
 * `npm run bench:rollback [-- DOCUMENTS ROUNDS]`: STEP 19 by this product and by the raw driver, interleaved on
 * one server. A time counts only if the end state is the one that an oracle computes.
 */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BSON, type Db, MongoClient } from 'mongodb';
import { freshDatabaseName, startMongo } from '../../test/support/mongo.ts';
import { startMongoProxy } from '../../test/support/mongo-proxy.ts';
import { seedDatabase, seededDocuments } from '../../test/support/seed-data.ts';
import { METHOD, median, pairedRatio } from '../support/figures.ts';
import { LEVELS } from './levels.ts';
import { fill, SEED } from './shop.ts';

const documents = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 5);
const mongo = await startMongo();
const client = new MongoClient(mongo.uri);
/** Rounds before those that count. */
const UNCOUNTED = 2;

/** Every order as it was seeded, without the field: nothing else may have changed. */
async function isRight(db: Db, count: number): Promise<boolean> {
  const found = db.collection('orders').find({}, { sort: { _id: 1 }, raw: true });
  for (const order of seededDocuments('orders', { orders: count, seed: SEED })) {
    delete order.subscription_id;
    const actual = await found.next();
    if (actual === null || !Buffer.from(BSON.serialize(order)).equals(actual as unknown as Buffer))
      return false;
  }
  return (await found.next()) === null;
}

/** A level in a process of its own. */
interface Worker {
  run(database: string): Promise<number>;
  stop(): Promise<void>;
}

async function startWorker(level: string, uri: string): Promise<Worker> {
  const child = fork(join(import.meta.dirname, 'worker.ts'), [uri, level], { execArgv: ['--expose-gc'] });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the process of '${level}' ended with ${String(code)}`);
  });
  ended.catch(() => {});
  const answer = async () => {
    const [message] = (await Promise.race([once(child, 'message'), ended])) as unknown[];
    return message;
  };
  await answer();
  return {
    run: async (database) => {
      const answered = answer();
      child.send(database);
      return Number(await answered);
    },
    stop: async () => {
      child.disconnect();
      await ended.catch(() => {});
    },
  };
}

async function time(worker: Worker, count: number): Promise<number> {
  const name = freshDatabaseName('bench');
  const db = client.db(name);
  try {
    await fill(db, 'orders', count);
    const ms = await worker.run(name);
    if (!(await isRight(db, count))) throw new Error('the end state is not the oracle’s');
    return ms;
  } finally {
    await db.dropDatabase();
    await client.db(`${name}_state`).dropDatabase();
  }
}

const COMPARED = Object.keys(LEVELS).filter(
  (name) => name !== 'product, transactions' || mongo.capabilities.transactions,
);

/** Interleaved rounds of some levels, as ratios of the same round. */
async function compare(names: readonly string[], count: number, rounds: number, uri = mongo.uri) {
  const times: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  const workers = new Map<string, Worker>();
  try {
    for (const name of names) workers.set(name, await startWorker(name, uri));
    const run = (name: string, size: number) => time(workers.get(name) as Worker, size);
    // Uncounted rounds, so that neither the server's nor our own compiler favours who comes last.
    for (let round = 0; round < UNCOUNTED; round++)
      for (const name of names) await run(name, Math.min(count, 10_000));
    for (let round = 0; round < rounds; round++) {
      // Each round begins with another one.
      for (const name of [...names.slice(round % names.length), ...names.slice(0, round % names.length)]) {
        times[name]?.push(await run(name, count));
      }
      console.error(
        `round ${round + 1}: ${names.map((name) => `${name} ${Math.round(times[name]?.at(-1) ?? 0)} ms`).join(', ')}`,
      );
    }
  } finally {
    for (const worker of workers.values()) await worker.stop();
  }
  const ratio = (slow: string, fast: string) => pairedRatio(times[slow] ?? [], times[fast] ?? []);
  return {
    orders: count,
    rounds,
    medianMs: Object.fromEntries(names.map((name) => [name, Math.round(median(times[name] ?? []))])),
    fasterThanL4: ratio('L4 sequential journal', 'product'),
    fasterThanL5: ratio('L5 loop', 'product'),
    ...(names.includes('L1 updateMany') ? { priceAgainstL1: ratio('product', 'L1 updateMany') } : {}),
    ...(names.includes('product, transactions')
      ? { priceAgainstL1WithTransactions: ratio('product, transactions', 'L1 updateMany') }
      : {}),
  };
}

/** The same with a network between: every answer comes a millisecond later, as within a data centre. */
async function withNetwork(count: number, rounds: number) {
  const proxy = await startMongoProxy(mongo.uri);
  try {
    proxy.delayMs = 1;
    const names = ['L4 sequential journal', 'L5 loop', 'product'];
    return { delayMs: 1, ...(await compare(names, count, rounds, proxy.uri)) };
  } finally {
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
    await fill(client.db(name), 'orders', count);
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
  const throughput = await compare(COMPARED, documents, rounds);
  const network = await withNetwork(10_000, rounds);
  const result = {
    command: `npm run bench:rollback -- ${documents} ${rounds}`,
    engine: mongo.engine,
    method: METHOD,
    node: process.version,
    // Ratios on a machine that does other work besides say little: more load than cores is such a machine.
    machine: { cores: availableParallelism(), loadAtTheEnd: Number((loadavg()[0] ?? 0).toFixed(1)) },
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
