import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { builtIn, Session } from './session.ts';

/** What cannot be done blocks its STEP in the plan, by name and reason, before anything is written. */
let session: Session;
beforeEach(() => {
  session = new Session(inject('mongoUri'));
});
afterEach(() => session.close());

const planned = async (step: string) => {
  const plan = await session.run({ operation: 'plan', steps: builtIn(step) });
  return { failed: plan.failed, details: plan.rollback?.steps[0]?.details?.join('\n') };
};

test.each([
  ['a view', { viewOn: 'orders', pipeline: [] }, /audit_logs is a view, which cannot be renamed/],
  [
    'a time series',
    { timeseries: { timeField: 'at' } },
    /audit_logs is a time series, which cannot be renamed/,
  ],
])('STEP 25 is blocked if audit_logs is %s, and apply refuses it', async (_, options, words) => {
  await session.db.collection('orders').insertOne({ created_by: 'ann' });
  await session.db.createCollection('audit_logs', options);
  expect(await planned('25')).toEqual({ failed: true, details: expect.stringMatching(words) });
  await expect(
    session.run({ operation: 'apply', steps: builtIn('25'), confirm: 'roll back 25 in test' }),
  ).rejects.toMatchObject({ problems: [{ code: 'plan-blocked' }] });
  expect(await session.db.collection('orders').countDocuments({ created_by: 'ann' })).toBe(1);
});

test('STEP 30 is blocked if subscriptions is a view, and the plan still shows the other indexes', async () => {
  await session.db.collection('orders').createIndex({ subscription_id: 1 });
  await session.db.createCollection('subscriptions', { viewOn: 'orders', pipeline: [] });
  const { failed, details } = await planned('30');
  expect(failed).toBe(true);
  expect(details).toMatch(/subscriptions is a view, which has no indexes/);
  expect(details).toMatch(/subscription_id: 1/);
});

test('restore goes on beside an index whose keys exist under another name, and says so', async () => {
  const orders = session.db.collection('orders');
  await orders.createIndex({ subscription_id: 1 });
  await orders.createIndex({ status: 1, created_at: -1 });
  await session.run({ operation: 'apply', steps: builtIn('30'), confirm: 'roll back 30 in test' });
  await orders.createIndex({ status: 1, created_at: -1 }, { name: 'theirs' });
  const restored = await session.run({ operation: 'restore' });
  expect(restored).toMatchObject({
    failed: true,
    rollback: { steps: [{ state: 'conflicted', conflicts: 1 }] },
  });
  expect(restored.rollback?.steps[0]?.details?.join()).toMatch(/status_1_created_at_-1 .*under another name/);
  expect((await orders.indexes()).map(({ name }) => name).sort()).toEqual([
    '_id_',
    'subscription_id_1',
    'theirs',
  ]);
});
