/** `npm run chaos:kills [-- KILLS]`: kills rollback runs at random points and compares every end with an oracle. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freshDatabaseName, startMongo } from '../../support/mongo.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { buildChild, type ChaosResult, chaos } from './chaos.ts';

const kills = Number(process.argv[2] ?? 500);
const perRound = 20;
const seed = Number(process.argv[3] ?? 1);
const random = seededRandom(seed);
const mongo = await startMongo();
const child = await buildChild();
const results: ChaosResult[] = [];
try {
  for (let done = 0; done < kills; done += perRound) {
    const round = await chaos(
      {
        uri: mongo.uri,
        database: freshDatabaseName('chaos'),
        kills: Math.min(perRound, kills - done),
        documents: 1_500,
        batchSize: 50,
        interfere: results.length % 2 === 1,
        random,
      },
      child.path,
    );
    results.push(round);
    console.error(
      `${done + round.kills} kills, wrong documents: ${results.reduce((sum, r) => sum + r.wrong.length, 0)}`,
    );
  }
} finally {
  await child.remove();
  await mongo.stop();
}
const recovery = results.flatMap((result) => result.recoveryMs).sort((a, b) => a - b);
const wrong = results.flatMap((result) => result.wrong);
const summary = {
  command: `npm run chaos:kills -- ${kills} ${seed}`,
  engine: mongo.engine,
  kills: results.reduce((sum, result) => sum + result.kills, 0),
  inApply: results.reduce((sum, result) => sum + result.inApply, 0),
  inRestore: results.reduce((sum, result) => sum + result.inRestore, 0),
  changesByOthers: results.reduce((sum, result) => sum + result.interfered, 0),
  recoveryMs: {
    median: Math.round(recovery[Math.floor(recovery.length / 2)] ?? 0),
    most: Math.round(recovery.at(-1) ?? 0),
  },
  wrongDocuments: wrong.length,
};
console.log(JSON.stringify(summary, null, 2));
for (const line of wrong.slice(0, 20)) console.error(line);
await writeFile(
  join(import.meta.dirname, '../../../bench/results/kills.json'),
  `${JSON.stringify(summary, null, 2)}\n`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;
