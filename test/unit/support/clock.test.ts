import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/support/clock.ts';
import { Interrupted } from '../../../src/support/errors.ts';

describe('clock', () => {
  test('a sleep ends with the reason of the abort', async () => {
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Interrupted('SIGTERM'));
    await expect(sleeping).rejects.toThrow('interrupted by SIGTERM');
    await expect(systemClock.sleep(1, controller.signal)).rejects.toThrow(Interrupted);
  });
});
