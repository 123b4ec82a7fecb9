import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { confirmationPhrase } from '../../../src/rollback/commands/guardrails.ts';
import { BUILT_IN_STEPS } from '../../../src/rollback/steps/catalogue.ts';
import { needs } from '../../support/needs.ts';
import { seedDatabase } from '../../support/seed-data.ts';
import { builtIn, Session, snapshot } from './session.ts';

let session: Session;
beforeEach(() => {
  session = new Session(inject('mongoUri'));
});
afterEach(() => session.close());

/** Everything in the database: documents by their bytes, indexes, validators. */
async function everything(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const { name, options } of (await session.db.listCollections().toArray()) as {
    name: string;
    options?: object;
  }[]) {
    const indexes = await session.db.collection(name).listIndexes().toArray();
    found[name] = {
      documents: await snapshot(session, name),
      indexes: indexes.map((index) => JSON.stringify(index)).sort(),
      // `collMod` makes the defaults of a validator explicit, on mongod too.
      options: { validationLevel: 'strict', validationAction: 'error', ...options },
    };
  }
  return found;
}

/** What must be true of the seeded shop once a STEP is rolled back. */
const AFTERWARDS: Record<string, () => Promise<void>> = {
  19: () => none('orders', { subscription_id: { $exists: true } }),
  20: () => none('subscriptions', { order_id: { $exists: true } }),
  21: async () => {
    await none('users', { customer_id: { $exists: true } });
    await none('customers', { user_id: { $exists: true } });
  },
  22: async () => {
    await none('orders', { status: /[A-Z]/ });
    expect(await session.db.collection('orders').countDocuments({ status: 'pending' })).toBeGreaterThan(0);
  },
  23: () => none('orders', { type: 'one_time', excluded_from_billing: { $ne: true } }),
  24: () => noRule('users', 'role'),
  25: async () => {
    const names = (await session.db.listCollections().toArray()).map((collection) => collection.name);
    expect(names).toContain('audit_logs_rolled_back');
    expect(names).not.toContain('audit_logs');
    expect(await session.db.collection('audit_logs_rolled_back').countDocuments()).toBe(60);
    await none('orders', { $or: [{ created_by: { $exists: true } }, { updated_by: { $exists: true } }] });
  },
  26: async () => {
    await none('subscriptions', { quantity: { $exists: true } });
    await none('orders', { 'items.quantity': { $exists: true } });
    expect(await session.db.collection('orders').countDocuments({ 'items.sku': { $exists: true } })).toBe(
      300,
    );
  },
  27: () => noRule('subscriptions', 'start_date'),
  28: async () => {
    const routes = await session.db
      .collection('routes')
      .find({ legacy_route: { $exists: true } })
      .toArray();
    for (const { route, legacy_route } of routes) expect(route).toBe(legacy_route);
    expect(
      await session.db.collection('routes').countDocuments({ legacy_route: { $exists: false } }),
    ).toBeGreaterThan(0);
  },
  29: async () => {
    for (const collection of ['orders', 'subscriptions']) {
      expect(
        await session.db.collection(collection).countDocuments({ customer_id: { $not: /^CUST-\d{6}$/ } }),
      ).toBe(0);
    }
  },
  30: async () => {
    const indexes = await session.db.collection('orders').listIndexes().toArray();
    expect(indexes.map((index) => index.name).sort()).toEqual(['_id_', 'order_number_1']);
  },
};

async function none(collection: string, filter: object): Promise<void> {
  expect(await session.db.collection(collection).countDocuments(filter)).toBe(0);
}

async function noRule(collection: string, field: string): Promise<void> {
  const [found] = await session.db.listCollections({ name: collection }).toArray();
  expect(JSON.stringify(found)).toContain('$jsonSchema');
  expect(JSON.stringify(found)).not.toContain(field);
}

const VALIDATORS = new Set(['24', '27']);

describe.each(BUILT_IN_STEPS.map(({ step, name }) => ({ step, name })))('STEP $step $name', ({ step }) => {
  const reason = VALIDATORS.has(step) ? needs('collMod', 'validators') : undefined;

  test.skipIf(reason)('plan → apply → apply again → restore', async () => {
    await seedDatabase(session.db, { orders: 300, validators: inject('mongoCapabilities').validators });
    const before = await everything();
    const steps = builtIn(step);
    const phrase = confirmationPhrase(steps, 'test');
    const confirm = phrase === undefined ? {} : { confirm: phrase };

    const plan = await session.run({ operation: 'plan', steps });
    const planned = plan.rollback?.steps[0]?.matched ?? 0;
    expect(planned).toBeGreaterThan(0);
    expect(await everything()).toEqual(before);

    const applied = await session.run({
      operation: 'apply',
      steps,
      planDigest: plan.rollback?.planDigest ?? '',
      batchSize: 64,
      ...confirm,
    });
    expect(applied).toMatchObject({
      failed: false,
      rollback: {
        state: 'succeeded',
        steps: [{ state: 'rolled_back', matched: planned, modified: planned, conflicts: 0 }],
      },
    });
    await AFTERWARDS[step]?.();

    const again = await session.run({ operation: 'apply', steps, ...confirm });
    expect(again).toMatchObject({ failed: false, rollback: { steps: [{ state: 'skipped', modified: 0 }] } });

    const restored = await session.run({
      operation: 'restore',
      operationId: applied.rollback?.operationId ?? '',
    });
    expect(restored).toMatchObject({
      failed: false,
      rollback: { state: 'succeeded', steps: [{ state: 'restored', modified: planned, conflicts: 0 }] },
    });
    expect(await everything()).toEqual(before);
  });
});

test('all STEPs that this server can do, in one operation and back', async () => {
  await seedDatabase(session.db, { orders: 300, validators: inject('mongoCapabilities').validators });
  const before = await everything();
  const can = BUILT_IN_STEPS.filter(
    ({ step }) => !VALIDATORS.has(step) || inject('mongoCapabilities').collMod,
  ).map(({ step }) => step);
  const steps = builtIn(...can.reverse());
  const applied = await session.run({
    operation: 'apply',
    steps,
    confirm: confirmationPhrase(steps, 'test') ?? '',
  });
  expect(applied.rollback?.steps.map(({ step, state }) => [step, state])).toEqual(
    can.map((step) => [step, 'rolled_back']),
  );
  const restored = await session.run({ operation: 'restore' });
  expect(restored.rollback?.steps.map(({ step, state }) => [step, state])).toEqual(
    [...can].reverse().map((step) => [step, 'restored']),
  );
  expect(await everything()).toEqual(before);
});
