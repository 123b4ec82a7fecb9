/** Rolls STEP 19 back in a process of its own and prints the most memory it had, in MB. */
import { MongoClient } from 'mongodb';
import { product } from './levels.ts';

const [uri = '', name = ''] = process.argv.slice(2);
const client = new MongoClient(uri);
try {
  await product('never')(client, client.db(name), client.db(`${name}_state`));
} finally {
  await client.close();
}
// maxRSS is in kilobytes.
process.stdout.write(String(Math.round(process.resourceUsage().maxRSS / 1024)));
