import { Binary, type CreateCollectionOptions, type Document, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Reversal } from '../../../src/rollback/reversals/expand.ts';
import type { StepDefinition } from '../../../src/rollback/steps/catalogue.ts';
import { needs } from '../../support/needs.ts';
import { intercept } from './intercept.ts';
import { builtIn, Session, snapshot } from './session.ts';

let session: Session;
beforeEach(() => {
  session = new Session(inject('mongoUri'));
});
afterEach(() => session.close());

const orders = () => session.db.collection<Document>('orders');

function own(...reversals: Reversal[]): StepDefinition[] {
  return [
    {
      step: 'own',
      name: 'own',
      effect: 'Ours.',
      risk: 'low',
      reversibility: 'irreversible',
      dependents: [],
      reversals,
    },
  ];
}

async function thereAndBack(steps: StepDefinition[]) {
  const before = await snapshot(session, 'orders');
  const applied = await session.run({ operation: 'apply', steps });
  const after = await snapshot(session, 'orders');
  await session.run({ operation: 'restore', operationId: applied.rollback?.operationId ?? '' });
  expect(await snapshot(session, 'orders')).toEqual(before);
  return { applied, before, after };
}

describe('collections that are not as usual', () => {
  test('one that does not exist is skipped', async () => {
    const plan = await session.run({ operation: 'plan', steps: builtIn('19') });
    expect(plan).toMatchObject({
      failed: false,
      rollback: { steps: [{ matched: 0, details: ['the collection orders does not exist'] }] },
    });
    const applied = await session.run({ operation: 'apply', steps: builtIn('19') });
    expect(applied).toMatchObject({
      failed: false,
      rollback: { state: 'succeeded', steps: [{ state: 'skipped' }] },
    });
    expect((await session.db.listCollections().toArray()).map(({ name }) => name)).toEqual([]);
    await expect(session.run({ operation: 'restore' })).rejects.toThrow(/no operation to restore/);
  });

  test('an empty one is skipped', async () => {
    await session.db.createCollection('orders');
    expect(await session.run({ operation: 'apply', steps: builtIn('19') })).toMatchObject({
      failed: false,
      rollback: { steps: [{ state: 'skipped', modified: 0 }] },
    });
  });

  test.each([
    [
      'a view',
      { type: 'view', options: { viewOn: 'other' } },
      /orders is a view; name the collection behind it/,
    ],
    ['a time series', { type: 'timeseries', options: {} }, /orders is a time series/],
    ['a capped one', { type: 'collection', options: { capped: true } }, /orders is capped/],
  ])('%s is refused before anything is written', async (_kind, info, message) => {
    await orders().insertOne({ subscription_id: 1 });
    const db = new Proxy(
      intercept(session.db, (_command, send) => send()),
      {
        get: (target, property) =>
          property === 'listCollections'
            ? () => ({ toArray: async () => [{ name: 'orders', ...info }] })
            : Reflect.get(target, property, target),
      },
    );
    const plan = await session.run({ operation: 'plan', steps: builtIn('19') }, { db });
    expect(plan.failed).toBe(true);
    expect(plan.rollback?.steps[0]?.details?.[0]).toMatch(message);
    await expect(session.run({ operation: 'apply', steps: builtIn('19') }, { db })).rejects.toThrow(message);
    expect(await session.state.collection('rollback_operations').countDocuments()).toBe(0);
    expect(await orders().countDocuments({ subscription_id: 1 })).toBe(1);
  });

  const kinds = [
    ['view', { viewOn: 'behind', pipeline: [] }, needs('views')],
    ['capped', { capped: true, size: 1024 * 1024 }, needs('capped')],
  ] as const;
  for (const [kind, options, reason] of kinds) {
    test.skipIf(reason)(`a real one of the kind ${kind} is refused`, async () => {
      await session.db.createCollection('orders', options as CreateCollectionOptions);
      await session.db
        .collection(kind === 'view' ? 'behind' : 'orders')
        .insertOne({ _id: 1 as never, subscription_id: 1 });
      expect((await session.run({ operation: 'plan', steps: builtIn('19') })).failed).toBe(true);
      await expect(session.run({ operation: 'apply', steps: builtIn('19') })).rejects.toThrow(
        new RegExp(`orders is (a )?${kind}`),
      );
      expect(await orders().countDocuments({ subscription_id: 1 })).toBe(1);
    });
  }

  test('a field of the shard key is refused', async () => {
    await orders().insertOne({ subscription_id: 1 });
    const routers = session.client.db('config').collection<Document>('collections');
    const _id = `${session.name}.orders`;
    await routers.insertOne({ _id: _id as never, key: { subscription_id: 1, n: 1 } });
    try {
      await expect(session.run({ operation: 'apply', steps: builtIn('19') })).rejects.toThrow(
        /part of the shard key of orders/,
      );
      expect(await orders().countDocuments({ subscription_id: 1 })).toBe(1);
    } finally {
      await routers.deleteOne({ _id: _id as never });
    }
  });

  test('the guard’s own collections are refused', async () => {
    const steps = own({ kind: 'unset-fields', collection: 'rollback_audit', fields: ['actor'] });
    await session.db.collection('rollback_audit').insertOne({ actor: 'x' });
    await expect(session.run({ operation: 'apply', steps }, { state: session.db })).rejects.toThrow(
      /belongs to this guard/,
    );
    expect(await session.db.collection('rollback_audit').countDocuments({ actor: 'x' })).toBe(1);
  });
});

describe('documents that are not as usual', () => {
  test('ids of every kind, in one collection, resumed in the middle', async () => {
    const ids = [
      1,
      2.5,
      'a',
      'b',
      { k: 1 },
      { k: 1, l: 2 },
      new Binary(Buffer.alloc(16, 1), 4),
      new ObjectId(),
      true,
      new Date(5),
      null,
    ];
    await orders().insertMany(
      ids.map((_id) => ({ _id: _id as never, subscription_id: 'x', items: [{ quantity: 1 }] })),
    );
    let updates = 0;
    const stop = new AbortController();
    const db = intercept(session.db, async (command, send) => {
      if (command.update === 'orders' && ++updates === 2) stop.abort(new Error('stop'));
      return send();
    });
    const before = await snapshot(session, 'orders');
    const cut = await session.run(
      { operation: 'apply', steps: builtIn('19'), batchSize: 1 },
      { db, signal: stop.signal },
    );
    expect(cut.rollback?.state).toBe('interrupted');
    expect(await session.run({ operation: 'resume', batchSize: 3 })).toMatchObject({
      failed: false,
      rollback: { steps: [{ modified: ids.length }] },
    });
    expect(await orders().countDocuments({ subscription_id: { $exists: true } })).toBe(0);
    await session.run({ operation: 'restore', batchSize: 2 });
    expect(await snapshot(session, 'orders')).toEqual(before);
  });

  test('a document of 16 MB, and a field that is too large to journal and change', {
    timeout: 60_000,
  }, async () => {
    await orders().insertMany([
      { _id: 1 as never, subscription_id: 'small', payload: Buffer.alloc(15.9 * 1024 * 1024) },
      { _id: 2 as never, subscription_id: Buffer.alloc(15 * 1024 * 1024, 7) },
    ]);
    const { applied } = await thereAndBack(builtIn('19'));
    expect(applied).toMatchObject({ failed: false, rollback: { steps: [{ modified: 2 }] } });

    await orders().insertOne({ _id: 3 as never, meta: { plan: 1, payload: Buffer.alloc(9 * 1024 * 1024) } });
    const steps = own({ kind: 'unset-fields', collection: 'orders', fields: ['meta.plan'] });
    const plan = await session.run({ operation: 'plan', steps });
    expect(plan.rollback?.steps[0]?.details).toContain('would be left alone: orders 3: too-large');
    const result = await session.run({ operation: 'apply', steps });
    expect(result).toMatchObject({ failed: true, rollback: { steps: [{ modified: 0, conflicts: 1 }] } });
    expect(result.rollback?.steps[0]?.details).toEqual(['left alone: orders 3: too-large']);
    expect(await orders().countDocuments({ 'meta.plan': 1 })).toBe(1);
  });

  test('nested fields and arrays come back in their place, neighbours untouched', async () => {
    await orders().insertMany([
      {
        meta: { a: 1, plan: 'x', z: null },
        items: [{ sku: 1, quantity: 2, deep: [{ q: 1, r: 2 }, { r: 3 }] }, 'text', null, [{ quantity: 9 }]],
      },
      { meta: [{ plan: 'in an array' }], items: { quantity: 'no array' } },
      { meta: { 'a.b': 1, $x: 2, plan: { $set: 1 } }, items: [] },
      { meta: 'text' },
      { meta: null, items: null },
    ]);
    const steps = own({
      kind: 'unset-fields',
      collection: 'orders',
      fields: ['meta.plan', 'items[].quantity', 'items[].deep[].q'],
    });
    const { applied, after, before } = await thereAndBack(steps);
    expect(applied).toMatchObject({ failed: false, rollback: { steps: [{ modified: 2, conflicts: 0 }] } });
    expect([...after].filter(([id, text]) => before.get(id) !== text)).toHaveLength(2);
    expect(await orders().countDocuments({ 'meta.plan': { $exists: true } })).toBe(3);
  });

  test('names with dots and dollars at the top are not taken for paths, and stay as they are', async () => {
    await session.db.command({
      insert: 'orders',
      documents: [
        { _id: 1, meta: { plan: 1 }, 'meta.plan': 'literal', 'a.b': 1 },
        { _id: 2, 'meta.plan': 'literal' },
        { _id: 3, meta: { 'plan.x': 1, $plan: 2, plan: { $date: 'no date' } } },
      ],
    });
    const { applied, after } = await thereAndBack(
      own({ kind: 'unset-fields', collection: 'orders', fields: ['meta.plan'] }),
    );
    expect(applied).toMatchObject({ failed: false, rollback: { steps: [{ modified: 2, conflicts: 0 }] } });
    const literal = Buffer.from('literal').toString('hex');
    expect([...after.values()].filter((text) => text.includes(literal))).toHaveLength(2);
  });

  test('null is set where the field is missing, and taken away again', async () => {
    await orders().insertMany([{ n: 1 }, { n: 2, flag: null }, { n: 3, flag: 1 }]);
    const { applied } = await thereAndBack(
      own({ kind: 'set-field', collection: 'orders', field: 'flag', value: null }),
    );
    expect(applied).toMatchObject({ failed: false, rollback: { steps: [{ modified: 2 }] } });
  });

  test('elements of one list that lack different documents are all set at once', async () => {
    await orders().insertMany([{ items: [{ a: { b: { c: 1 } } }, { a: { b: {} } }, { a: {} }, {}, 'text'] }]);
    const { applied } = await thereAndBack(
      own({ kind: 'set-field', collection: 'orders', field: 'items[].a.b.c', value: 2 }),
    );
    expect(applied).toMatchObject({ failed: false, rollback: { steps: [{ matched: 1, modified: 1 }] } });
  });

  test('null is copied where the field is missing', async () => {
    await orders().insertMany([
      { kept: null },
      { kept: null, now: null },
      { kept: null, now: 1 },
      { now: 1 },
    ]);
    const { applied } = await thereAndBack(
      own({ kind: 'copy-field', collection: 'orders', from: 'kept', to: 'now' }),
    );
    expect(applied).toMatchObject({ failed: false, rollback: { steps: [{ matched: 2, modified: 2 }] } });
  });

  test('a value is set over an array that holds it, and below documents that are missing', async () => {
    await orders().insertMany([
      { a: { b: ['x'] } },
      { a: { b: 'x' } },
      {},
      { a: {} },
      { a: null },
      { a: 'text' },
    ]);
    const { applied } = await thereAndBack(
      own({ kind: 'set-field', collection: 'orders', field: 'a.b', value: 'x' }),
    );
    expect(applied).toMatchObject({ failed: false, rollback: { steps: [{ matched: 3, modified: 3 }] } });
  });

  test('a map counts neither missing fields for null nor arrays for their elements', async () => {
    await orders().insertMany([{ s: null }, {}, { s: ['a'] }, { s: 'a' }, { s: 2.5 }, { s: 3 }]);
    const { applied } = await thereAndBack(
      own({
        kind: 'map-values',
        collection: 'orders',
        field: 's',
        map: [
          [null, 'none'],
          ['a', 'A'],
          [2.5, 'half'],
        ],
      }),
    );
    expect(applied).toMatchObject({ failed: false, rollback: { steps: [{ matched: 3, modified: 3 }] } });
  });

  test('a field that is changed beside one that is not: the one comes back, the other is left', async () => {
    await orders().insertMany([
      { n: 1, created_by: 'a', updated_by: 'b' },
      { n: 2, created_by: null },
    ]);
    const applied = await session.run({
      operation: 'apply',
      steps: own({ kind: 'unset-fields', collection: 'orders', fields: ['created_by', 'updated_by'] }),
    });
    await orders().updateOne({ n: 1 }, { $set: { updated_by: 'theirs' } });
    const restored = await session.run({
      operation: 'restore',
      operationId: applied.rollback?.operationId ?? '',
    });
    expect(restored).toMatchObject({ failed: true, rollback: { steps: [{ conflicts: 1 }] } });
    expect(await orders().findOne({ n: 1 })).toMatchObject({ created_by: 'a', updated_by: 'theirs' });
    expect(await orders().findOne({ n: 2 })).toMatchObject({ created_by: null });
  });
});

test('a reference map with two old ids for one new one is refused, not guessed', async () => {
  await session.db.collection('customers').insertMany([
    { customer_id: 'new', legacy_id: 'a' },
    { customer_id: 'new', legacy_id: 'b' },
  ]);
  await orders().insertOne({ customer_id: 'new' });
  await expect(session.run({ operation: 'plan', steps: builtIn('29') })).rejects.toThrow(
    /customers\.customer_id is not unique/,
  );
});

test('chosen STEPs of an operation are restored, the others stay rolled back', async () => {
  await orders().insertMany([
    { subscription_id: 1, status: 'PENDING' },
    { subscription_id: 2, status: 'SHIPPED' },
  ]);
  const applied = await session.run({ operation: 'apply', steps: builtIn('22', '19') });
  const operationId = applied.rollback?.operationId ?? '';
  await expect(session.run({ operation: 'restore', operationId, chosen: ['20'] })).rejects.toThrow(
    /STEP 20[\s\S]*19, 22/,
  );
  expect(await session.run({ operation: 'restore', operationId, chosen: ['order-status'] })).toMatchObject({
    failed: false,
    rollback: { steps: [{ step: '22', state: 'restored', modified: 2 }] },
  });
  expect(await orders().distinct('status')).toEqual(['PENDING', 'SHIPPED']);
  expect(await orders().countDocuments({ subscription_id: { $exists: true } })).toBe(0);
  const status = await session.run({ operation: 'status', operationId });
  expect(status.rollback?.steps.map(({ step, state }) => [step, state])).toEqual([
    ['22', 'restored'],
    ['19', 'rolled_back'],
  ]);
  expect(await session.run({ operation: 'restore', operationId, chosen: ['19'] })).toMatchObject({
    failed: false,
  });
  expect(await orders().countDocuments({ subscription_id: { $exists: true } })).toBe(2);
});

test('what a user who may only read may not do, plan does not ask for', async () => {
  await orders().insertOne({
    subscription_id: 1,
    status: 'PENDING',
    type: 'one_time',
    total_amount: 5,
    currency: 'INR',
  });
  await session.db.collection('orders').createIndex({ subscription_id: 1 });
  session.commands.length = 0;
  const steps = builtIn('30', '29', '28', '27', '26', '25', '24', '23', '22', '21', '20', '19');
  await session.run({ operation: 'plan', steps });
  await session.run({ operation: 'status' });
  await session.run({ operation: 'history' });
  const reading = [
    'hello',
    'find',
    'getMore',
    'aggregate',
    'count',
    'listCollections',
    'listIndexes',
    'killCursors',
    'endSessions',
  ];
  expect(session.commands.filter(({ name }) => !reading.includes(name))).toEqual([]);
  expect(
    session.commands.filter(({ command }) => JSON.stringify(command.pipeline ?? '').match(/\$out|\$merge/)),
  ).toEqual([]);
  expect(await session.state.listCollections().toArray()).toEqual([]);
});
