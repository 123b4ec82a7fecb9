import { MongoClient, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Report } from '../../src/report/schema.ts';
import { type ActionResult, runAction, startAction } from '../support/action.ts';
import { differences, exactCopy } from '../support/exact-copy.ts';
import { freshDatabaseName } from '../support/mongo.ts';
import { type MongoProxy, startMongoProxy } from '../support/mongo-proxy.ts';
import { seedDatabase } from '../support/seed-data.ts';

/** STEP 19 and STEP 30 by the bundle, as a user runs them, on realistic data. */
const ORDERS = 10_000;
let client: MongoClient;
let database = '';
let stateDatabase = '';

beforeEach(() => {
  client = new MongoClient(inject('mongoUri'));
  database = freshDatabaseName('shop');
  stateDatabase = freshDatabaseName('guard');
});
afterEach(async () => {
  await client.db(database).dropDatabase();
  await client.db(stateDatabase).dropDatabase();
  await client.close();
});

const orders = () => client.db(database).collection('orders');
const withField = () => orders().countDocuments({ subscription_id: { $exists: true } });

function inputsOf(inputs: Record<string, string>, uri = inject('mongoUri')) {
  return {
    mode: 'rollback',
    'mongodb-uri': uri,
    'mongodb-database': database,
    'state-database': stateDatabase,
    'required-permission': 'none',
    ...(inputs.operation === 'restore' || inputs.operation === 'resume' ? {} : { steps: '19' }),
    ...inputs,
  };
}
const rollback = (inputs: Record<string, string>, uri?: string): Promise<ActionResult> =>
  runAction({ inputs: inputsOf(inputs, uri) });

const seed = (count: number) => seedDatabase(client.db(database), { orders: count, seed: 19 });

describe('STEP 19', () => {
  test('plan → apply → apply again → restore on 10,000 orders', async () => {
    await seed(ORDERS);
    const before = await exactCopy(orders());
    const expected = await withField();
    expect(expected).toBeGreaterThan(5_000);

    const proxy: MongoProxy = await startMongoProxy(inject('mongoUri'));
    const planned = await rollback({ operation: 'plan' }, proxy.uri);
    expect(planned.exitCode, planned.stdout).toBe(0);
    expect(planned.outputs).toMatchObject({
      'operation-state': 'planned',
      'records-affected': String(expected),
    });
    // The plan asked the server, and wrote nothing.
    expect(proxy.commands.length).toBeGreaterThan(0);
    expect(proxy.undecoded).toEqual([]);
    expect(proxy.writes()).toEqual([]);
    expect(differences(before, await exactCopy(orders()))).toEqual([]);

    const applied = await rollback(
      {
        operation: 'apply',
        'plan-digest': planned.outputs['plan-digest'] ?? '',
      },
      // The address of the database belongs to the plan.
      proxy.uri,
    );
    await proxy.close();
    expect(applied.exitCode, applied.stdout).toBe(0);
    expect(applied.outputs).toMatchObject({
      'operation-state': 'succeeded',
      'records-affected': String(expected),
      conflicts: '0',
    });
    expect(await withField()).toBe(0);

    const again = await rollback({ operation: 'apply' });
    expect(again.exitCode, again.stdout).toBe(0);
    expect(again.outputs).toMatchObject({ 'operation-state': 'succeeded', 'records-affected': '0' });

    const restored = await rollback({
      operation: 'restore',
      'operation-id': applied.outputs['operation-id'] ?? '',
    });
    expect(restored.exitCode, restored.stdout).toBe(0);
    expect(differences(before, await exactCopy(orders()))).toEqual([]);

    const history = await rollback({ operation: 'history', steps: '' });
    expect((history.report as Report).rollback?.history?.map((entry) => entry.operation)).toEqual(
      expect.arrayContaining(['apply', 'restore']),
    );
  });

  test('a document that was changed in between is a conflict, and is left alone', async () => {
    await seed(1_000);
    const before = await exactCopy(orders());
    const applied = await rollback({ operation: 'apply' });
    const meanwhile = await orders().findOne({ type: 'recurring' });
    if (!meanwhile) throw new Error('the seed has recurring orders');
    const mine = new ObjectId();
    await orders().updateOne({ _id: meanwhile._id }, { $set: { subscription_id: mine } });
    const restored = await rollback({
      operation: 'restore',
      'operation-id': applied.outputs['operation-id'] ?? '',
    });
    expect(restored.exitCode).toBe(1);
    expect(restored.outputs.conflicts).toBe('1');
    expect((await orders().findOne({ _id: meanwhile._id }))?.subscription_id).toEqual(mine);
    expect(differences(before, await exactCopy(orders()))).toHaveLength(1);
  });

  test('a database that falls silent: SIGTERM ends the process before GitHub would kill it', async () => {
    await seed(100);
    const proxy = await startMongoProxy(inject('mongoUri'));
    try {
      proxy.stall = true;
      const running = await startAction({ inputs: inputsOf({ operation: 'apply' }, proxy.uri) });
      while (proxy.connections === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const started = performance.now();
      running.child.kill('SIGTERM');
      const result = await running.result;
      expect(performance.now() - started).toBeLessThan(9_500);
      expect(result.exitCode).toBe(1);
      expect(result.report).toMatchObject({ verdict: 'error', cause: 'interrupted by SIGTERM' });
    } finally {
      await proxy.close();
    }
  });

  test('a stale plan is refused, and nothing is changed', async () => {
    await seed(1_000);
    const planned = await rollback({ operation: 'plan' });
    await orders().deleteOne({ type: 'recurring' });
    const left = await withField();
    const applied = await rollback({
      operation: 'apply',
      'plan-digest': planned.outputs['plan-digest'] ?? '',
    });
    expect(applied.exitCode).toBe(1);
    expect(applied.stdout).toMatch(/stale/);
    expect(await withField()).toBe(left);
  });

  test('two applies at once: one runs, the other stops and names the holder', async () => {
    await seed(5_000);
    const expected = await withField();
    const slow = await startMongoProxy(inject('mongoUri'));
    // The first must still be at work when the second has started, however slow this machine is.
    slow.delayMs = 20;
    const first = await startAction({
      inputs: inputsOf({ operation: 'apply', 'batch-size': '100' }, slow.uri),
      env: { GITHUB_TRIGGERING_ACTOR: 'first-runner' },
    });
    while ((await client.db(stateDatabase).collection('rollback_journal').countDocuments()) === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    slow.delayMs = 2_000;
    const second = await rollback({ operation: 'apply' });
    slow.delayMs = 0;
    const done = await first.result;
    await slow.close();
    expect(second.exitCode, second.stdout).toBe(1);
    expect(second.stdout).toContain('first-runner');
    expect(second.outputs['records-affected'] ?? '').not.toBe(String(expected));
    expect(done.exitCode, done.stdout).toBe(0);
    expect(done.outputs['records-affected']).toBe(String(expected));
  });

  test.each(['pull_request', 'pull_request_target', 'merge_group'])(
    'on %s nothing is written',
    async (name) => {
      await seed(500);
      const proxy = await startMongoProxy(inject('mongoUri'));
      const run = await runAction({
        inputs: inputsOf({}, proxy.uri),
        event: { name, payload: { pull_request: { number: 7 } } },
      });
      const asked = await runAction({
        inputs: inputsOf({ operation: 'apply' }, proxy.uri),
        event: { name },
      });
      await proxy.close();
      expect(run.exitCode, run.stdout).toBe(0);
      expect(run.outputs).toMatchObject({ 'dry-run': 'true', 'operation-state': 'planned' });
      // What was asked for is shown as a plan, and said to be one.
      expect(asked.outputs).toMatchObject({ 'dry-run': 'true', 'operation-state': 'planned' });
      expect(asked.summary).toMatch(/dry run/);
      expect(proxy.writes()).toEqual([]);
      expect(proxy.undecoded).toEqual([]);
    },
  );

  test('SIGTERM in the middle ends cleanly, and resume finishes', async () => {
    await seed(5_000);
    const before = await exactCopy(orders());
    const expected = await withField();
    const slow = await startMongoProxy(inject('mongoUri'));
    slow.delayMs = 20;
    const started = await startAction({
      inputs: inputsOf({ operation: 'apply', 'batch-size': '100' }, slow.uri),
    });
    while ((await withField()) === expected) await new Promise((resolve) => setTimeout(resolve, 20));
    const told = performance.now();
    started.child.kill('SIGTERM');
    const stopped = await started.result;
    await slow.close();
    expect(performance.now() - told).toBeLessThan(7_000);
    expect(stopped.exitCode).toBe(1);
    expect(stopped.outputs['operation-state']).toBe('interrupted');
    expect(await withField()).toBeGreaterThan(0);

    const resumed = await rollback({
      operation: 'resume',
      'operation-id': stopped.outputs['operation-id'] ?? '',
    });
    expect(resumed.exitCode, resumed.stdout).toBe(0);
    expect(await withField()).toBe(0);
    const restored = await rollback({
      operation: 'restore',
      'operation-id': stopped.outputs['operation-id'] ?? '',
    });
    expect(restored.exitCode, restored.stdout).toBe(0);
    expect(differences(before, await exactCopy(orders()))).toEqual([]);
  });
});

test('STEP 30 drops the indexes with the phrase alone, and restore makes them as they were', async () => {
  await seedDatabase(client.db(database), { orders: 50, seed: 30 });
  const specifications = async () => {
    const all: unknown[] = [];
    for (const { name } of await client.db(database).listCollections().toArray()) {
      for (const index of await client.db(database).collection(name).listIndexes().toArray())
        all.push({ collection: name, ...index });
    }
    return all.map((index) => JSON.stringify(index)).sort();
  };
  const before = await specifications();
  const planned = await rollback({ operation: 'plan', steps: '30' });
  expect(planned.exitCode, planned.stdout).toBe(0);
  const confirm = (planned.report as Report).rollback?.confirm ?? '';
  expect(confirm).toContain('production');

  const refused = await rollback({ operation: 'apply', steps: '30' });
  expect(refused.exitCode).toBe(1);
  expect(refused.stdout).toMatch(/confirm/);
  expect(await specifications()).toEqual(before);

  const applied = await rollback({ operation: 'apply', steps: '30', confirm });
  expect(applied.exitCode, applied.stdout).toBe(0);
  expect((await specifications()).length).toBeLessThan(before.length);
  const again = await rollback({ operation: 'apply', steps: '30', confirm });
  expect(again.outputs['records-affected']).toBe('0');

  const restored = await rollback({
    operation: 'restore',
    'operation-id': applied.outputs['operation-id'] ?? '',
    confirm,
  });
  expect(restored.exitCode, restored.stdout).toBe(0);
  expect(await specifications()).toEqual(before);
});
