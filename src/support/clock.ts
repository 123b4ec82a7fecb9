import { setTimeout as delay } from 'node:timers/promises';

/** Time as the modes see it, so that tests can hand in their own. */
export interface Clock {
  /** Wall time, epoch milliseconds. May jump; use it for what is stored or shown. */
  now(): number;
  /** Milliseconds that only go forward. Use it for durations and deadlines. */
  monotonic(): number;
  /** Waits; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      // timers/promises wraps the reason in its own AbortError; callers want the reason itself.
      signal?.throwIfAborted();
      throw error;
    }
  },
};

/**
 * The outcome of `work`, or an error if it does not come within the limit. The work itself goes on: what cannot
 * be stopped is only not waited for.
 * @throws Error `no answer within … ms`, and what `work` throws
 */
export async function withLimit<T>(work: Promise<T>, limitMs: number, shownMs = limitMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${shownMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
    // The loser of the race may still fail; its outcome is known already.
    work.catch(() => {});
  }
}
