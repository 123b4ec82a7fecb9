import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Document, MongoClient, ObjectId } from 'mongodb';
import { freshDatabaseName } from '../../test/support/mongo.ts';
import { markApplied, migrateDown } from './migrate-mongo-tool.ts';
import { runProduct } from './product.ts';
import { freshOrders, matching, PATIENT, withoutSubscription } from './shop.ts';
import type { Tool } from './tools.ts';

export interface Meanwhile {
  readonly tool: Tool;
  /** Whether what the app wrote is still there. */
  readonly kept: boolean;
  /** Whether the tool said that something was changed meanwhile. */
  readonly told: boolean;
  /** Orders, besides that one, that are as the oracle says. */
  readonly others: number;
}

/**
 * While a tool is at work the app gives an order another subscription: after the tool has read what it will
 * change, before its first write arrives. What becomes of what the app wrote?
 */
export async function meanwhile(uri: string, tool: Tool, orders: number): Promise<Meanwhile> {
  const client = new MongoClient(uri, { ...PATIENT, monitorCommands: true });
  const name = freshDatabaseName('bench');
  const db = client.db(name);
  try {
    await freshOrders(db, orders);
    await markApplied(client, name);
    const first = await db
      .collection<Document>('orders')
      .findOne({ subscription_id: { $type: 'objectId' } }, { sort: { _id: 1 } });
    if (first === null) throw new Error('no order has a subscription');
    const theirs = new ObjectId();
    let changed = false;
    client.on('commandStarted', ({ commandName, command }) => {
      if (changed || commandName !== 'update' || command.update !== 'orders' || !concerns(command, first._id))
        return;
      changed = true;
      // Waits: the tool's command leaves when the app's change is done.
      const file = join(import.meta.dirname, 'app-change.ts');
      const { status } = spawnSync(process.execPath, [file, uri, name, String(first._id), String(theirs)]);
      if (status !== 0) throw new Error('the app could not change the order');
    });
    let told = false;
    if (tool === 'product') {
      const result = await runProduct(client, name, { operation: 'apply', onConflict: 'skip' });
      told = result.rollback?.steps[0]?.conflicts === 1;
    } else await migrateDown(tool, client, name);
    if (!changed) throw new Error('the app changed nothing: the tool sent no update of that order');
    const now = await db.collection('orders').findOne({ _id: first._id });
    const kept = now?.subscription_id !== undefined && theirs.equals(now.subscription_id as ObjectId);
    const asReversed = await matching(db, orders, withoutSubscription);
    // Where that order lost the field it is among them.
    return { tool, kept, told, others: kept ? asReversed : asReversed - 1 };
  } finally {
    await db.dropDatabase();
    await client.db(`${name}_state`).dropDatabase();
    await client.close();
  }
}

/** Whether an update may write to this order: by its id, or by a condition that holds no id at all. */
function concerns(command: Document, id: ObjectId): boolean {
  const updates = (command.updates ?? []) as { q?: Document }[];
  return updates.some(({ q }) => {
    const text = JSON.stringify(q);
    return text.includes(String(id)) || !text.includes('_id":"');
  });
}
