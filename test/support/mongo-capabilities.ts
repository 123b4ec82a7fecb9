import { randomUUID } from 'node:crypto';
import { type Db, type Document, Long, MongoClient } from 'mongodb';

/** What the running server can do, found by doing it once in a database of its own. */
export interface MongoCapabilities {
  /** member of a replica set */
  replicaSet: boolean;
  /** explicit sessions are accepted */
  sessions: boolean;
  /** a multi-document transaction that is aborted leaves nothing behind */
  transactions: boolean;
  /** `collMod` changes a validator */
  collMod: boolean;
  /** a validator given at creation refuses a document */
  validators: boolean;
  explain: boolean;
  changeStreams: boolean;
  /** updates written as an aggregation pipeline */
  pipelineUpdates: boolean;
  /** the client's `bulkWrite` over several collections (MongoDB 8) */
  clientBulkWrite: boolean;
  connectionStatus: boolean;
  currentOp: boolean;
  indexStats: boolean;
  /** a unique index with `partialFilterExpression` ignores documents outside of it */
  partialIndexes: boolean;
  /** a view is listed as one */
  views: boolean;
  /** a capped collection is listed as one */
  capped: boolean;
  /** writes with `w: 0` leave the connection usable */
  unacknowledgedWrites: boolean;
}

export type Capability = keyof MongoCapabilities;

type Probe = (client: MongoClient, db: Db) => Promise<boolean>;

const probes: Record<Capability, Probe> = {
  replicaSet: async (_client, db) => 'setName' in (await db.command({ hello: 1 })),
  sessions: (client, db) =>
    client.withSession(async (session) => {
      await db.collection('sessions').insertOne({ seen: 1 }, { session });
      return (await db.collection('sessions').countDocuments({}, { session })) === 1;
    }),
  transactions: (client, db) =>
    client.withSession(async (session) => {
      await db.createCollection('transactions');
      session.startTransaction();
      await db.collection('transactions').insertOne({ seen: 1 }, { session });
      await session.abortTransaction();
      return (await db.collection('transactions').countDocuments()) === 0;
    }),
  collMod: async (_client, db) => {
    await db.createCollection('validated');
    await db.command({ collMod: 'validated', validator: { a: { $type: 'string' } } });
    const [found] = await db.listCollections({ name: 'validated' }).toArray();
    return JSON.stringify(found).includes('"validator"');
  },
  validators: async (_client, db) => {
    const collection = await db.createCollection('strict', {
      validator: { a: { $type: 'string' } },
    });
    return fails(collection.insertOne({ a: 1 }));
  },
  explain: async (_client, db) => 'queryPlanner' in (await db.collection('explained').find().explain()),
  changeStreams: async (_client, db) => {
    const stream = db.collection('watched').watch([], { maxAwaitTimeMS: 50 });
    try {
      await stream.tryNext();
      return true;
    } finally {
      await stream.close();
    }
  },
  pipelineUpdates: async (_client, db) => {
    const collection = db.collection<Document>('piped');
    await collection.insertOne({ a: 2 });
    await collection.updateOne({}, [{ $set: { b: { $multiply: ['$a', 2] } } }]);
    return (await collection.findOne())?.b === 4;
  },
  clientBulkWrite: async (client, db) => {
    const namespace = `${db.databaseName}.bulk`;
    await client.bulkWrite<{ [name: string]: Document }>([
      { name: 'insertOne', namespace, document: { a: 1 } },
    ]);
    return (await db.collection('bulk').countDocuments()) === 1;
  },
  connectionStatus: async (client) =>
    'authInfo' in (await client.db('admin').command({ connectionStatus: 1 })),
  currentOp: async (client) => {
    const admin = client.db('admin');
    return (await admin.aggregate([{ $currentOp: {} }]).toArray()).length > 0;
  },
  indexStats: async (_client, db) => {
    await db.collection('indexed').createIndex({ a: 1 });
    const stats = await db
      .collection('indexed')
      .aggregate([{ $indexStats: {} }])
      .toArray();
    return stats.some((entry) => entry.name === 'a_1');
  },
  partialIndexes: async (_client, db) => {
    const collection = db.collection('partial');
    const partialFilterExpression = { active: true };
    await collection.createIndex({ a: 1 }, { unique: true, partialFilterExpression });
    await collection.insertMany([
      { a: 1, active: false },
      { a: 1, active: false },
    ]);
    return fails(
      collection.insertMany([
        { a: 2, active: true },
        { a: 2, active: true },
      ]),
    );
  },
  views: async (_client, db) => {
    await db.createCollection('seen', { viewOn: 'behind', pipeline: [] });
    const [found] = await db.listCollections({ name: 'seen' }).toArray();
    return found?.type === 'view';
  },
  capped: async (_client, db) => {
    await db.createCollection('ring', { capped: true, size: 4096 });
    return (await db.collection('ring').options()).capped === true;
  },
  unacknowledgedWrites: async (_client, db) => {
    await db.collection('silent').insertOne({ n: Long.fromNumber(1) }, { writeConcern: { w: 0 } });
    await db.command({ ping: 1 });
    return (await db.collection('silent').countDocuments()) === 1;
  },
};

async function fails(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => false,
    () => true,
  );
}

/**
 * Tries each capability once on a database that is dropped afterwards. An error means that it is missing.
 * @param uri of a server that answers
 */
export async function probeCapabilities(uri: string): Promise<MongoCapabilities> {
  const found: MongoCapabilities = {
    replicaSet: false,
    sessions: false,
    transactions: false,
    collMod: false,
    validators: false,
    explain: false,
    changeStreams: false,
    pipelineUpdates: false,
    clientBulkWrite: false,
    connectionStatus: false,
    currentOp: false,
    indexStats: false,
    partialIndexes: false,
    views: false,
    capped: false,
    unacknowledgedWrites: false,
  };
  const name = `probe_${randomUUID().slice(0, 8)}`;
  for (const capability of Object.keys(found) as Capability[]) {
    // A client for each: a server that drops the connection over one command must not spoil the next probe.
    const client = new MongoClient(uri, {
      serverSelectionTimeoutMS: 5_000,
      socketTimeoutMS: 10_000,
      retryReads: false,
      retryWrites: false,
    });
    try {
      found[capability] = await probes[capability](client, client.db(name));
    } catch {
      found[capability] = false;
    } finally {
      await client.close();
    }
  }
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5_000 });
  try {
    await client.db(name).dropDatabase();
  } finally {
    await client.close();
  }
  return found;
}
