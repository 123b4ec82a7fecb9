import { Binary, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { JournalTampered } from '../../../src/rollback/store/journal.ts';
import type { ConfigurationError } from '../../../src/support/errors.ts';
import { intercept } from './intercept.ts';
import { builtIn, Session } from './session.ts';

let session: Session;
let operationId: string;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await session.db
    .collection('orders')
    .insertMany(
      Array.from({ length: 30 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: `sub-${n}` })),
    );
  const applied = await session.run({ operation: 'apply', steps: builtIn('19') });
  operationId = applied.rollback?.operationId ?? '';
});
afterEach(() => session.close());

const journal = () => session.state.collection('rollback_journal');

describe('a journal that is not what was written', () => {
  const harms: Record<string, () => Promise<unknown>> = {
    'an entry is missing': () => journal().deleteOne({}),
    'an image was changed': async () => {
      const entry = await journal().findOne({});
      if (!entry) throw new Error('the journal is empty');
      const image = Buffer.from((entry.image as Binary).buffer);
      image.write('sub-X', image.indexOf('sub-'));
      await journal().updateOne({ _id: entry._id }, { $set: { image: new Binary(image) } });
    },
    'an image was moved to another document': async () => {
      const [first, second] = await journal().find({}).limit(2).toArray();
      await journal().updateOne(
        { _id: first?._id as never },
        { $set: { image: second?.image, hash: second?.hash } },
      );
    },
    'an entry was put in': async () => {
      const entry = await journal().findOne({});
      const id = { ...(entry?._id as unknown as object), d: new ObjectId() };
      await journal().insertOne({ ...entry, _id: id as never });
    },
    'an entry says that its document was left alone': () =>
      journal().updateOne({}, { $set: { conflict: 'changed' } }),
    'an entry was moved behind the last batch': () => journal().updateOne({}, { $set: { batch: 99 } }),
    'an entry without its image': () => journal().updateOne({}, { $unset: { image: '' } }),
    'an entry whose hash is text': () => journal().updateOne({}, { $set: { hash: 'x'.repeat(32) } }),
    'an entry without its batch': () => journal().updateOne({}, { $unset: { batch: '' } }),
    'all of it is gone': () => journal().deleteMany({}),
  };
  const missing = new Set([
    'an entry is missing',
    'an entry was moved behind the last batch',
    'all of it is gone',
  ]);
  test.each(Object.keys(harms))('%s: restore refuses and writes nothing', async (harm) => {
    await harms[harm]?.();
    const refusal = missing.has(harm)
      ? { problems: [{ code: 'journal-incomplete' }] }
      : { name: JournalTampered.name };
    await expect(session.run({ operation: 'restore', operationId })).rejects.toMatchObject(refusal);
    expect(await session.db.collection('orders').countDocuments({ subscription_id: { $exists: true } })).toBe(
      0,
    );
    // And the lease is free again.
    await expect(session.run({ operation: 'restore', operationId })).rejects.toMatchObject(refusal);
  });

  test('an entry is missing: restore brings back the others once the phrase confirms it', async () => {
    const all = await session.db.collection('orders').countDocuments();
    await journal().deleteOne({});
    await session.run({ operation: 'restore', operationId }).catch((error: ConfigurationError) => {
      expect(error.message).toContain(`restore ${operationId} without 1 documents`);
    });
    const restored = await session.run({
      operation: 'restore',
      operationId,
      confirm: `restore ${operationId} without 1 documents`,
    });
    expect(restored.failed).toBe(false);
    expect(await session.db.collection('orders').countDocuments({ subscription_id: { $exists: true } })).toBe(
      all - 1,
    );
  });
});

describe('purge', () => {
  test('refuses while an undo is promised, and without the phrase; afterwards nothing can be restored', async () => {
    await expect(session.run({ operation: 'purge', operationId })).rejects.toThrow(/promised for another/);
    await expect(session.run({ operation: 'purge', operationId, journalRetentionMs: 0 })).rejects.toThrow(
      new RegExp(`30 before-images .* would be deleted[\\s\\S]*confirm: purge ${operationId}`),
    );
    expect(await journal().countDocuments()).toBe(30);
    const purged = await session.run({
      operation: 'purge',
      operationId,
      journalRetentionMs: 0,
      confirm: `purge ${operationId}`,
    });
    expect(purged).toMatchObject({
      failed: false,
      notices: ['no repository, so no permission was asked for', '30 journal entries were deleted'].slice(1),
    });
    expect(await journal().countDocuments()).toBe(0);
    await expect(session.run({ operation: 'restore', operationId })).rejects.toThrow(/was purged/);
    const audit = await session.state
      .collection('rollback_audit')
      .find({})
      .sort({ at: -1 })
      .limit(1)
      .toArray();
    expect(audit[0]).toMatchObject({ event: 'journal.purged', actor: 'octocat', records: 30 });
  });
});

describe('unlock', () => {
  test('shows the holder, asks for the phrase, and fences the holder out', async () => {
    expect(await session.run({ operation: 'unlock' })).toMatchObject({
      failed: false,
      notices: ['nobody holds the lease on this database'],
    });
    await session.state.collection('leases').updateOne(
      {},
      {
        $set: { holder: 'ann on runner-a', operationId, expiresAt: new Date(Date.now() + 2_000) },
        $inc: { token: 1 },
      },
    );
    await session.state.collection('rollback_operations').updateOne({}, { $set: { state: 'running' } });
    await expect(session.run({ operation: 'apply', steps: builtIn('19') })).rejects.toThrow(
      /ann on runner-a/,
    );
    await expect(session.run({ operation: 'unlock' })).rejects.toThrow(
      /ann on runner-a[\s\S]*confirm: unlock/,
    );
    const unlocked = await session.run({ operation: 'unlock', confirm: `unlock ${operationId}` });
    expect(unlocked).toMatchObject({
      failed: false,
      rollback: { operation: 'unlock', state: 'interrupted' },
    });
    const [record, lease] = await Promise.all([
      session.state.collection('rollback_operations').findOne({}),
      session.state.collection('leases').findOne({}),
    ]);
    expect(record?.token).toBe(lease?.token);
    expect(await session.run({ operation: 'resume' })).toMatchObject({ failed: false });
  });
});

test('the audit trail says who did what, where, and holds no values of documents', async () => {
  await session.run(
    { operation: 'restore', operationId },
    {
      run: {
        actor: 'ann',
        host: 'runner-a',
        repository: 'shop/api',
        runId: '77',
        commit: 'c0ffee',
        url: 'https://ci.example/77',
      },
      permission: { permissionOf: async () => 'admin' },
    },
  );
  const entries = await session.state.collection('rollback_audit').find({}).sort({ at: 1, _id: 1 }).toArray();
  expect(
    entries.map(({ event, operation, outcome, records }) => [event, operation, outcome, records]),
  ).toEqual([
    ['operation.started', 'apply', 'running', undefined],
    ['step.ended', 'apply', 'rolled_back', 30],
    ['operation.ended', 'apply', 'succeeded', 30],
    ['operation.started', 'restore', 'running', undefined],
    ['step.ended', 'restore', 'restored', 30],
    ['operation.ended', 'restore', 'succeeded', 30],
  ]);
  expect(entries[3]).toMatchObject({
    actor: 'ann',
    host: 'runner-a',
    run: { repository: 'shop/api', runId: '77', commit: 'c0ffee' },
  });
  expect(JSON.stringify(entries)).not.toContain('sub-');
});

test('status shows the latest operation and the size of its journal', async () => {
  const status = await session.run({ operation: 'status' });
  expect(status).toMatchObject({ failed: false, rollback: { operationId, state: 'succeeded' } });
  expect(status.notices?.at(-1)).toMatch(/^journal: 30 before-images \([\d.]+ KB\)$/);
  await expect(session.run({ operation: 'status', operationId: 'nope' })).rejects.toThrow(
    /no operation nope/,
  );
});

describe('a state database that was made beforehand', () => {
  let other: Session;
  beforeEach(async () => {
    other = new Session(inject('mongoUri'));
    await other.db.collection('orders').insertOne({ subscription_id: 1 });
  });
  afterEach(() => other.close());

  test.each([
    ['capped', { capped: true, size: 1_000_000 }],
    ['with a collation', { collation: { locale: 'en', strength: 1 } }],
    ['with a validator', { validator: { note: { $exists: true } } }],
  ])(
    'apply refuses a journal that is %s before anything is written, and the plan says so',
    async (_, options) => {
      await other.state.createCollection('rollback_journal', options);
      const plan = await other.run({ operation: 'plan', steps: builtIn('19') });
      expect(plan.rollback?.warnings).toContainEqual(
        expect.stringMatching(/rollback_journal .* `apply` will refuse/),
      );
      await expect(other.run({ operation: 'apply', steps: builtIn('19') })).rejects.toMatchObject({
        problems: [{ code: 'state-unfit' }],
      });
      expect((await other.state.listCollections().toArray()).map(({ name }) => name)).toEqual([
        'rollback_journal',
      ]);
      expect(await other.db.collection('orders').countDocuments({ subscription_id: 1 })).toBe(1);
    },
  );

  test('apply does not succeed if entries of the journal are lost on the way', async () => {
    await other.db
      .collection('orders')
      .insertMany(Array.from({ length: 99 }, (_, n) => ({ subscription_id: n })));
    const state = intercept(other.state, async (command, send) => {
      const answer = await send();
      if (command.insert === 'rollback_journal')
        await other.state.collection('rollback_journal').deleteOne({});
      return answer;
    });
    const result = await other.run({ operation: 'apply', steps: builtIn('19') }, { state });
    expect(result).toMatchObject({ failed: true, rollback: { steps: [{ state: 'rollback_failed' }] } });
    expect(result.cause).toMatch(/holds 99 of 100 entries/);
  });
});
