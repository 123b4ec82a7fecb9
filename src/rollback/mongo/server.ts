import '../../mongo/patches/lost-connections.ts';
import type { Db, Document, MongoClient } from 'mongodb';
import type { Clock } from '../../support/clock.ts';

/** What is known of the server, from `hello` alone: any user may ask that. */
export interface ServerFacts {
  readonly maxWriteBatch: number;
  readonly replicaSet: string | undefined;
  readonly sharded: boolean;
  /**
   * The server's clock, by which leases are kept. Goes on by our monotonic clock from what the server said:
   * our wall clock may be wrong, and may jump while we run.
   */
  serverNow(): number;
}

export async function serverFacts(db: Db, clock: Pick<Clock, 'now' | 'monotonic'>): Promise<ServerFacts> {
  const before = clock.monotonic();
  const hello = await db.admin().command({ hello: 1 });
  const after = clock.monotonic();
  const serverTime = hello.localTime instanceof Date ? hello.localTime.getTime() : clock.now();
  return {
    maxWriteBatch: typeof hello.maxWriteBatchSize === 'number' ? hello.maxWriteBatchSize : 1_000,
    replicaSet: typeof hello.setName === 'string' ? hello.setName : undefined,
    sharded: hello.msg === 'isdbgrid',
    serverNow: () => Math.round(serverTime + clock.monotonic() - (before + after) / 2),
  };
}

/**
 * Whether a condition can hold the server's own time (`$$NOW`, MongoDB 4.2), so that the server itself refuses a
 * write which arrives too late. Asked of a document that exists: the right answer to one question is not enough.
 */
export async function knowsItsTime(state: Db, leases: string, id: string): Promise<boolean> {
  const found = async (comparison: Document) =>
    (await state
      .collection(leases)
      .findOne({ _id: id as never, $expr: comparison }, { readPreference: 'primary' })) !== null;
  try {
    const [early, late] = [new Date(0), new Date(Date.UTC(9999, 0))];
    return (await found({ $lt: ['$$NOW', late] })) && !(await found({ $lt: ['$$NOW', early] }));
  } catch {
    return false;
  }
}

/**
 * Whether multi-document transactions work here: only a member of a replica set or a router can have them,
 * and then one is tried (a read, aborted at once).
 */
export async function hasTransactions(client: MongoClient, db: Db, facts: ServerFacts): Promise<boolean> {
  if (facts.replicaSet === undefined && !facts.sharded) return false;
  const session = client.startSession();
  try {
    session.startTransaction();
    await db.collection('leases').findOne({ _id: 'transaction-probe' as never }, { session });
    await session.abortTransaction();
    return true;
  } catch {
    return false;
  } finally {
    await session.endSession();
  }
}
