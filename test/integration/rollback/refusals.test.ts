import { type Document, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { Fenced } from '../../../src/rollback/store/operations.ts';
import { intercept, overriding } from './intercept.ts';
import { builtIn, Session, snapshot } from './session.ts';

/** What cannot be resumed, restored or unlocked is refused with the reason, before anything is written. */
let session: Session;
let before: Map<string, string>;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await orders().insertMany(
    Array.from({ length: 30 }, (_, n) => ({
      _id: new ObjectId(),
      n,
      subscription_id: `sub-${n}`,
      status: 'PENDING',
    })),
  );
  before = await snapshot(session, 'orders');
});
afterEach(() => session.close());

const orders = () => session.db.collection<Document>('orders');
const operations = () => session.state.collection<Document & { _id: string }>('rollback_operations');
const leases = () => session.state.collection<Document & { _id: string }>('leases');

async function applied(...steps: string[]): Promise<string> {
  const result = await session.run({ operation: 'apply', steps: builtIn(...steps) });
  expect(result.failed).toBe(false);
  return result.rollback?.operationId ?? '';
}
const resume = (operationId: string) => session.run({ operation: 'resume', operationId });
const restore = (operationId: string, ...chosen: string[]) =>
  session.run({ operation: 'restore', operationId, chosen });

/** A restore that is told to stop after its first batch. */
async function cutShort(operationId: string, ...chosen: string[]): Promise<string> {
  const stop = new AbortController();
  const watch = (event: { command: Document }) => {
    if (event.command.update === 'orders') stop.abort(new Error('stop'));
  };
  session.client.on('commandStarted', watch);
  const half = await session.run(
    { operation: 'restore', operationId, chosen, batchSize: 10 },
    { signal: stop.signal },
  );
  session.client.off('commandStarted', watch);
  expect(half.rollback?.state).toBe('interrupted');
  return half.rollback?.operationId ?? '';
}

describe('an operation that is not there', () => {
  test('is neither resumed nor restored, nor is that of another database', async () => {
    const operationId = await applied('19');
    await expect(resume('nope')).rejects.toThrow(/there is no operation nope on this database/);
    await expect(restore('nope')).rejects.toThrow(/there is no operation nope on this database/);
    const db = session.client.db(`${session.name}_other`);
    for (const operation of ['resume', 'restore'] as const) {
      await expect(session.run({ operation, operationId }, { db })).rejects.toThrow(/there is no operation/);
    }
  });

  test('nor a restore of which the operation is gone', async () => {
    const operationId = await applied('19');
    const half = await cutShort(operationId);
    await operations().deleteOne({ _id: operationId });
    await expect(resume(half)).rejects.toThrow(`there is no operation ${operationId}`);
    await expect(session.run({ operation: 'resume' })).rejects.toThrow(/no operation that was cut short/);
  });
});

describe('resume refuses', () => {
  test('what is finished, and what was undone', async () => {
    const operationId = await applied('19');
    await expect(resume(operationId)).rejects.toThrow(/is finished; there is nothing to resume/);
    const undo = await restore(operationId);
    await expect(resume(operationId)).rejects.toThrow(
      `operation ${operationId} was undone by ${undo.rollback?.operationId}`,
    );
  });

  test('a restore of a STEP that another restore has brought back, while the rest is in effect', async () => {
    const operationId = await applied('22', '19');
    const half = await cutShort(operationId, '19');
    await restore(operationId, '19');
    await expect(resume(half)).rejects.toThrow(
      `nothing to resume: operation ${operationId} is already restored`,
    );
    // That restore stands in nobody's way any more.
    await operations().updateOne({ _id: operationId }, { $set: { state: 'interrupted' } });
    expect((await resume(operationId)).failed).toBe(false);
  });

  test('an operation that a newer run has taken over', async () => {
    const operationId = await applied('19');
    await operations().updateOne({}, { $set: { state: 'interrupted' }, $inc: { token: 100 } });
    await expect(resume(operationId)).rejects.toThrow(Fenced);
    await expect(resume(operationId)).rejects.toThrow('is in the hands of a newer run');
    expect((await leases().findOne({}))?.holder).toBeNull();
  });
});

describe('restore refuses', () => {
  test('a restore, and an operation that has changed nothing', async () => {
    const operationId = await applied('19');
    const nothing = await applied('19');
    await expect(restore(nothing)).rejects.toThrow(/has changed nothing; there is nothing to restore/);
    const undo = await restore(operationId);
    await expect(restore(undo.rollback?.operationId ?? '')).rejects.toThrow(
      /is itself a restore[\s\S]*Apply the STEPs again/,
    );
    await expect(restore(operationId, '19')).rejects.toThrow(/What can be restored of it: nothing/);
  });

  test('to go on where another run has taken it over, and leaves the rest to that one', async () => {
    await applied('19');
    const state = intercept(session.state, async (command, send) => {
      if (command.update === 'rollback_operations' && command.updates[0].u.$set['steps.0.units.0']) {
        await operations().updateMany({ kind: 'restore' }, { $inc: { token: 1 } });
      }
      return send();
    });
    const fenced = session.run({ operation: 'restore', batchSize: 10 }, { state });
    await expect(fenced).rejects.toThrow(Fenced);
    await expect(fenced).rejects.toThrow('was taken over by another run; this one stops');
    await leases().updateOne({}, { $inc: { token: 1 } });
    expect((await session.run({ operation: 'resume' })).failed).toBe(false);
    expect(await snapshot(session, 'orders')).toEqual(before);
  });
});

test('a restore of which somebody deletes the operation brings everything back all the same', async () => {
  const operationId = await applied('19');
  const state = intercept(session.state, async (command, send) => {
    if (
      command.update === 'rollback_operations' &&
      command.updates[0].u.$set['steps.0.state'] === 'restored'
    ) {
      await operations().deleteOne({ _id: operationId });
    }
    return send();
  });
  expect((await session.run({ operation: 'restore' }, { state })).failed).toBe(false);
  expect(await snapshot(session, 'orders')).toEqual(before);
});

test('a plan that is stale in more than one number says so, and what it would be today', async () => {
  await expect(
    session.run({ operation: 'apply', steps: builtIn('19'), planDigest: 'ab'.repeat(32) }),
  ).rejects.toThrow(/stale \(STEPs, parameters, the database or more than one number changed\).*orders 30/);
  expect(await snapshot(session, 'orders')).toEqual(before);
});

test('status says who works on the database, and since when', async () => {
  let notices: readonly string[] = [];
  const state = intercept(session.state, async (command, send) => {
    if (command.insert === 'rollback_journal') {
      notices = (await session.run({ operation: 'status' })).notices ?? [];
    }
    return send();
  });
  const result = await session.run({ operation: 'apply', steps: builtIn('19') }, { state });
  expect(notices[0]).toMatch(
    `another operation holds the lease on this database: octocat on runner-1, process ${process.pid}, operation ${result.rollback?.operationId}`,
  );
  expect((await session.run({ operation: 'status' })).notices?.[0]).toMatch(/^journal: /);
});

describe('unlock', () => {
  const taken = { holder: 'ann on runner-a', token: 7 };
  const lease = (operationId: string | null) =>
    leases().replaceOne(
      { _id: `rollback:${session.name}` },
      {
        ...taken,
        operationId,
        environment: 'test',
        acquiredAt: new Date(),
        expiresAt: new Date(Date.now() + 1_500),
      },
      { upsert: true },
    );

  test('another phrase is not the phrase', async () => {
    await lease('op-1');
    await expect(session.run({ operation: 'unlock', confirm: 'unlock' })).rejects.toThrow(
      /is not the phrase; .*ann on runner-a[\s\S]*confirm: unlock op-1/,
    );
  });

  test('a lease without an operation goes by the name of the database', async () => {
    await lease(null);
    const unlocked = await session.run({ operation: 'unlock', confirm: `unlock ${session.name}` });
    expect(unlocked.notices).toEqual(['the lease was taken from ann on runner-a']);
    expect(await leases().findOne({})).toMatchObject({ holder: null, token: 8 });
    expect(await session.state.collection('rollback_audit').findOne({})).toMatchObject({
      event: 'lease.unlocked',
      operationId: '',
    });
  });

  test('a lease that changes hands meanwhile is not taken from whom nobody looked at', async () => {
    await lease('op-1');
    const state = overriding(session.state, 'leases', (real) => ({
      findOne: async (filter: Document) => {
        const read = await real.findOne(filter);
        await leases().updateOne({}, { $set: { holder: 'bob', operationId: 'op-2' }, $inc: { token: 1 } });
        return read;
      },
    }));
    const unlock = session.run({ operation: 'unlock', confirm: 'unlock op-1' }, { state });
    await expect(unlock).rejects.toThrow(/changed hands meanwhile; look again/);
    expect(await leases().findOne({})).toMatchObject({ holder: 'bob', token: 8 });
  });
});
