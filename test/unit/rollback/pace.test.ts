import { describe, expect, test } from 'vitest';
import type { Work } from '../../../src/rollback/run/context.ts';
import { Pace } from '../../../src/rollback/run/throttle.ts';

/** A run whose clock is moved by hand, whose server is as far behind as told, and which says what it does. */
function world(lags: (number | 'unknown')[] = [], whenAsleep: (stop: AbortController) => void = () => {}) {
  const time = { now: 0 };
  const stop = new AbortController();
  const said: string[] = [];
  const states: unknown[] = [];
  const sleeps: number[] = [];
  const lastWrite = (lag: number | 'unknown') =>
    lag === 'unknown' ? {} : { lastWriteDate: new Date(lag), majorityWriteDate: new Date(0) };
  const db = {
    admin: () => ({
      command: async (command: { hello?: 1 }) => {
        if (!command.hello) throw new Error('not authorized');
        return { lastWrite: lastWrite(lags.shift() ?? 0) };
      },
    }),
  };
  const work = {
    options: { batchSize: 500, targetBatchMs: 500, maxLagMs: 1_500 },
    facts: { replicaSet: 'rs0', sharded: false },
    retry: (_what: string, ask: () => Promise<unknown>) => ask(),
    deadline: Number.POSITIVE_INFINITY,
    record: { _id: 'op', token: 1, state: 'running' },
    operations: { update: async (_id: string, _token: number, set: object) => states.push(set) },
    ports: {
      db,
      signal: stop.signal,
      log: { info: (text: string) => said.push(text), warning: (text: string) => said.push(text) },
      clock: {
        now: () => time.now,
        monotonic: () => time.now,
        sleep: async (ms: number, signal: AbortSignal) => {
          sleeps.push(ms);
          time.now += ms;
          whenAsleep(stop);
          signal.throwIfAborted();
        },
      },
    },
  } as unknown as Work;
  return { pace: new Pace(work, 'STEP 19 orders', 10_000), time, said, states, sleeps };
}

describe('how far a run is', () => {
  test('is told every five seconds at most, with what is left, and at the end', () => {
    const { pace, time, said } = world();
    for (let second = 1; second <= 12; second++) {
      time.now = second * 1_000;
      pace.progress(second * 500);
    }
    pace.finish();
    expect(said).toEqual([
      'STEP 19 orders: 2500 of 10000 documents, 500/s, 15 s left',
      'STEP 19 orders: 5000 of 10000 documents, 500/s, 10 s left',
      'STEP 19 orders: 6000 of 10000 documents, 500/s, 8 s left',
    ]);
  });

  test('is not told where nothing was to do', () => {
    const { pace, said } = world();
    pace.finish();
    expect(said).toEqual([]);
  });
});

describe('a rest', () => {
  test('ends when the member has caught up, and both are on record', async () => {
    const { pace, states, sleeps, said } = world([4_000, 2_000, 100]);
    await pace.pause();
    expect(sleeps).toEqual([1_000, 1_000]);
    expect(states).toEqual([{ state: 'throttled' }, { state: 'running' }]);
    expect(said).toEqual(['STEP 19 orders: waiting, the replication lag is 4 s (max-lag 1.5 s)']);
  });

  test('ends at once for a run that is told to stop, which is not running again then', async () => {
    const { pace, states, sleeps } = world([4_000, 4_000, 4_000], (stop) => stop.abort(new Error('SIGTERM')));
    await pace.pause();
    expect(sleeps).toEqual([1_000]);
    expect(states).toEqual([{ state: 'throttled' }]);
  });

  test('that fails for another reason is a failure', async () => {
    const { pace } = world([4_000], () => {
      throw new Error('no timers');
    });
    await expect(pace.pause()).rejects.toThrow('no timers');
  });

  test('follows each batch where the lag is unknown', async () => {
    const { pace, sleeps, said } = world(['unknown', 'unknown']);
    await pace.pause();
    pace.note(300, 10);
    await pace.pause();
    pace.note(5_000, 10);
    await pace.pause();
    expect(sleeps).toEqual([300, 1_000]);
    expect(said).toEqual([expect.stringMatching(/^the replication lag is unknown .*; going at half speed$/)]);
  });
});
