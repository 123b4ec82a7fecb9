/**
 * `npm run chaos [-- ROUNDS SEED]`: the bundle in worlds that fail, held against what must be so however they
 * do. `npm run chaos -- --round SEED` plays one round again.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { startMongo } from '../support/mongo.ts';
import { playRound, type RoundResult, roundSeed } from './round.ts';

/** A round mostly waits: for pauses, for limits, for answers that are late. */
const AT_ONCE = Number(process.env.CHAOS_AT_ONCE ?? 2 * Math.min(4, availableParallelism()));

const [first, second] = process.argv.slice(2);
const single = first === '--round' ? wholeNumber(second, 'SEED') : undefined;
const rounds = single === undefined ? wholeNumber(first ?? '300', 'ROUNDS') : 1;
const seed = single === undefined ? wholeNumber(second ?? '1', 'SEED') : single;
const seeds =
  single === undefined ? Array.from({ length: rounds }, (_, index) => roundSeed(seed, index)) : [single];

const mongo = await startMongo();
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.error('stopping: the rounds under way are played to their end');
    stopped = true;
  });
}
const results: RoundResult[] = [];
const started = performance.now();
try {
  const waiting = [...seeds];
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, seeds.length) }, async () => {
      for (let next = waiting.shift(); next !== undefined && !stopped; next = waiting.shift()) {
        const result = await playRound(next, mongo.uri);
        results.push(result);
        if (result.breaches.length > 0 || single !== undefined) tell(result);
        if (results.length % 50 === 0) console.error(`${results.length} of ${seeds.length} rounds`);
      }
    }),
  );
} finally {
  await mongo.stop();
}

const breached = results.filter(({ breaches }) => breaches.length > 0);
const durations = results.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
const summary = {
  command: `npm run chaos -- ${rounds} ${seed}`,
  engine: mongo.engine,
  machine: { cores: availableParallelism(), memoryGb: Math.round(totalmem() / 2 ** 30) },
  rounds: results.length,
  byMode: sums(results.map(({ mode }) => new Map([[mode, 1]]))),
  breaches: breached.length,
  breachedRounds: breached.map(({ seed: own }) => own),
  happened: sums(results.map(({ happened }) => happened)),
  skipped: sums(results.map(({ skipped }) => new Map(skipped.map((reason) => [reason, 1])))),
  seconds: {
    all: Math.round((performance.now() - started) / 1_000),
    medianRound: seconds(durations[Math.floor(durations.length / 2)]),
    p95Round: seconds(durations[Math.floor(durations.length * 0.95)]),
    longestRound: seconds(durations.at(-1)),
  },
};
if (single === undefined) {
  console.log(JSON.stringify(summary, undefined, 2));
  // The short run of the gate must not take the place of the long one's figures.
  if (rounds >= 300) {
    const path = join(import.meta.dirname, '../../bench/results/chaos.json');
    await writeFile(path, `${JSON.stringify(summary, undefined, 2)}\n`);
  }
}
console.log(
  `chaos: ${results.length} rounds, ${breached.length} with a breach, ${summary.seconds.all} s (seed ${seed})`,
);
process.exitCode = breached.length === 0 ? 0 : 1;

function tell({ seed: own, mode, title, durationMs, breaches }: RoundResult): void {
  console.error(`round ${own} (${title || mode}, ${seconds(durationMs)} s): ${breaches.length} breaches`);
  for (const text of breaches) console.error(`  ${text.replaceAll('\n', '\n    ')}`);
  if (breaches.length > 0) console.error(`  again: npm run chaos -- --round ${own}`);
}

function wholeNumber(text: string | undefined, name: string): number {
  if (text !== undefined && /^\d{1,10}$/.test(text)) return Number(text);
  console.error(
    `${name} must be a whole number, not "${text ?? ''}": npm run chaos -- 300 1, or -- --round 42`,
  );
  process.exit(2);
}

function sums(maps: readonly ReadonlyMap<string, number>[]): Record<string, number> {
  const all = new Map<string, number>();
  for (const map of maps) for (const [key, count] of map) all.set(key, (all.get(key) ?? 0) + count);
  return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function seconds(ms: number | undefined): number {
  return Math.round((ms ?? 0) / 100) / 10;
}
