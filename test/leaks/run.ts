/** `npm run leaks`: every secret through every world, and every trace of it that is left. Writes bench/results/leaks.json. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startMongo } from '../support/mongo.ts';
import { type Hunt, hunt } from './hunt.ts';
import { FORMS } from './search.ts';
import { ALL_SECRETS } from './secrets.ts';
import { WORLDS } from './worlds.ts';

const only = process.argv[2];
const mongo = await startMongo();
const hunts: Hunt[] = [];
try {
  for (const world of WORLDS.filter(({ name }) => only === undefined || name.includes(only))) {
    const one = await hunt(world, mongo.uri);
    hunts.push(one);
    console.log(
      `${one.leaks.length === 0 ? 'clean' : 'LEAK '}  ${one.world}: ${Object.keys(one.places).length} places, ${one.bytes} bytes`,
    );
    for (const { secret, form, place, around } of one.leaks)
      console.log(`  ${secret} (${form}) in ${place}: ${JSON.stringify(around)}`);
  }
} finally {
  await mongo.stop();
}
const leaks = hunts.flatMap((one) => one.leaks);
const summary = {
  command: 'npm run leaks',
  engine: mongo.engine,
  secrets: ALL_SECRETS.length,
  worlds: hunts.length,
  forms: FORMS,
  places: hunts.reduce((sum, { places }) => sum + Object.keys(places).length, 0),
  bytes: hunts.reduce((sum, { bytes }) => sum + bytes, 0),
  found: leaks.length,
  by: hunts.map(({ world, places, bytes, leaks: found }) => ({
    world,
    places: Object.keys(places).length,
    bytes,
    found: found.length,
  })),
};
if (only === undefined)
  await writeFile(
    join(import.meta.dirname, '../../bench/results/leaks.json'),
    `${JSON.stringify(summary, null, 2)}\n`,
  );
console.log(
  `${summary.secrets} secrets, ${summary.worlds} worlds, ${summary.places} places, ${summary.bytes} bytes: ${summary.found} found`,
);
process.exitCode = leaks.length === 0 ? 0 : 1;
