import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BSON, Double, Long, MongoClient, ObjectId } from 'mongodb';
import type { ModeResult } from '../../../src/report/schema.ts';
import type { StepDefinition } from '../../../src/rollback/steps/catalogue.ts';
import type { OperationRecord } from '../../../src/rollback/store/operations.ts';

/** What a child is told, as JSON. */
export interface ChildTask {
  uri: string;
  database: string;
  operation: 'apply' | 'resume' | 'restore';
  steps: StepDefinition[];
  operationId?: string;
  batchSize: number;
  kill?: { event: 'commandStarted' | 'commandSucceeded'; nth: number; delayMs: number };
}

export interface ChaosOptions {
  uri: string;
  database: string;
  /** How many runs are killed before the operation may end; half of them in apply, half in restore. */
  kills: number;
  documents: number;
  batchSize: number;
  /** Somebody else changes documents between the runs. */
  interfere: boolean;
  random: () => number;
}

export interface ChaosResult {
  kills: number;
  /** Kills that came in apply and in restore. */
  inApply: number;
  inRestore: number;
  /** Milliseconds of the runs that finished what was cut short. */
  recoveryMs: number[];
  /** Documents that were not as the oracle says; must be none. */
  wrong: string[];
  interfered: number;
}

const STEPS: StepDefinition[] = [
  {
    step: 'chaos-unset',
    name: 'chaos-unset',
    effect: 'Unsets a field at the top and one in each element.',
    risk: 'low',
    reversibility: 'irreversible',
    dependents: [],
    reversals: [
      { kind: 'unset-fields', collection: 'orders', fields: ['subscription_id', 'items[].quantity'] },
    ],
  },
  {
    step: 'chaos-map',
    name: 'chaos-map',
    effect: 'Maps a status.',
    risk: 'low',
    reversibility: 'derivable',
    dependents: [],
    reversals: [
      {
        kind: 'map-values',
        collection: 'orders',
        field: 'status',
        map: [
          ['PENDING', 'pending'],
          ['PAID', 'paid'],
        ],
      },
    ],
  },
];

type Order = Record<string, unknown> & { _id: ObjectId };

function order(n: number, id: ObjectId): Order {
  const document: Order = { _id: id, n, status: n % 3 === 0 ? 'PENDING' : n % 3 === 1 ? 'PAID' : 'draft' };
  if (n % 5 !== 0)
    document.subscription_id = n % 7 === 0 ? null : n % 2 === 0 ? Long.fromNumber(n) : new Double(n);
  if (n % 2 === 0) document.items = [{ sku: 'a', quantity: n }, { sku: 'b' }, { quantity: null, sku: 'c' }];
  return document;
}

/** What the STEPs make of a document, written down a second time without the code under test. */
function rolledBack(document: Order): Order {
  const { subscription_id: _gone, ...rest } = structuredCloneOf(document);
  if (Array.isArray(rest.items))
    for (const item of rest.items) delete (item as { quantity?: unknown }).quantity;
  if (rest.status === 'PENDING') rest.status = 'pending';
  if (rest.status === 'PAID') rest.status = 'paid';
  return rest as Order;
}

/** Runs apply and restore with runs killed at random points, and compares with the oracle after each. */
export async function chaos(options: ChaosOptions, child: string): Promise<ChaosResult> {
  const client = new MongoClient(options.uri);
  const result: ChaosResult = {
    kills: 0,
    inApply: 0,
    inRestore: 0,
    recoveryMs: [],
    wrong: [],
    interfered: 0,
  };
  try {
    const db = client.db(options.database);
    const orders = db.collection<Order>('orders');
    const expected = new Map<string, Order>();
    for (let n = 0; n < options.documents; n++) {
      const document = order(n, new ObjectId());
      expected.set(String(document._id), document);
    }
    await orders.insertMany([...expected.values()]);

    /** Somebody changes documents; what they write must never be lost. */
    const interfere = async () => {
      if (!options.interfere) return;
      for (let change = 0; change < 5; change++) {
        const [id, document] = [...expected][Math.floor(options.random() * expected.size)] ?? [];
        if (id === undefined || document === undefined) continue;
        const value = `theirs-${++result.interfered}`;
        await orders.updateOne({ _id: document._id }, { $set: { subscription_id: value } });
        document.subscription_id = value;
      }
    };

    const run = async (operation: 'apply' | 'restore', kills: number): Promise<void> => {
      let killed = 0;
      for (;;) {
        await expireLease(client, options.database);
        const open = await latest(client, options.database);
        const resumable = open !== undefined && open.kind === operation && open.state !== 'succeeded';
        const task: ChildTask = {
          uri: options.uri,
          database: options.database,
          operation: resumable ? 'resume' : operation,
          steps: operation === 'apply' ? STEPS : [],
          ...(resumable ? { operationId: open._id } : {}),
          batchSize: options.batchSize,
          ...(killed < kills ? { kill: killPoint(options.random) } : {}),
        };
        const started = performance.now();
        const ended = await runChild(child, task);
        if (ended.signal === 'SIGKILL') {
          killed += 1;
          result.kills += 1;
          if (operation === 'apply') result.inApply += 1;
          else result.inRestore += 1;
          await interfere();
          continue;
        }
        // The server may give the lease to a child that is dead already, after the lease was expired here.
        if (ended.code !== 0 && ended.stderr.includes('LeaseHeldError')) continue;
        if (ended.code !== 0) throw new Error(`the child failed: ${ended.stderr}`);
        const report = JSON.parse(ended.stdout) as ModeResult;
        if (report.rollback?.state !== 'succeeded') throw new Error(`the child ended ${ended.stdout}`);
        result.recoveryMs.push(performance.now() - started);
        return;
      }
    };

    const compare = async (phase: string, matches: (actual: Order, original: Order) => boolean) => {
      let count = 0;
      for await (const bytes of orders.find({}, { raw: true })) {
        count += 1;
        const actual = BSON.deserialize(bytes as unknown as Buffer, { promoteValues: false }) as Order;
        const original = expected.get(String(actual._id));
        if (original === undefined || !matches(actual, original))
          result.wrong.push(`${phase} ${String(actual._id)}: ${text(actual)}`);
      }
      if (count !== expected.size)
        result.wrong.push(`${phase}: ${count} documents where ${expected.size} were`);
    };

    await run('apply', Math.ceil(options.kills / 2));
    await compare('after apply', (actual, original) => {
      // What somebody wrote after its document was done is left alone; before, it was journalled and taken away.
      const theirs =
        typeof original.subscription_id === 'string' && original.subscription_id.startsWith('theirs-');
      const rolled = rolledBack(original);
      if (text(actual) === text(rolled)) return true;
      return theirs && actual.subscription_id === original.subscription_id && statusFits(actual, original);
    });
    await run('restore', Math.floor(options.kills / 2));
    await compare('after restore', (actual, original) => text(actual) === text(original));
    return result;
  } finally {
    await client.db(options.database).dropDatabase();
    await client.db(`${options.database}_state`).dropDatabase();
    await client.close();
  }
}

/** Builds the child once, so that a run starts in a fraction of a second. */
export async function buildChild(): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-chaos-'));
  const path = join(folder, 'child.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'child.ts')],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
    external: [
      'kerberos',
      'snappy',
      '@mongodb-js/zstd',
      '@aws-sdk/credential-providers',
      'gcp-metadata',
      'socks',
      'mongodb-client-encryption',
    ],
  });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}

function killPoint(random: () => number): NonNullable<ChildTask['kill']> {
  return {
    event: random() < 0.5 ? 'commandStarted' : 'commandSucceeded',
    nth: 1 + Math.floor(random() * 28),
    delayMs: random() < 0.5 ? 0 : Math.floor(random() * 6),
  };
}

/** The killed run cannot give its lease back; its time to live passes here at once. */
async function expireLease(client: MongoClient, database: string): Promise<void> {
  await client
    .db(`${database}_state`)
    .collection('leases')
    .updateMany({}, { $set: { expiresAt: new Date(0) } });
}

async function latest(client: MongoClient, database: string): Promise<OperationRecord | undefined> {
  const found = await client
    .db(`${database}_state`)
    .collection<OperationRecord>('rollback_operations')
    .find({})
    .sort({ startedAt: -1, _id: -1 })
    .limit(1)
    .toArray();
  return found[0];
}

function runChild(
  child: string,
  task: ChildTask,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, [child, JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    process_.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    process_.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    process_.once('error', reject);
    process_.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

function statusFits(actual: Order, original: Order): boolean {
  return String(actual.status).toLowerCase() === String(original.status).toLowerCase();
}

/** A document as text: types spelled out, top-level keys sorted, nested order kept. */
function text(document: Order): string {
  const plain = BSON.EJSON.parse(BSON.EJSON.stringify(document, { relaxed: false }), {
    relaxed: false,
  }) as Order;
  return Object.entries(plain)
    .map(([key, value]) => `${key}=${BSON.EJSON.stringify(value, { relaxed: false })}`)
    .sort()
    .join(' ');
}

function structuredCloneOf(document: Order): Order {
  return BSON.EJSON.parse(BSON.EJSON.stringify(document, { relaxed: false }), { relaxed: false }) as Order;
}
