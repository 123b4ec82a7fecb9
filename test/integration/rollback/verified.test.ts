import { type Document, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { intercept } from './intercept.ts';
import { builtIn, Session, snapshot } from './session.ts';

const COUNT = 100;
let session: Session;
let before: Map<string, string>;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await session.db
    .collection('orders')
    .insertMany(
      Array.from({ length: COUNT }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: `sub-${n}` })),
    );
  before = await snapshot(session, 'orders');
});
afterEach(() => session.close());

/** A server that acknowledges updates of orders and does not do them, while `lies` says so. */
function lying(lies: (nth: number) => boolean) {
  let updates = 0;
  return intercept(session.db, async (command: Document, send) => {
    if (command.update !== 'orders' || !lies(++updates)) return send();
    return { ok: 1, n: command.updates.length, nModified: command.updates.length };
  });
}

const withField = () =>
  session.db.collection('orders').countDocuments({ subscription_id: { $exists: true } });

describe('success means verified: a server that acknowledges and does not write', () => {
  test('apply is no success', async () => {
    const applied = await session.run(
      { operation: 'apply', steps: builtIn('19'), batchSize: 20 },
      { db: lying(() => true) },
    );
    expect(applied.failed).toBe(true);
    expect(await withField()).toBe(COUNT);
    const restored = await session.run({
      operation: 'restore',
      operationId: applied.rollback?.operationId ?? '',
    });
    expect(restored.failed).toBe(false);
    expect(await snapshot(session, 'orders')).toEqual(before);
  });

  test('restore is no success, and is finished once the server writes', async () => {
    await session.run({ operation: 'apply', steps: builtIn('19') });
    const restored = await session.run({ operation: 'restore', batchSize: 20 }, { db: lying(() => true) });
    expect(restored).toMatchObject({
      failed: true,
      cause: expect.stringContaining(
        `${COUNT} documents of orders are still as they were rolled back, although the server acknowledged`,
      ),
      rollback: { steps: [{ state: 'rollback_failed' }] },
    });
    expect(await session.run({ operation: 'resume' })).toMatchObject({
      failed: false,
      rollback: { operation: 'resume', steps: [{ state: 'restored' }] },
    });
    expect(await snapshot(session, 'orders')).toEqual(before);
  });

  test('a part that was lost after it was acknowledged is written again before restore says it is done', async () => {
    await session.run({ operation: 'apply', steps: builtIn('19') });
    const restored = await session.run(
      { operation: 'restore', batchSize: 20 },
      { db: lying((nth) => nth === 2 || nth === 4) },
    );
    expect(restored).toMatchObject({ failed: false, rollback: { steps: [{ state: 'restored' }] } });
    expect(await snapshot(session, 'orders')).toEqual(before);
  });
});

test('the closing check reads a part at a time, and leaves alone what somebody changes meanwhile', async () => {
  await session.run({ operation: 'apply', steps: builtIn('19') });
  let checked = false;
  const db = intercept(session.db, async (command, send) => {
    const answer = await send();
    if (command.update === 'orders' && !checked) {
      checked = true;
      await session.db
        .collection('orders')
        .updateOne({ n: COUNT - 1 }, { $set: { subscription_id: 'theirs' } });
    }
    return answer;
  });
  session.commands.length = 0;
  const restored = await session.run({ operation: 'restore' }, { db });
  const reads = session.commands.filter(({ command }) => command.find === 'orders');
  expect(restored).toMatchObject({ failed: false, rollback: { steps: [{ modified: COUNT, conflicts: 0 }] } });
  expect(reads).toHaveLength(1);
  expect(await session.db.collection('orders').findOne({ n: COUNT - 1 })).toMatchObject({
    subscription_id: 'theirs',
  });
});
