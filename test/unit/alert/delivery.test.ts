import { describe, expect, test } from 'vitest';
import { retryAfterMs, withRetries } from '../../../src/alert/channels/common/retries.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { Interrupted } from '../../../src/support/errors.ts';

const TIMING = { attemptMs: 60_000, deliveryMs: 60_000, pauseMs: 10 };

describe('a run that was notified to stop before a message was begun', () => {
  const stopped = () => {
    const controller = new AbortController();
    controller.abort(new Interrupted('SIGTERM'));
    return { clock: systemClock, random: () => 0, signal: controller.signal };
  };

  test('does not wait for a channel that hangs, and takes nothing as notified', async () => {
    const outcome = await withRetries(() => new Promise(() => {}), TIMING, stopped());
    expect(outcome).toEqual({ ok: false, error: 'interrupted by SIGTERM', retry: false });
  });

  test('names the stop, not what a channel made of it', async () => {
    const outcome = await withRetries(
      async () => {
        throw new Error('socket hang up');
      },
      TIMING,
      stopped(),
    );
    expect(outcome).toEqual({ ok: false, error: 'interrupted by SIGTERM', retry: false });
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 27, 12);
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['2', 2_000],
    [' 0.5 ', 500],
    ['Tue, 27 Jan 2026 12:00:30 GMT', 30_000],
    ['Tue, 27 Jan 2026 11:00:00 GMT', 0],
  ])('%j is %j ms', (header, expected) => expect(retryAfterMs(header, now)).toBe(expected));
});
