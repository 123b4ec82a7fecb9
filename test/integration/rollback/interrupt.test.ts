import { ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { Interrupted } from '../../../src/support/errors.ts';
import { builtIn, Session, snapshot } from './session.ts';

let session: Session;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await session.db
    .collection('orders')
    .insertMany(
      Array.from({ length: 3_000 }, (_, n) => ({ _id: new ObjectId(), n, subscription_id: `sub-${n}` })),
    );
});
afterEach(() => session.close());

/** Runs until so many documents are done, then the runner is told to stop. */
async function interrupted(operation: 'apply' | 'restore', operationId?: string) {
  const stop = new AbortController();
  let updates = 0;
  const watch = (event: { commandName: string; command: Record<string, unknown> }) => {
    if (event.commandName === 'update' && event.command.update === 'orders' && ++updates === 3) {
      stop.abort(new Interrupted('SIGTERM'));
    }
  };
  session.client.on('commandStarted', watch);
  try {
    return await session.run(
      {
        operation,
        steps: operation === 'apply' ? builtIn('19') : [],
        batchSize: 100,
        ...(operationId ? { operationId } : {}),
      },
      { signal: stop.signal },
    );
  } finally {
    session.client.off('commandStarted', watch);
  }
}

describe('a run that is told to stop', () => {
  test('ends cleanly, says where, and can be resumed and restored', async () => {
    const before = await snapshot(session, 'orders');
    const cut = await interrupted('apply');
    expect(cut).toMatchObject({
      failed: true,
      rollback: { state: 'interrupted', steps: [{ state: 'rolling_back' }] },
    });
    const done = cut.rollback?.steps[0]?.modified ?? 0;
    expect(done).toBeGreaterThanOrEqual(300);
    expect(await session.db.collection('orders').countDocuments({ subscription_id: { $exists: true } })).toBe(
      3_000 - done,
    );

    await expect(session.run({ operation: 'apply', steps: builtIn('19') })).rejects.toThrow(/resume/);
    const operationId = cut.rollback?.operationId ?? '';
    const resumed = await session.run({ operation: 'resume', operationId });
    expect(resumed).toMatchObject({
      failed: false,
      rollback: { operationId, state: 'succeeded', steps: [{ modified: 3_000 }] },
    });

    const half = await interrupted('restore', operationId);
    expect(half.rollback?.state).toBe('interrupted');
    const whole = await session.run({ operation: 'resume', operationId: half.rollback?.operationId ?? '' });
    expect(whole).toMatchObject({
      failed: false,
      rollback: { state: 'succeeded', steps: [{ state: 'restored', modified: 3_000 }] },
    });
    expect(await snapshot(session, 'orders')).toEqual(before);

    const history = await session.run({ operation: 'history' });
    expect(history.rollback?.history?.map((entry) => [entry.operation, entry.state, entry.modified])).toEqual(
      [
        ['restore', 'succeeded', 3_000],
        ['apply', 'succeeded', 3_000],
      ],
    );
  });

  test('an interrupted apply can be undone without resuming it', async () => {
    const before = await snapshot(session, 'orders');
    const cut = await interrupted('apply');
    const restored = await session.run({
      operation: 'restore',
      operationId: cut.rollback?.operationId ?? '',
    });
    expect(restored.failed).toBe(false);
    expect(await snapshot(session, 'orders')).toEqual(before);
  });
});

test('under a dry run apply plans, and nothing is written', async () => {
  session.commands.length = 0;
  const result = await session.run({ operation: 'apply', steps: builtIn('19') }, { dryRun: true });
  expect(result).toMatchObject({
    failed: false,
    rollback: { operation: 'plan', steps: [{ matched: 3_000 }] },
  });
  expect(result.notices?.[0]).toContain('dry run');
  expect(await session.state.listCollections().toArray()).toEqual([]);
});
