import { MongoServerSelectionError, MongoTopologyClosedError } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { retrier } from '../../../src/rollback/mongo/retry.ts';
import { silentLog } from '../../../src/support/log.ts';

const waits: number[] = [];
const retry = retrier({
  clock: {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (ms) => {
      waits.push(ms);
    },
  },
  log: silentLog,
  signal: new AbortController().signal,
  redact: (text) => text,
  random: () => 1,
});

/** Fails with each of the errors in turn, then answers. */
function failing(...errors: Error[]) {
  let calls = 0;
  return async () => {
    const error = errors[calls++];
    if (error) throw error;
    return calls;
  };
}

const unreachable = () => new MongoServerSelectionError('no server at db:27017', {} as never);

describe('what is tried again', () => {
  test('a passing trouble, with growing waits', async () => {
    waits.length = 0;
    expect(await retry('try', failing(unreachable(), unreachable(), unreachable()))).toBe(4);
    expect(waits).toEqual([200, 400, 800]);
  });

  test('nothing else', async () => {
    await expect(retry('try', failing(new Error('not allowed')))).rejects.toThrow('not allowed');
  });

  test('a driver that gave up connecting says only that it is closed: the first error is the one that counts', async () => {
    await expect(
      retry('try', failing(unreachable(), new MongoTopologyClosedError('Topology is closed'))),
    ).rejects.toThrow('no server at db:27017');
    await expect(retry('try', failing(new MongoTopologyClosedError('Topology is closed')))).rejects.toThrow(
      'Topology is closed',
    );
  });
});
