import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { freshDatabaseName } from '../../test/support/mongo.ts';
import { markApplied, migrateDown, migrateUp, migrationStatus } from './migrate-mongo-tool.ts';
import { runProduct } from './product.ts';
import {
  assertReversed,
  fill,
  freshOrders,
  matching,
  PATIENT,
  WITH_FIELD,
  withoutSubscription,
} from './shop.ts';
import { LEASE_MS, type Tool } from './tools.ts';

export interface Killed {
  readonly tool: Tool;
  /** Orders that had lost the field when the process was dead. */
  readonly reversed: number;
  readonly toReverse: number;
  /** What the tool's own record says then. */
  readonly record: string;
  /** Orders as before, to the last byte of each field, after the tool's own way back right from there. */
  readonly backAtOnce: number;
  /** Whether going on from there ends where it should. */
  readonly goesOn: boolean;
  /** The same after the tool's own way back from the end. */
  readonly backFromTheEnd: number;
  readonly orders: number;
}

/** Kills the tool when half of the orders are done, and sees what state is left and which ways lead on. */
export async function killed(uri: string, tool: Tool, orders: number): Promise<Killed> {
  const client = new MongoClient(uri, PATIENT);
  const name = freshDatabaseName('bench');
  const db = client.db(name);
  const withField = () => db.collection('orders').countDocuments(WITH_FIELD);
  const kill = async () => {
    await freshOrders(db, orders);
    await markApplied(client, name);
    await client.db(`${name}_state`).dropDatabase();
    const file = join(import.meta.dirname, 'killed-child.ts');
    const toReverse = await withField();
    const limit = String(Math.floor(toReverse / 2));
    const { signal, stderr } = spawnSync(process.execPath, [file, uri, name, tool, limit], {
      encoding: 'utf8',
    });
    if (signal !== 'SIGKILL') throw new Error(`the run ended before it was killed: ${stderr}`);
    // What the server still had in hand, and the dead run's lease.
    await delay(LEASE_MS + 500);
    return toReverse;
  };
  try {
    await fill(db, 'subscriptions', orders);

    const toReverse = await kill();
    const reversed = toReverse - (await withField());
    const record = await recordOf(client, name, tool);
    await back(client, name, tool);
    const backAtOnce = await matching(db, orders);

    await kill();
    await goOn(client, name, tool);
    const goesOn = (await matching(db, orders, withoutSubscription)) === orders;
    if (goesOn) await assertReversed(db, orders);
    await back(client, name, tool);
    const backFromTheEnd = await matching(db, orders);
    return { tool, reversed, toReverse, record, backAtOnce, goesOn, backFromTheEnd, orders };
  } finally {
    await db.dropDatabase();
    await client.db(`${name}_state`).dropDatabase();
    await client.close();
  }
}

async function operationOf(client: MongoClient, name: string) {
  const operation = await client
    .db(`${name}_state`)
    .collection('rollback_operations')
    .findOne({ kind: 'apply' }, { sort: { startedAt: -1 } });
  if (operation === null) throw new Error('there is no operation');
  return operation;
}

async function recordOf(client: MongoClient, name: string, tool: Tool): Promise<string> {
  return tool === 'product'
    ? String((await operationOf(client, name)).state)
    : migrationStatus(tool, client, name);
}

async function goOn(client: MongoClient, name: string, tool: Tool): Promise<void> {
  if (tool !== 'product') return migrateDown(tool, client, name);
  const operationId = String((await operationOf(client, name))._id);
  const { failed, cause } = await runProduct(client, name, { operation: 'resume', operationId });
  if (failed) throw new Error(`resume failed: ${cause}`);
}

async function back(client: MongoClient, name: string, tool: Tool): Promise<void> {
  if (tool !== 'product') {
    await migrateUp(tool, client, name);
    return;
  }
  const operationId = String((await operationOf(client, name))._id);
  const { failed, cause } = await runProduct(client, name, { operation: 'restore', operationId });
  if (failed) throw new Error(`restore failed: ${cause}`);
}
