import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { seedDatabase } from '../../support/seed-data.ts';
import { intercept } from './intercept.ts';
import { builtIn, Session } from './session.ts';

let session: Session;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await seedDatabase(session.db, { orders: 200 });
});
afterEach(() => session.close());

async function planOf(...steps: string[]) {
  const result = await session.run({ operation: 'plan', steps: builtIn(...steps) });
  return { ...result.rollback, step: result.rollback?.steps[0] };
}

describe('a plan shows', () => {
  test('the money of STEP 23 by currency and year', async () => {
    const { step, confirm } = await planOf('23');
    const orders = await session.db
      .collection('orders')
      .find({ type: 'one_time', currency: 'INR' })
      .toArray();
    const rupees = orders.reduce((sum, order) => sum + Number(String(order.total_amount)), 0);
    expect(step?.impact).toContain(
      `INR ${rupees.toLocaleString('en-US', { minimumFractionDigits: 2 })} on ${orders.length} documents`,
    );
    expect(step?.impact).toContain('₹600K');
    expect(confirm).toBe('roll back 23 in test');
  });

  test('who could not log in after STEP 21', async () => {
    expect((await planOf('21')).step?.impact).toBe(
      '10 users could not log in; breaks login: these users cannot log in until the link is back',
    );
  });

  test('samples before → after, the size of the journal and a duration', async () => {
    const { step } = await planOf('22');
    expect(step?.details?.[0]).toMatch(
      /^map orders\.status back .*: 200 documents, about [\d.]+ KB in what changes$/,
    );
    expect(step?.details?.[1]).toMatch(/^sample orders [0-9a-f]{24}: status "([A-Z]+)" → "[a-z]+"$/);
    expect(step?.details?.at(-2)).toMatch(/^journal: about [\d.]+ KB; duration: about [\d.]+ (ms|s)$/);
  });

  test('no value of a sensitive field', async () => {
    const result = await session.run({
      operation: 'plan',
      steps: builtIn('19'),
      sensitiveFields: ['Subscription_ID'],
    });
    const lines = result.rollback?.steps[0]?.details?.filter((line) => line.startsWith('sample'));
    expect(lines?.length).toBe(3);
    for (const line of lines ?? []) expect(line).toMatch(/: subscription_id \*\*\* → \(missing\)$/);
  });

  test('STEPs that build on the chosen ones, and an operation that was cut short', async () => {
    expect((await planOf('19')).warnings).toEqual([expect.stringMatching(/^STEP 20 builds on STEP 19/)]);
    expect((await planOf('20', '19')).warnings).toEqual([]);
    const stop = new AbortController();
    session.client.on('commandStarted', (event) => {
      if (event.command.update === 'orders') stop.abort(new Error('stop'));
    });
    const cut = await session.run(
      { operation: 'apply', steps: builtIn('19'), batchSize: 10 },
      { signal: stop.signal },
    );
    expect((await planOf('20', '19')).warnings).toEqual([
      expect.stringContaining(`operation ${cut.rollback?.operationId} is interrupted in STEP 19`),
    ]);
  });

  test('the same digest for the same plan, another one for another', async () => {
    const [a, b] = [await planOf('19'), await planOf('19')];
    expect(a.planDigest).toBe(b.planDigest);
    expect((await planOf('19', '20')).planDigest).not.toBe(a.planDigest);
    await session.db.collection('orders').insertOne({ order_number: 'x', subscription_id: 1 });
    expect((await planOf('19')).planDigest).not.toBe(a.planDigest);
  });
});

test('a plan says who works on the database at the moment', async () => {
  const state = intercept(session.state, async (command, send) => {
    if (command.insert === 'rollback_journal') {
      const plan = await session.run({ operation: 'plan', steps: builtIn('22') });
      warnings = plan.rollback?.warnings ?? [];
    }
    return send();
  });
  let warnings: readonly string[] = [];
  const run = { actor: 'ann', host: 'runner-a' };
  const applied = await session.run({ operation: 'apply', steps: builtIn('19') }, { state, run });
  expect(warnings).toEqual([
    expect.stringMatching(`ann on runner-a, .*, operation ${applied.rollback?.operationId}`),
  ]);
});

test('a reference map without an index is told of', async () => {
  const told = async () =>
    (await planOf('29')).step?.details?.filter((line) => line.includes('customers.customer_id has no index'));
  expect(await told()).toEqual([]);
  await session.db.collection('customers').dropIndex('customer_id_1');
  expect(await told()).toHaveLength(3);
});

test('history pages through the operations, the newest first', async () => {
  for (let n = 0; n < 3; n++) await session.run({ operation: 'apply', steps: builtIn('20') });
  const page = async (historySkip: number) => {
    const result = await session.run({ operation: 'history', historyLimit: 2, historySkip });
    return result.rollback?.history?.map((entry) => entry.operationId) ?? [];
  };
  const [first, second] = [await page(0), await page(2)];
  expect([first.length, second.length]).toEqual([2, 1]);
  expect(new Set([...first, ...second]).size).toBe(3);
});
