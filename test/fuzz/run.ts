/** `npm run fuzz [-- CASES SEED [TARGET]]`: hostile input for every reader of this project. Writes bench/results/fuzz.json. */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type FuzzResult, runTarget } from './target.ts';
import { casesOf, TARGETS } from './targets.ts';

/** A target that finishes no case for so long hangs. */
const SILENCE_MS = 60_000;

if (isMainThread) await main();
else await work(workerData as Work);

interface Work {
  readonly name: string;
  readonly cases: number;
  readonly seed: number;
  readonly counter: SharedArrayBuffer;
}

async function main(): Promise<void> {
  const [casesText = '100000', seedText, only] = process.argv.slice(2);
  const cases = Number(casesText);
  const seed = seedText === undefined ? Math.floor(Math.random() * 0x7fffffff) : Number(seedText);
  if (!Number.isInteger(cases) || cases < 1 || !Number.isInteger(seed)) {
    console.error('usage: npm run fuzz [-- CASES SEED [TARGET]], whole numbers');
    process.exit(2);
  }
  const targets = TARGETS.filter(({ name }) => only === undefined || name === only);
  console.log(`seed ${seed}, ${cases} cases, ${targets.length} targets`);
  const started = performance.now();
  const results: FuzzResult[] = [];
  for (const target of targets) {
    const result = await inWorker({ name: target.name, cases: casesOf(target, cases, targets), seed });
    results.push(result);
    console.log(
      `${result.found ? 'FOUND' : 'clean'}  ${result.name}: ${result.cases} cases, slowest ${result.slowestMs} ms`,
    );
    if (result.found) {
      console.log(
        `  ${result.holds}\n  counterexample: ${result.found.counterexample}\n  ${result.found.error}`,
      );
      console.log(`  again: npm run fuzz -- ${cases} ${seed} ${result.name}`);
    }
  }
  const found = results.filter((result) => result.found);
  const total = results.reduce((sum, result) => sum + result.cases, 0);
  const summary = {
    command: `npm run fuzz -- ${cases} ${seed}`,
    machine: {
      cores: availableParallelism(),
      memoryGB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    seconds: Math.round((performance.now() - started) / 1_000),
    cases: total,
    found: found.length,
    targets: results.map(({ name, holds, cases: own, slowestMs }) => ({
      name,
      holds,
      cases: own,
      slowestMs,
    })),
  };
  console.log(`${total} cases, ${found.length} found, ${summary.seconds} s`);
  // A run of one target is for looking at a find, not for the record.
  if (only === undefined) {
    await writeFile(
      join(import.meta.dirname, '../../bench/results/fuzz.json'),
      `${JSON.stringify(summary, null, 2)}\n`,
    );
  }
  process.exitCode = found.length === 0 ? 0 : 1;
}

/** A thread of its own, because a hang in one's own thread cannot be told. */
function inWorker(work: Omit<Work, 'counter'>): Promise<FuzzResult> {
  const counter = new SharedArrayBuffer(4);
  const done = new Int32Array(counter);
  const worker = new Worker(new URL(import.meta.url), { workerData: { ...work, counter } });
  return new Promise((resolve, reject) => {
    let last = -1;
    const watch = setInterval(() => {
      const now = Atomics.load(done, 0);
      if (now !== last) {
        last = now;
        return;
      }
      clearInterval(watch);
      void worker.terminate();
      resolve({
        name: work.name,
        holds: 'ends',
        cases: now,
        slowestMs: SILENCE_MS,
        found: {
          seed: work.seed,
          path: '',
          counterexample: `case ${now} of seed ${work.seed}`,
          error: 'it hangs',
        },
      });
    }, SILENCE_MS);
    worker.once('message', (result: FuzzResult) => {
      clearInterval(watch);
      resolve(result);
      void worker.terminate();
    });
    worker.once('error', (error) => {
      clearInterval(watch);
      reject(error);
    });
  });
}

async function work({ name, cases, seed, counter }: Work): Promise<void> {
  const target = TARGETS.find((one) => one.name === name);
  if (!target) throw new Error(`there is no target ${name}`);
  const done = new Int32Array(counter);
  const result = await runTarget(target, { cases, seed, onCase: () => Atomics.add(done, 0, 1) });
  parentPort?.postMessage(result);
}
