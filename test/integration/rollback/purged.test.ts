import { type Document, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { builtIn, Session, snapshot } from './session.ts';

/** What is purged cannot be undone, and what is being undone cannot be purged. */
let session: Session;
let before: Map<string, string>;
let operationId: string;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await orders().insertMany(
    Array.from({ length: 60 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: `sub-${n}` })),
  );
  before = await snapshot(session, 'orders');
  const applied = await session.run({ operation: 'apply', steps: builtIn('19') });
  operationId = applied.rollback?.operationId ?? '';
});
afterEach(() => session.close());

const orders = () => session.db.collection<Document>('orders');
const purge = (id: string, more: object = {}) =>
  session.run({
    operation: 'purge',
    operationId: id,
    confirm: `purge ${id}`,
    journalRetentionMs: 0,
    ...more,
  });

/** A restore that is told to stop after its first batch. */
async function cutShort(): Promise<string> {
  const stop = new AbortController();
  const watch = (event: { command: Document }) => {
    if (event.command.update === 'orders') stop.abort(new Error('stop'));
  };
  session.client.on('commandStarted', watch);
  const half = await session.run({ operation: 'restore', batchSize: 10 }, { signal: stop.signal });
  session.client.off('commandStarted', watch);
  expect(half).toMatchObject({ failed: true, rollback: { state: 'interrupted' } });
  return half.rollback?.operationId ?? '';
}

test('a restore that was cut short keeps its journal, and is finished', async () => {
  const half = await cutShort();
  await expect(purge(operationId)).rejects.toThrow(
    new RegExp(`is being undone by ${half}, which was cut short; its journal is needed[\\s\\S]*resume`),
  );
  expect((await session.run({ operation: 'resume', operationId: half })).failed).toBe(false);
  expect(await snapshot(session, 'orders')).toEqual(before);
  expect((await purge(operationId)).failed).toBe(false);
});

test('without the journal a restore is not resumed: it would find nothing to do, and say that it is done', async () => {
  const half = await cutShort();
  // Purged by a version that did not look, or by hand.
  await session.state
    .collection('rollback_operations')
    .updateOne({ _id: operationId as never }, { $set: { purgedAt: new Date() } });
  await session.state.collection('rollback_journal').deleteMany({});
  await expect(session.run({ operation: 'resume', operationId: half })).rejects.toThrow(
    new RegExp(`the journal of operation ${operationId} was purged at .*cannot be undone[\\s\\S]*backup`),
  );
});

test('nor by a journal that is not what was written any more', async () => {
  const half = await cutShort();
  await session.state.collection('rollback_journal').deleteOne({});
  await expect(session.run({ operation: 'resume', operationId: half })).rejects.toMatchObject({
    problems: [{ code: 'journal-incomplete' }],
  });
  expect((await session.run({ operation: 'status', operationId: half })).rollback?.state).toBe('interrupted');
});

describe('purge refuses', () => {
  test('what it does not know, here or in another database', async () => {
    await expect(purge('nope')).rejects.toThrow(/there is no operation nope/);
    const other = session.client.db(`${session.name}_other`);
    await expect(session.run({ operation: 'purge', operationId }, { db: other })).rejects.toThrow(
      /there is no operation/,
    );
  });

  test('another phrase', async () => {
    await expect(purge(operationId, { confirm: 'purge it' })).rejects.toThrow(/is not the phrase; 60 before/);
    await expect(purge(operationId, { confirm: undefined })).rejects.toThrow(/is missing; 60 before/);
  });

  test('an operation that is not over', async () => {
    const operations = session.state.collection('rollback_operations');
    for (const [state, finishedAt] of [
      ['interrupted', null],
      ['partially_applied', new Date()],
    ] as const) {
      await operations.updateOne({}, { $set: { state, finishedAt } });
      await expect(purge(operationId)).rejects.toThrow(new RegExp(`is ${state}; its journal is needed`));
    }
    expect(await session.state.collection('rollback_journal').countDocuments()).toBe(60);
  });

  test('a restore, which has no journal; of what it has undone nothing is promised any more', async () => {
    const restored = await session.run({ operation: 'restore' });
    const restore = restored.rollback?.operationId ?? '';
    await expect(purge(restore)).rejects.toThrow(/is a restore and has no journal/);
    expect((await session.run({ operation: 'status' })).notices?.at(-1)).toBe(
      'journal: a restore keeps none of its own',
    );
    const purged = await purge(operationId, { journalRetentionMs: 1e9 });
    expect(purged.notices).toEqual(['60 journal entries were deleted']);
    expect((await session.run({ operation: 'status', operationId })).notices?.at(-1)).toMatch(
      /^journal: purged at \d{4}-/,
    );
  });
});

test('purge needs to be told which', async () => {
  await expect(session.run({ operation: 'purge' })).rejects.toThrow(/is required for `purge`/);
});
