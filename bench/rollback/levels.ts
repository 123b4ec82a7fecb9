import { hash } from 'node:crypto';
import { BSON, type Db, type Document, type MongoClient, ObjectId } from 'mongodb';
import { ROLLBACK_DEFAULTS } from '../../src/rollback/model/options.ts';
import { rollback } from '../../src/rollback/rollback.ts';
import { BUILT_IN_STEPS } from '../../src/rollback/steps/catalogue.ts';
import { systemClock } from '../../src/support/clock.ts';
import { silentLog } from '../../src/support/log.ts';

/** One way of reversing STEP 19, from nothing to the last acknowledgement. */
export type Level = (client: MongoClient, db: Db, state: Db) => Promise<void>;

const BATCH = 500;
const MAJORITY = { writeConcern: { w: 'majority' as const } };
const FILTER = { subscription_id: { $exists: true } };

/** The floor: one `updateMany`, which nothing can undo. */
export const updateMany: Level = async (_client, db) => {
  await db.collection('orders').updateMany(FILTER, { $unset: { subscription_id: '' } }, MAJORITY);
};

/** Unordered `bulkWrite` in batches, no journal. */
export const rawBulkWrite: Level = async (_client, db) => {
  for await (const batch of batches(db)) {
    await db.collection('orders').bulkWrite(
      batch.map(({ _id }) => ({
        updateOne: { filter: { _id }, update: { $unset: { subscription_id: '' } } },
      })),
      { ordered: false, ...MAJORITY },
    );
  }
};

/** The fair target: the same journal entries, conditional updates and checkpoint, one batch after another. */
export const sequentialJournal: Level = async (_client, db, state) => {
  const operationId = new ObjectId().toHexString();
  await state.collection<Document>('operations').insertOne({ _id: operationId as never, batch: 0 });
  let number = 0;
  for await (const batch of batches(db)) {
    number += 1;
    const entries = batch.map(({ _id, subscription_id }) => {
      const image = BSON.serialize({ before: { subscription_id }, after: {} });
      const key = { o: operationId, s: '19', u: 0, c: 'orders', d: _id };
      const digest = hash('sha256', Buffer.concat([BSON.serialize(key), image]), 'buffer');
      return { _id: key as never, batch: number, image: Buffer.from(image), hash: digest };
    });
    await state.collection<Document>('journal').insertMany(entries, { ordered: false, ...MAJORITY });
    await db.collection('orders').bulkWrite(
      batch.map(({ _id, subscription_id }) => ({
        updateOne: {
          filter: {
            _id,
            subscription_id:
              subscription_id === null
                ? { $type: 'null', $not: { $type: 'array' } }
                : { $eq: subscription_id, $not: { $type: 'array' } },
          },
          update: { $unset: { subscription_id: '' } },
        },
      })),
      { ordered: false, ...MAJORITY },
    );
    await state
      .collection<Document>('operations')
      .updateOne(
        { _id: operationId as never },
        { $set: { batch: number, lastId: batch.at(-1)?._id } },
        MAJORITY,
      );
  }
};

/** A migration's `down` as it is usually written: a loop over documents. */
export const loop: Level = async (_client, db) => {
  for await (const { _id } of db.collection('orders').find(FILTER, { projection: { _id: 1 } })) {
    await db.collection('orders').updateOne({ _id }, { $unset: { subscription_id: '' } });
  }
};

/** This product: plan, lease, audit, journal, conditional writes, checkpoints, verification. */
export function product(transactions: 'auto' | 'never'): Level {
  return async (client, db, state) => {
    const result = await rollback(
      {
        ...ROLLBACK_DEFAULTS,
        operation: 'apply',
        steps: BUILT_IN_STEPS.filter(({ step }) => step === '19'),
        requiredPermission: 'none',
        transactions,
      },
      {
        clock: systemClock,
        log: silentLog,
        signal: new AbortController().signal,
        redact: (text) => text,
        environment: 'bench',
        dryRun: false,
        client,
        db,
        state,
        run: { actor: 'bench', host: 'bench' },
        random: Math.random,
      },
    );
    if (result.failed) throw new Error(`the run failed: ${result.cause}`);
  };
}

export const LEVELS: Readonly<Record<string, Level>> = {
  'L1 updateMany': updateMany,
  'L3 bulkWrite': rawBulkWrite,
  'L4 sequential journal': sequentialJournal,
  'L5 loop': loop,
  product: product('never'),
  'product, transactions': product('auto'),
};

async function* batches(db: Db): AsyncGenerator<Document[]> {
  let batch: Document[] = [];
  const cursor = db
    .collection('orders')
    .find(FILTER, { projection: { subscription_id: 1 }, hint: { _id: 1 }, batchSize: BATCH });
  for await (const document of cursor) {
    batch.push(document);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
