/**
 * A rollback of STEP 19 that kills itself when the server has changed so many orders:
 * `node killed-child.ts URI DATABASE product|statement|loop ORDERS`. A `down` of one statement is killed as soon as
 * the statement is on its way.
 */
import { MongoClient } from 'mongodb';
import { migrateDown } from './migrate-mongo-tool.ts';
import { runProduct } from './product.ts';
import { PATIENT } from './shop.ts';
import { LEASE_MS, type Tool } from './tools.ts';

const [uri = '', database = '', tool = 'product', limit = '0'] = process.argv.slice(2);
const client = new MongoClient(uri, { ...PATIENT, monitorCommands: true });
let changed = 0;
const updates = new Set<number>();
const die = () => process.kill(process.pid, 'SIGKILL');
client.on('commandStarted', ({ commandName, command, requestId }) => {
  if (commandName !== 'update' || command.update !== 'orders') return;
  updates.add(requestId);
  // Not at once: the command is written after this.
  if (tool === 'statement') setTimeout(die, 5);
});
client.on('commandSucceeded', ({ requestId, reply }) => {
  if (!updates.has(requestId)) return;
  changed += (reply as { nModified?: number }).nModified ?? 0;
  if (changed >= Number(limit)) die();
});
try {
  if (tool === 'product') await runProduct(client, database, { operation: 'apply', leaseMs: LEASE_MS });
  else await migrateDown(tool as Exclude<Tool, 'product'>, client, database);
} finally {
  await client.close();
}
