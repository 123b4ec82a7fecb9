import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { holderName, type RollbackPorts } from '../../../src/rollback/model/ports.ts';
import type { ServerFacts } from '../../../src/rollback/mongo/server.ts';
import { heldMessage, Lease, LeaseLost, type LeaseRecord } from '../../../src/rollback/store/lease.ts';
import { LeaseHeldError } from '../../../src/support/errors.ts';
import { silentLog } from '../../../src/support/log.ts';

const TTL = 30_000;
const held: LeaseRecord = {
  _id: 'rollback:shop',
  holder: 'ann on runner-a',
  operationId: 'op-1',
  environment: 'test',
  token: 4,
  acquiredAt: new Date(0),
  expiresAt: new Date(90_000),
};

/** A lease collection that answers as told, and a clock that is moved by hand. */
function world(answers: { acquire?: Error; found?: LeaseRecord | null; renewed?: () => number | Error }) {
  const time = { now: 0 };
  let wake: (() => void) | undefined;
  const collection = {
    findOneAndUpdate: async () => {
      if (answers.acquire) throw answers.acquire;
      return { ...held, token: 5 };
    },
    findOne: async () => answers.found ?? null,
    updateOne: async (_filter: object, update: { $set: { holder?: null } }) => {
      if (update.$set.holder === null) return { matchedCount: 1 };
      const answer = answers.renewed?.() ?? 1;
      if (answer instanceof Error) throw answer;
      return { matchedCount: answer };
    },
  };
  const ports = {
    clock: {
      now: () => time.now,
      monotonic: () => time.now,
      sleep: (_ms: number, signal: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          if (signal.aborted) reject(signal.reason);
          wake = resolve;
          signal.addEventListener('abort', reject);
        }),
    },
    db: { databaseName: 'shop' },
    state: { collection: () => collection },
    environment: 'test',
    run: { actor: 'octocat', host: 'runner-1' },
    log: silentLog,
    redact: (text: string) => text,
  } as unknown as RollbackPorts;
  const facts = { serverNow: () => time.now } as ServerFacts;
  const acquire = () => Lease.acquire(ports, facts, { ttlMs: TTL, operationId: 'op-2' });
  const pass = async (ms: number) => {
    time.now += ms;
    wake?.();
    await turn();
  };
  return { acquire, pass };
}

const duplicate = Object.assign(new Error('E11000 duplicate key'), { code: 11000 });

describe('a lease', () => {
  test('that is renewed is held for longer than it lasts', async () => {
    const { acquire, pass } = world({});
    const lease = await acquire();
    for (let third = 0; third < 9; third++) await pass(TTL / 3);
    expect(() => lease.assertHeld()).not.toThrow();
    await lease.release();
  });

  test('that cannot be renewed is lost when it ends, not before and not after', async () => {
    const { acquire, pass } = world({ renewed: () => new Error('no server') });
    const lease = await acquire();
    await pass(TTL - 1);
    expect(() => lease.assertHeld()).not.toThrow();
    await pass(1);
    expect(() => lease.assertHeld()).toThrow(LeaseLost);
    expect(() => lease.assertHeld()).toThrow('rollback:shop is lost: it ran out before it could be renewed');
    await lease.release();
  });

  test('that another run has taken is lost at once, and stays so', async () => {
    const { acquire, pass } = world({ renewed: () => 0 });
    const lease = await acquire();
    await pass(TTL / 3);
    await vi.waitFor(() => expect(() => lease.assertHeld()).toThrow('another run has taken it'));
    await lease.release();
  });

  test('that somebody holds is refused with who that is, if they still are there to be read', async () => {
    await expect(world({ acquire: duplicate, found: held }).acquire()).rejects.toThrow(
      /ann on runner-a, operation op-1/,
    );
    const gone = world({ acquire: duplicate, found: null }).acquire();
    await expect(gone).rejects.toThrow(LeaseHeldError);
    await expect(gone).rejects.toThrow('another operation holds the lease');
  });

  test('that may not be written at all is another trouble, and told as it is', async () => {
    const forbidden = Object.assign(new Error('not authorized on shop_state'), { code: 13 });
    const refused = world({ acquire: forbidden, found: held }).acquire();
    await expect(refused).rejects.toThrow('not authorized on shop_state');
    await expect(refused).rejects.not.toThrow(LeaseHeldError);
  });
});

test('whoever came second is told who came first, even where a record says little', () => {
  expect(heldMessage(held, 30_000)).toBe(
    'another operation holds the lease on this database: ann on runner-a, operation op-1, ' +
      'since 1970-01-01T00:00:00.000Z. If it is dead, the lease runs out in 1 min; then run again.',
  );
  expect(heldMessage({ ...held, operationId: null }, 100_000)).toMatch(/operation unknown, .* runs out in 0/);
  expect(heldMessage({ ...held, holder: null }, 30_000)).toMatch(
    /taken from its holder and is free in 1 min/,
  );
  expect(heldMessage({ ...held, expiresAt: 'never' } as never, 0)).toMatch(/malformed/);
});

test.each([
  [{ url: 'https://ci.example/7', runId: '7' }, ' (https://ci.example/7)'],
  [{ runId: '7' }, ' (run 7)'],
  [{}, ''],
])('a holder is known by where it runs: %j', (where, text) => {
  const run = { actor: 'ann', host: 'runner-a', ...where };
  expect(holderName({ run })).toBe(`ann on runner-a${text}, process ${process.pid}`);
});
