import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { seedDatabase } from '../../support/seed-data.ts';
import { builtIn, Session } from './session.ts';

let session: Session;
beforeEach(() => {
  session = new Session(inject('mongoUri'));
});
afterEach(() => session.close());

const CONFIRM = 'roll back 30 in test';

async function indexes(collection: string): Promise<string[]> {
  const found = await session.db.collection(collection).listIndexes().toArray();
  return found.map(({ v: _v, ...index }) => JSON.stringify(index)).sort();
}

describe('STEP 30', () => {
  test('drops the named indexes only, again nothing, and restore builds them as they were', async () => {
    await seedDatabase(session.db, { orders: 40 });
    const before = { orders: await indexes('orders'), subscriptions: await indexes('subscriptions') };
    const plan = await session.run({ operation: 'plan', steps: builtIn('30') });
    expect(plan.rollback).toMatchObject({ confirm: CONFIRM, steps: [{ matched: 10 }] });
    expect(plan.rollback?.steps[0]?.details).toContainEqual(
      expect.stringMatching(
        /subscription_id_1 of orders: key: \{subscription_id: 1\}, sparse: true → no index/,
      ),
    );

    const applied = await session.run({ operation: 'apply', steps: builtIn('30'), confirm: CONFIRM });
    expect(applied).toMatchObject({
      failed: false,
      rollback: { steps: [{ state: 'rolled_back', modified: 10 }] },
    });
    const names = (await session.db.collection('orders').listIndexes().toArray()).map((index) => index.name);
    expect(names.sort()).toEqual(['_id_', 'order_number_1']);

    const again = await session.run({ operation: 'apply', steps: builtIn('30'), confirm: CONFIRM });
    expect(again).toMatchObject({ failed: false, rollback: { steps: [{ state: 'skipped', modified: 0 }] } });

    const restored = await session.run({
      operation: 'restore',
      operationId: applied.rollback?.operationId ?? '',
    });
    expect(restored).toMatchObject({
      failed: false,
      rollback: { steps: [{ state: 'restored', modified: 10 }] },
    });
    expect({ orders: await indexes('orders'), subscriptions: await indexes('subscriptions') }).toEqual(
      before,
    );
  });

  test('an index that somebody built anew under the name is a conflict', async () => {
    await seedDatabase(session.db, { orders: 20 });
    const applied = await session.run({ operation: 'apply', steps: builtIn('30'), confirm: CONFIRM });
    await session.db.collection('orders').createIndex({ subscription_id: 1 }, { name: 'subscription_id_1' });
    const restored = await session.run({
      operation: 'restore',
      operationId: applied.rollback?.operationId ?? '',
    });
    expect(restored).toMatchObject({
      failed: true,
      rollback: { steps: [{ state: 'conflicted', modified: 9, conflicts: 1 }] },
    });
  });

  test('without the phrase nothing is done, not even a lease', async () => {
    await seedDatabase(session.db, { orders: 20 });
    await expect(session.run({ operation: 'apply', steps: builtIn('30') })).rejects.toThrow(CONFIRM);
    expect(await session.state.listCollections().toArray()).toEqual([]);
  });
});
