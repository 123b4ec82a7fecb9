import type { ClientSession } from 'mongodb';
import type { Item } from '../reversals/batch.ts';
import { LeaseLost } from '../store/lease.ts';
import { Fenced } from '../store/operations.ts';
import type { Work } from './context.ts';
import { sendUpdates, type WriteTarget } from './write.ts';

const ATTEMPTS = 3;

/**
 * Writes a batch and its checkpoint in one transaction: a stale holder then changes nothing at all.
 * @returns false where anything is out of the ordinary (a conflict, a refusal, too much for one transaction);
 *   nothing was written then and the batch goes the way without transactions, which tells the cases apart.
 *   undefined where the answer to a commit was lost: the same way, but the batch may have been written.
 * @throws Fenced, LeaseLost
 */
export async function writeInTransaction(
  work: Work,
  target: WriteTarget,
  items: readonly Item[],
  checkpoint: (session: ClientSession) => Promise<void>,
): Promise<boolean | undefined> {
  let nothing: false | undefined = false;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const session = work.session ?? work.ports.client.startSession();
    try {
      session.startTransaction({ readConcern: { level: 'local' }, writeConcern: { w: 'majority' } });
      const reply = await sendUpdates(target, items, { ordered: true, session });
      if (reply.writeErrors.length > 0 || reply.nModified !== items.length) {
        await session.abortTransaction();
        return nothing;
      }
      await checkpoint(session);
      // Known again only by its answer.
      nothing = undefined;
      await session.commitTransaction();
      return true;
    } catch (error) {
      if (session.inTransaction()) await session.abortTransaction().catch(() => {});
      if (error instanceof Fenced || error instanceof LeaseLost) throw error;
      // A lost commit is settled by the way without: its conditions find what is written already.
    } finally {
      if (session !== work.session) await session.endSession();
    }
  }
  return nothing;
}
