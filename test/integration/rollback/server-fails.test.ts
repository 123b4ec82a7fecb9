import { type Db, type Document, MongoClient, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/support/clock.ts';
import { silentLog } from '../../../src/support/log.ts';
import { type MongoProxy, startMongoProxy } from '../../support/mongo-proxy.ts';
import { intercept } from './intercept.ts';
import { builtIn, Session, snapshot } from './session.ts';

let session: Session;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await session.db.collection('orders').insertMany(
    Array.from({ length: 300 }, (_, n) => ({
      _id: new ObjectId(),
      n,
      subscription_id: n % 3 === 0 ? null : n,
    })),
  );
});
afterEach(() => session.close());

describe.each([
  { command: 'insert', nth: 3, when: 'before' },
  { command: 'insert', nth: 4, when: 'after' },
  { command: 'update', nth: 4, when: 'before' },
  { command: 'update', nth: 5, when: 'after' },
  { command: 'getMore', nth: 2, when: 'after' },
] as const)('the connection is cut $when the server got $command $nth', (cut) => {
  test('nothing is lost and nothing happens twice', async () => {
    const before = await snapshot(session, 'orders');
    const proxy = await startMongoProxy(inject('mongoUri'));
    const client = new MongoClient(proxy.uri, { retryReads: false, retryWrites: false });
    const ports = { client, db: client.db(session.name), state: client.db(`${session.name}_state`) };
    try {
      proxy.cutOn = cut;
      const applied = await session.run({ operation: 'apply', steps: builtIn('19'), batchSize: 40 }, ports);
      expect(applied).toMatchObject({
        failed: false,
        rollback: { steps: [{ modified: 300, conflicts: 0 }] },
      });
      expect(await session.state.collection('rollback_journal').countDocuments()).toBe(300);
      proxy.cutOn = {
        command: 'update',
        nth: proxy.commands.filter(({ command }) => command === 'update').length + 3,
        when: 'after',
      };
      const restored = await session.run({ operation: 'restore', batchSize: 40 }, ports);
      expect(restored).toMatchObject({
        failed: false,
        rollback: { steps: [{ modified: 300, conflicts: 0 }] },
      });
      expect(await snapshot(session, 'orders')).toEqual(before);
    } finally {
      await client.close();
      await proxy.close();
    }
  });
});

/** The server goes away for a while in the midst of a batch, and every connection with it. */
async function outage(operation: 'apply' | 'restore', proxy: MongoProxy, ports: Ports, ms: number) {
  let updates = 0;
  const watch = (event: { commandName: string; command: Document }) => {
    if (event.command.update !== 'orders' || ++updates !== 3) return;
    proxy.refuse = true;
    proxy.cut();
    setTimeout(() => {
      proxy.refuse = false;
    }, ms);
  };
  ports.client.on('commandStarted', watch);
  try {
    return await session.run(
      { operation, steps: operation === 'apply' ? builtIn('19') : [], batchSize: 40 },
      ports,
    );
  } finally {
    ports.client.off('commandStarted', watch);
  }
}

type Ports = ReturnType<typeof portsOf>;

function portsOf(client: MongoClient) {
  return { client, db: client.db(session.name), state: client.db(`${session.name}_state`) };
}

describe('the server is away for seconds in the midst of a batch', () => {
  test('apply and restore wait for it and go on; nothing is lost, nothing happens twice', {
    timeout: 60_000,
  }, async () => {
    const before = await snapshot(session, 'orders');
    const proxy = await startMongoProxy(inject('mongoUri'));
    const client = new MongoClient(proxy.uri, { monitorCommands: true, serverSelectionTimeoutMS: 500 });
    try {
      const applied = await outage('apply', proxy, portsOf(client), 2_500);
      expect(applied).toMatchObject({
        failed: false,
        rollback: { steps: [{ modified: 300, conflicts: 0 }] },
      });
      expect(await session.state.collection('rollback_journal').countDocuments()).toBe(300);
      const restored = await outage('restore', proxy, portsOf(client), 2_500);
      expect(restored).toMatchObject({
        failed: false,
        rollback: { steps: [{ modified: 300, conflicts: 0 }] },
      });
      expect(await snapshot(session, 'orders')).toEqual(before);
    } finally {
      await client.close();
      await proxy.close();
    }
  });

  test('gone for longer than a run waits: it fails, says so, and another run finishes', {
    timeout: 60_000,
  }, async () => {
    const before = await snapshot(session, 'orders');
    const proxy = await startMongoProxy(inject('mongoUri'));
    const client = new MongoClient(proxy.uri, { monitorCommands: true, serverSelectionTimeoutMS: 20 });
    const clock: Clock = {
      now: () => systemClock.now(),
      monotonic: () => systemClock.monotonic(),
      sleep: (ms, signal) => systemClock.sleep(ms / 50, signal),
    };
    try {
      let updates = 0;
      client.on('commandStarted', (event) => {
        if (event.command.update !== 'orders' || ++updates !== 3) return;
        proxy.refuse = true;
        proxy.cut();
      });
      const run = session.run(
        { operation: 'apply', steps: builtIn('19'), batchSize: 40 },
        { ...portsOf(client), clock },
      );
      await expect(run).rejects.toThrow(/connect|ECONNREFUSED|ECONNRESET|closed|server/i);
    } finally {
      await client.close();
      await proxy.close();
    }
    await session.state.collection('leases').updateOne({}, { $set: { expiresAt: new Date(0) } });
    expect(await session.run({ operation: 'resume' })).toMatchObject({
      failed: false,
      rollback: { steps: [{ modified: 300, conflicts: 0 }] },
    });
    await session.run({ operation: 'restore' });
    expect(await snapshot(session, 'orders')).toEqual(before);
  });
});

test('a write that no majority acknowledged is written again, not counted as done', async () => {
  let failures = 0;
  const state = intercept(session.state, async (command, send) => {
    const answer = await send();
    if (command.insert === 'rollback_journal' && failures++ < 2) {
      return { ...answer, writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } };
    }
    return answer;
  });
  const applied = await session.run({ operation: 'apply', steps: builtIn('19'), batchSize: 100 }, { state });
  expect(applied).toMatchObject({ failed: false, rollback: { steps: [{ modified: 300, conflicts: 0 }] } });
  expect(failures).toBeGreaterThan(2);
});

test.each(['orders', 'rollback_operations'])(
  'a majority that does not acknowledge a write of %s is asked again',
  async (collection) => {
    const before = await snapshot(session, 'orders');
    let failures = 0;
    const failing = (db: Db) =>
      intercept(db, async (command, send) => {
        const answer = await send();
        if (command.update !== collection || failures >= 2) return answer;
        failures += 1;
        return { ...answer, writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } };
      });
    const ports = { db: failing(session.db), state: failing(session.state) };
    const applied = await session.run({ operation: 'apply', steps: builtIn('19'), batchSize: 100 }, ports);
    expect(applied).toMatchObject({ failed: false, rollback: { steps: [{ modified: 300, conflicts: 0 }] } });
    expect(failures).toBe(2);
    await session.run({ operation: 'restore' });
    expect(await snapshot(session, 'orders')).toEqual(before);
  },
);

test('a disk that is full when documents are written: no success, nothing lost, finished later', async () => {
  const before = await snapshot(session, 'orders');
  let updates = 0;
  let full = true;
  const db = intercept(session.db, async (command, send) => {
    if (command.update !== 'orders' || !full || ++updates < 2) return send();
    const errors = Array.from({ length: command.updates.length }, (_, index) => ({
      index,
      code: 14031,
      errmsg: 'No space left on device',
    }));
    return { ok: 1, n: 0, nModified: 0, writeErrors: errors };
  });
  const cut = await session.run({ operation: 'apply', steps: builtIn('19'), batchSize: 100 }, { db });
  expect(cut).toMatchObject({ failed: true, rollback: { steps: [{ state: 'rollback_failed' }] } });
  expect(cut.cause).toContain('No space left');
  full = false;
  expect(await session.run({ operation: 'resume' }, { db })).toMatchObject({
    failed: false,
    rollback: { steps: [{ modified: 300, conflicts: 0 }] },
  });
  updates = 0;
  full = true;
  expect((await session.run({ operation: 'restore', batchSize: 100 }, { db })).failed).toBe(true);
  full = false;
  expect((await session.run({ operation: 'resume' }, { db })).failed).toBe(false);
  expect(await snapshot(session, 'orders')).toEqual(before);
});

test('a full disk fails the STEP where it stands; the rest is resumed when there is room', async () => {
  let full = true;
  const state = intercept(session.state, async (command, send) => {
    if (command.insert === 'rollback_journal' && full && command.documents[0].batch === 3) {
      // The batches before it are on their way; one of them is to be through.
      await expect
        .poll(() => session.db.collection('orders').countDocuments({ subscription_id: { $exists: false } }))
        .toBeGreaterThan(0);
      throw Object.assign(new Error('No space left on device'), { code: 14031 });
    }
    return send();
  });
  const cut = await session.run(
    { operation: 'apply', steps: builtIn('20', '19'), batchSize: 100 },
    { state },
  );
  expect(cut).toMatchObject({ failed: true, rollback: { state: 'partially_applied' } });
  expect(cut.cause).toMatch(/STEP 19 failed: No space left/);
  const done = cut.rollback?.steps.find(({ step }) => step === '19')?.modified ?? 0;
  expect(await session.db.collection('orders').countDocuments({ subscription_id: { $exists: false } })).toBe(
    done,
  );
  full = false;
  const resumed = await session.run({ operation: 'resume' }, { state });
  expect(resumed.failed).toBe(false);
  expect(resumed.rollback?.steps.find(({ step }) => step === '19')).toMatchObject({
    state: 'rolled_back',
    modified: 300,
  });
});

test('cut short between the last write and its checkpoint: resumed, and restored from a whole journal', async () => {
  const before = await snapshot(session, 'orders');
  let broken = true;
  const state = intercept(session.state, async (command, send) => {
    const [update] = command.updates ?? [];
    const batch = command.update === 'rollback_operations' && update.u.$set['steps.0.units.0']?.batch;
    if (broken && batch === 3) throw Object.assign(new Error('gone'), { code: 13 });
    return send();
  });
  const cut = await session.run({ operation: 'apply', steps: builtIn('19'), batchSize: 100 }, { state });
  expect(cut).toMatchObject({ failed: true, rollback: { steps: [{ state: 'rollback_failed' }] } });
  broken = false;
  const resumed = await session.run({ operation: 'resume' }, { state });
  expect(resumed).toMatchObject({ failed: false, rollback: { steps: [{ modified: 300, conflicts: 0 }] } });
  expect(await session.run({ operation: 'restore' })).toMatchObject({ failed: false });
  expect(await snapshot(session, 'orders')).toEqual(before);
});

test('the first STEP that fails ends the operation; later ones are untouched and named', async () => {
  await session.db.collection('subscriptions').insertOne({ order_id: 1 });
  const db = intercept(session.db, async (command, send) => {
    if (command.update === 'subscriptions') throw Object.assign(new Error('not allowed'), { code: 13 });
    return send();
  });
  const result = await session.run({ operation: 'apply', steps: builtIn('20', '19') }, { db });
  expect(result).toMatchObject({
    failed: true,
    rollback: {
      state: 'failed',
      steps: [
        { step: '20', state: 'rollback_failed' },
        { step: '19', state: 'pending', modified: 0 },
      ],
    },
  });
  expect(result.cause).toMatch(
    /STEP 20 failed: the user may not do this: grant it readWrite on .*; not begun: STEP 19/,
  );
});

describe('pace', () => {
  test('the run waits while a member is too far behind', async () => {
    const lags = [4_000, 4_000, 0];
    const states: unknown[] = [];
    const db = intercept(session.db, async (command, send) => {
      if (command.hello) return { ...(await send()), setName: 'rs0' };
      if (!command.replSetGetStatus) return send();
      const now = Date.now();
      states.push((await session.state.collection('rollback_operations').findOne({}))?.state);
      return {
        members: [
          { stateStr: 'PRIMARY', optimeDate: new Date(now) },
          { stateStr: 'SECONDARY', health: 1, optimeDate: new Date(now - (lags.shift() ?? 0)) },
        ],
      };
    });
    const result = await session.run(
      { operation: 'apply', steps: builtIn('19'), transactions: 'never' },
      { db },
    );
    expect(result).toMatchObject({
      failed: false,
      rollback: { state: 'succeeded', steps: [{ modified: 300 }] },
    });
    expect(states.slice(0, 3)).toEqual(['running', 'throttled', 'throttled']);
  });

  test('a lag that is unknown is not zero: the run says so and rests after each batch', async () => {
    const rests: number[] = [];
    const said: string[] = [];
    const clock: Clock = {
      now: () => systemClock.now(),
      monotonic: () => systemClock.monotonic(),
      // The lease sleeps for seconds at a time; rests are short.
      sleep: async (ms, signal) => {
        if (ms <= 1_000) rests.push(ms);
        else await systemClock.sleep(ms, signal);
      },
    };
    const db = intercept(session.db, async (command, send) => {
      if (command.hello) return { ...(await send()), setName: 'rs0', lastWrite: {} };
      if (command.replSetGetStatus) throw Object.assign(new Error('not authorized'), { code: 13 });
      return send();
    });
    const log = { ...silentLog, warning: (text: string) => said.push(text) };
    const result = await session.run(
      { operation: 'apply', steps: builtIn('19'), transactions: 'never', batchSize: 50 },
      { db, clock, log: log as typeof silentLog },
    );
    expect(result).toMatchObject({ failed: false, rollback: { steps: [{ modified: 300 }] } });
    expect(said).toEqual([expect.stringMatching(/^the replication lag is unknown .*going at half speed$/)]);
    expect(rests.length).toBeGreaterThanOrEqual(2);
    expect(Math.min(...rests)).toBeGreaterThan(0);
  });

  test('after max-duration it ends where it can be resumed', async () => {
    const db = intercept(session.db, async (command, send) => {
      if (command.update === 'orders') await new Promise((resolve) => setTimeout(resolve, 60));
      return send();
    });
    const cut = await session.run(
      { operation: 'apply', steps: builtIn('19'), batchSize: 20, maxDurationMs: 250 },
      { db },
    );
    expect(cut).toMatchObject({ failed: true, rollback: { state: 'interrupted' } });
    expect(cut.cause).toContain(`resume it with operation-id ${cut.rollback?.operationId}`);
    const resumed = await session.run({ operation: 'resume' });
    expect(resumed).toMatchObject({ failed: false, rollback: { steps: [{ modified: 300 }] } });
  });
});
