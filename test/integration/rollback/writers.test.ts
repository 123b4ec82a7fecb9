import { setTimeout } from 'node:timers/promises';
import { type Db, type Document, type IndexSpecification, MongoError } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { StepDefinition } from '../../../src/rollback/steps/catalogue.ts';
import { intercept } from './intercept.ts';
import { builtIn, Session, snapshot } from './session.ts';

/**
 * Two batches are written at once, unless a unique index covers a field that is touched: then one document may only
 * take the value that another gives away, and the order of the batches counts.
 */
const DOCUMENTS = 120;
const BATCH = 20;
const COMPANY_MS = 250;

let session: Session;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await session.db.collection('orders').insertMany(
    Array.from({ length: DOCUMENTS }, (_, n) => ({
      _id: n as never,
      n,
      subscription_id: { value: n, by: 'import' },
      plan: { id: n, name: 'x' },
    })),
  );
});
afterEach(() => session.close());

/**
 * The database with updates of orders that take a while, and the most that were under way at once. The second one
 * waits for company, if it can have any, however busy the machine is.
 */
function counted(db: Db): { db: Db; most: () => number; updates: () => number } {
  let [now, most, updates] = [0, 0, 0];
  const slow = async (command: Document, send: () => Promise<Document>) => {
    if (command.update !== 'orders') return send();
    updates += 1;
    most = Math.max(most, ++now);
    try {
      await setTimeout(10);
      for (let waited = 0; updates === 2 && now < 2 && waited < COMPANY_MS; waited += 5) await setTimeout(5);
      return await send();
    } finally {
      now -= 1;
    }
  };
  return { db: intercept(db, slow), most: () => most, updates: () => updates };
}

/** The database as it is to a user who may not list indexes. */
function withoutIndexes(db: Db): Db {
  return new Proxy(db, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (property !== 'collection') return typeof value === 'function' ? value.bind(target) : value;
      return (name: string) =>
        new Proxy(target.collection(name), {
          get(collection, member) {
            const own: unknown = Reflect.get(collection, member, collection);
            if (member !== 'listIndexes') return typeof own === 'function' ? own.bind(collection) : own;
            return () => ({
              toArray: () => Promise.reject(Object.assign(new MongoError('not authorized'), { code: 13 })),
            });
          },
        });
    },
  });
}

/** Applies and restores; how many batches were written at once, in each. */
async function writersOf(steps: StepDefinition[], over: (db: Db) => Db = (db) => db): Promise<number[]> {
  const before = await snapshot(session, 'orders');
  const most: number[] = [];
  for (const operation of ['apply', 'restore'] as const) {
    const { db, ...count } = counted(over(session.db));
    const result = await session.run(
      {
        operation,
        steps: operation === 'apply' ? steps : [],
        batchSize: BATCH,
        transactions: 'never',
      },
      { db },
    );
    expect(result).toMatchObject({
      failed: false,
      rollback: { steps: [{ modified: DOCUMENTS, conflicts: 0 }] },
    });
    expect(count.updates()).toBeGreaterThanOrEqual(DOCUMENTS / BATCH);
    most.push(count.most());
    if (operation === 'apply') expect(await snapshot(session, 'orders')).not.toEqual(before);
  }
  expect(await snapshot(session, 'orders')).toEqual(before);
  return most;
}

/** Of a team's own, a field within a document. */
const nested: StepDefinition = {
  step: 'plan-id',
  name: 'plan-id',
  effect: 'Unsets `plan.id` on orders.',
  risk: 'low',
  reversibility: 'irreversible',
  dependents: [],
  reversals: [{ kind: 'unset-fields', collection: 'orders', fields: ['plan.id'] }],
};

describe('two at once, and never more', () => {
  test.each<[string, IndexSpecification | undefined, boolean]>([
    ['no index', undefined, false],
    ['an index that is not unique', { subscription_id: 1 }, false],
    ['a unique index on another field', { n: 1 }, true],
    ['a unique index on a field whose name only begins alike', { subscription_id_old: 1, n: 1 }, true],
    ['a unique index on a neighbour within another field', { 'plan.id': 1 }, true],
  ])('with %s', async (_name, key, unique) => {
    if (key) await session.db.collection('orders').createIndex(key, { unique });
    expect(await writersOf(builtIn('19'))).toEqual([2, 2]);
  });
});

describe('one after the other', () => {
  test.each<[string, IndexSpecification, StepDefinition[], boolean]>([
    ['on the field', { subscription_id: 1 }, builtIn('19'), true],
    ['on the field among others', { n: 1, subscription_id: -1 }, builtIn('19'), false],
    ['on a field within it', { 'subscription_id.value': 1 }, builtIn('19'), true],
    ['on a field within it among others', { n: 1, 'subscription_id.value': 1 }, builtIn('19'), false],
    ['on the very field within a document', { 'plan.id': 1 }, [nested], true],
    ['on the document that holds the field', { plan: 1, n: 1 }, [nested], false],
    ['on a neighbour within the same document', { 'plan.name': 1, n: 1 }, [nested], false],
  ])('with a unique index %s', async (_name, key, steps, sparse) => {
    // Sparse where all documents would have no value at once.
    await session.db.collection('orders').createIndex(key, { unique: true, sparse });
    expect(await writersOf(steps)).toEqual([1, 1]);
  });

  test('where the server does not say which indexes there are', async () => {
    expect(await writersOf(builtIn('19'), withoutIndexes)).toEqual([1, 1]);
  });
});
