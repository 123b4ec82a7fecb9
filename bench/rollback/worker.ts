/**
 * Runs one level again and again in a process of its own, when told to: what one level does to V8's heap and
 * compiler is not another's to pay for.
 */
import { MongoClient } from 'mongodb';
import { LEVELS } from './levels.ts';

const [uri = '', levelName = ''] = process.argv.slice(2);
const level = LEVELS[levelName];
if (level === undefined) throw new Error(`there is no level '${levelName}'`);
const client = new MongoClient(uri);
await client.connect();

process.on('message', async (database: string) => {
  globalThis.gc?.();
  const started = performance.now();
  await level(client, client.db(database), client.db(`${database}_state`));
  process.send?.(performance.now() - started);
});
process.once('disconnect', () => void client.close());
process.send?.('ready');
