import { type ClientSession, type Db, type Document, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { rawOf } from '../../../src/rollback/bson/raw.ts';
import type { Item } from '../../../src/rollback/reversals/batch.ts';
import { prepareItem } from '../../../src/rollback/reversals/item.ts';
import type { Work } from '../../../src/rollback/run/context.ts';
import { writeInTransaction } from '../../../src/rollback/run/write-in-transaction.ts';
import { Fenced } from '../../../src/rollback/store/operations.ts';
import { needs } from '../../support/needs.ts';
import { intercept, spelledOut } from './intercept.ts';
import { builtIn, Session, snapshot } from './session.ts';

let session: Session;
beforeEach(() => {
  session = new Session(inject('mongoUri'));
});
afterEach(() => session.close());

/** A session that keeps what was asked of it, and a database that answers as told. */
function stub(answer: (command: Document) => Document | Error) {
  const calls: string[] = [];
  let open = false;
  const transaction = {
    startTransaction: (options: Document) => {
      open = true;
      calls.push(`start ${JSON.stringify(options.writeConcern)}`);
    },
    inTransaction: () => open,
    commitTransaction: async () => {
      open = false;
      calls.push('commit');
    },
    abortTransaction: async () => {
      open = false;
      calls.push('abort');
    },
    endSession: async () => {
      calls.push('end');
    },
  };
  const db = {
    command: async (command: Document, options: { session?: unknown }) => {
      const { updates } = spelledOut(command);
      calls.push(
        `update ${updates.length} ordered ${command.ordered} ${command.writeConcern ? 'own concern' : 'no concern'} ${options.session === transaction ? 'in session' : 'outside'}`,
      );
      const found = answer(command);
      if (found instanceof Error) throw found;
      return found;
    },
  };
  const work = { ports: { client: { startSession: () => transaction } } } as unknown as Work;
  const fence = { next: () => ({}) };
  const target = { db, collection: 'orders', maxWriteBatch: 1_000, collated: false, fence } as never;
  return { calls, work, target };
}

const items = [1, 2].map(
  (n) => prepareItem(rawOf(n), [{ field: 'a', before: rawOf(n), after: undefined }]) as Item,
);

describe('a batch in one transaction, by the commands that are sent', () => {
  test('writes and checkpoint go together', async () => {
    const { calls, work, target } = stub(() => ({ n: 2, nModified: 2 }));
    const checkpoint = async (_session: ClientSession) => {
      calls.push('checkpoint');
    };
    expect(await writeInTransaction(work, target, items, checkpoint)).toBe(true);
    expect(calls).toEqual([
      'start {"w":"majority"}',
      'update 2 ordered true no concern in session',
      'checkpoint',
      'commit',
      'end',
    ]);
  });

  test('a conflict aborts all of it; the way without transactions tells the cases apart', async () => {
    const { calls, work, target } = stub(() => ({ n: 1, nModified: 1 }));
    expect(await writeInTransaction(work, target, items, async () => {})).toBe(false);
    expect(calls.slice(-2)).toEqual(['abort', 'end']);
    expect(calls).not.toContain('commit');
  });

  test('a stale token aborts all of it', async () => {
    const { calls, work, target } = stub(() => ({ n: 2, nModified: 2 }));
    const stale = async () => {
      throw new Fenced('stale');
    };
    await expect(writeInTransaction(work, target, items, stale)).rejects.toThrow(Fenced);
    expect(calls.slice(-2)).toEqual(['abort', 'end']);
  });

  test('a passing error is tried again, then left to the way without', async () => {
    const { calls, work, target } = stub(() => new Error('WriteConflict'));
    expect(await writeInTransaction(work, target, items, async () => {})).toBe(false);
    expect(calls.filter((call) => call === 'abort')).toHaveLength(3);
  });
});

describe('the answer to a commit is lost', () => {
  const lost = (answers: Document[]) => {
    const { calls, work, target } = stub(() => answers.shift() ?? { n: 0, nModified: 0 });
    const session = work.ports.client.startSession();
    const commit = session.commitTransaction;
    session.commitTransaction = async () => {
      await commit();
      throw new Error('the connection was cut');
    };
    return { calls, work, target };
  };

  test('it may have been written: whoever goes on must not take it for certain that it was not', async () => {
    const { calls, work, target } = lost([{ n: 2, nModified: 2 }]);
    // The second try meets what the first has written.
    expect(await writeInTransaction(work, target, items, async () => {})).toBeUndefined();
    expect(calls.filter((call) => call.startsWith('update'))).toHaveLength(2);
    // What has ended is not aborted.
    expect(calls.filter((call) => call === 'abort')).toHaveLength(1);
  });

  test('each time', async () => {
    const whole = { n: 2, nModified: 2 };
    const { calls, work, target } = lost([whole, whole, whole]);
    expect(await writeInTransaction(work, target, items, async () => {})).toBeUndefined();
    expect(calls.filter((call) => call === 'abort')).toEqual([]);
  });
});

test('each batch goes with its checkpoint, and one that is out of the ordinary without', async () => {
  await session.db
    .collection('orders')
    .insertMany(Array.from({ length: 50 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: n })));
  const before = await snapshot(session, 'orders');
  // The sessions are real ones, whose transactions are not: each command is done at once.
  let commits = 0;
  const client = new Proxy(session.client, {
    get(real, property) {
      if (property !== 'startSession') {
        const value = Reflect.get(real, property, real);
        return typeof value === 'function' ? value.bind(real) : value;
      }
      return () =>
        Object.assign(real.startSession(), {
          startTransaction: () => {},
          abortTransaction: async () => {},
          commitTransaction: async () => {
            if (++commits === 2) throw new Error('the connection was cut');
          },
        });
    },
  });
  const checkpoints: string[] = [];
  const member = (real: Db) =>
    intercept(real, async (command, send) => {
      if (command.update === 'rollback_operations') {
        const unit = command.updates[0].u.$set['steps.0.units.0'];
        if (unit?.batch > 0 && unit.state === 'running') checkpoints.push(`${unit.batch}: ${unit.modified}`);
      }
      if (command.hello) return { ...(await send()), setName: 'rs0' };
      if (command.replSetGetStatus) throw new Error('not authorized');
      return send();
    });
  const ports = { client, db: member(session.db), state: member(session.state) };
  expect(await session.run({ operation: 'apply', steps: builtIn('19'), batchSize: 20 }, ports)).toMatchObject(
    {
      failed: false,
      rollback: { steps: [{ modified: 50, conflicts: 0 }] },
    },
  );
  // The commit of the second was lost: it is written once more without, and its checkpoint too.
  expect(checkpoints).toEqual(['1: 20', '2: 40', '2: 40', '3: 50']);
  expect((await session.run({ operation: 'restore' })).failed).toBe(false);
  expect(await snapshot(session, 'orders')).toEqual(before);
});

describe('with transactions of the server', () => {
  const reason = needs('transactions');

  test.skipIf(reason)('a stale holder changes nothing at all', async () => {
    await session.db
      .collection('orders')
      .insertMany(Array.from({ length: 50 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: n })));
    const before = await snapshot(session, 'orders');
    const state = intercept(session.state, async (command, send) => {
      const answer = await send();
      if (command.insert === 'rollback_journal') {
        await session.state.collection('rollback_operations').updateOne({}, { $inc: { token: 1 } });
      }
      return answer;
    });
    await expect(session.run({ operation: 'apply', steps: builtIn('19') }, { state })).rejects.toThrow(
      Fenced,
    );
    expect(await snapshot(session, 'orders')).toEqual(before);
  });
});
