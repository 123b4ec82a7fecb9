import { type Document, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { intercept } from './intercept.ts';
import { builtIn, Session, snapshot } from './session.ts';

/** A server answers a command whose writes it refuses as one that worked. None of them may pass for done. */
let session: Session;
let before: Map<string, string>;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await orders().insertMany(
    Array.from({ length: 30 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: `sub-${n}` })),
  );
  before = await snapshot(session, 'orders');
});
afterEach(() => session.close());

const orders = () => session.db.collection<Document>('orders');
const operations = () => session.state.collection<Document>('rollback_operations');

/** A state database that has no room for such writes. */
function full(which: (command: Document) => unknown) {
  return intercept(session.state, async (command, send) =>
    which(command)
      ? { ok: 1, n: 0, nModified: 0, writeErrors: [{ index: 0, code: 14031, errmsg: 'No space left' }] }
      : send(),
  );
}
const setOf = (command: Document): Document =>
  command.update === 'rollback_operations' ? (command.updates[0].u.$set ?? {}) : {};

const apply = { operation: 'apply', steps: builtIn('19'), batchSize: 10 } as const;

describe('the state database refuses a write', () => {
  test.each<[string, (command: Document) => unknown, RegExp]>([
    [
      'the audit',
      (command) => command.insert === 'rollback_audit',
      /audit trail refused an entry: No space left/,
    ],
    [
      'the operation',
      (command) => command.insert === 'rollback_operations',
      /record of the operation was refused: No space left/,
    ],
  ])('%s: apply does not begin', async (_name, which, message) => {
    await expect(session.run(apply, { state: full(which) })).rejects.toThrow(message);
    expect(await snapshot(session, 'orders')).toEqual(before);
    // And the lease is free again.
    expect((await session.run(apply)).failed).toBe(false);
  });

  test.each<[string, (command: Document) => unknown, RegExp]>([
    [
      'the journal',
      (command) => command.insert === 'rollback_journal',
      /STEP 19 failed: the journal refused an entry/,
    ],
    [
      'a checkpoint',
      (command) => setOf(command)['steps.0.units.0']?.batch === 2,
      /STEP 19 failed: the record of the operation was refused/,
    ],
  ])('%s: the STEP fails, and is resumed when there is room', async (_name, which, cause) => {
    const cut = await session.run(apply, { state: full(which) });
    expect(cut).toMatchObject({ failed: true, cause: expect.stringMatching(cause) });
    expect(await session.run({ operation: 'resume' })).toMatchObject({
      failed: false,
      rollback: { steps: [{ modified: 30, conflicts: 0 }] },
    });
    expect((await session.run({ operation: 'restore' })).failed).toBe(false);
    expect(await snapshot(session, 'orders')).toEqual(before);
  });

  test('the note that a document was left alone: no checkpoint, and restore does not touch it', async () => {
    let changed = false;
    const state = intercept(session.state, async (command, send) => {
      if (command.update === 'rollback_journal') {
        return {
          ok: 1,
          n: 0,
          nModified: 0,
          writeErrors: [{ index: 0, code: 14031, errmsg: 'No space left' }],
        };
      }
      const answer = await send();
      if (command.insert === 'rollback_journal' && !changed) {
        changed = true;
        await orders().updateOne({ n: 3 }, { $set: { subscription_id: 'theirs' } });
      }
      return answer;
    });
    const cut = await session.run({ ...apply, batchSize: 50 }, { state });
    expect(cut).toMatchObject({
      failed: true,
      cause: expect.stringContaining('the journal refused a note'),
      rollback: { steps: [{ state: 'rollback_failed' }] },
    });
    await session.run({ operation: 'resume' });
    await session.run({ operation: 'restore', onConflict: 'skip' });
    expect(await orders().findOne({ n: 3 })).toMatchObject({ subscription_id: 'theirs' });
    expect(await orders().findOne({ n: 4 })).toMatchObject({ subscription_id: 'sub-4' });
  });

  test('that a resumed run has taken over: a full disk is not a newer run', async () => {
    await session.run(apply, { state: full((command) => setOf(command)['steps.0.units.0']?.batch === 2) });
    const taken = session.run({ operation: 'resume' }, { state: full((command) => setOf(command).holder) });
    await expect(taken).rejects.toThrow('the record of the operation was refused: No space left');
    expect((await session.run({ operation: 'resume' })).failed).toBe(false);
  });

  test('that an operation was undone: restore is no success, so that it is not undone twice', async () => {
    const applied = await session.run(apply);
    const state = full((command) => setOf(command).restoredBy);
    await expect(session.run({ operation: 'restore' }, { state })).rejects.toThrow('No space left');
    expect(await operations().findOne({ _id: applied.rollback?.operationId as never })).toMatchObject({
      restoredBy: null,
    });
    expect((await session.run({ operation: 'resume' })).failed).toBe(false);
    await expect(session.run({ operation: 'restore' })).rejects.toThrow(/no operation to restore/);
    expect(await snapshot(session, 'orders')).toEqual(before);
  });

  test.each<[string, (command: Document) => unknown]>([
    ['that a journal is purged', (command) => setOf(command).purgedAt],
    ['the deletion itself', (command) => command.delete],
  ])('%s: purge says so, and can be run again', async (_name, which) => {
    const applied = await session.run(apply);
    const operationId = applied.rollback?.operationId ?? '';
    const purge = {
      operation: 'purge',
      operationId,
      confirm: `purge ${operationId}`,
      journalRetentionMs: 0,
    } as const;
    await expect(session.run(purge, { state: full(which) })).rejects.toThrow('No space left');
    expect(await session.state.collection('rollback_journal').countDocuments()).toBe(30);
    expect(await session.run(purge)).toMatchObject({ notices: ['30 journal entries were deleted'] });
  });

  test('that an operation was cut short by unlock', async () => {
    const applied = await session.run(apply);
    const operationId = applied.rollback?.operationId ?? '';
    await operations().updateOne({}, { $set: { state: 'running' } });
    await session.state
      .collection('leases')
      .updateOne({}, { $set: { holder: 'ann', operationId }, $inc: { token: 1 } });
    const unlock = { operation: 'unlock', confirm: `unlock ${operationId}` } as const;
    const state = full((command) => setOf(command).state === 'interrupted');
    await expect(session.run(unlock, { state })).rejects.toThrow('No space left');
  });
});
