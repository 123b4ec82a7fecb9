import { expect, test } from 'vitest';
import { systemClock } from '../../../../src/support/clock.ts';
import { Interrupted } from '../../../../src/support/errors.ts';
import { silentLog } from '../../../../src/support/log.ts';
import { Phases } from '../../../../src/verify/gate/phases.ts';

test.each([
  ['failed', undefined],
  ['interrupted', new Interrupted('SIGTERM')],
])('a phase that throws is in the report as %s, and its error goes on', async (outcome, stop) => {
  const stopping = new AbortController();
  const phases = new Phases({ clock: systemClock, log: silentLog, signal: stopping.signal });
  const error = stop ?? new Error('broken');
  const running = phases.run('samples', async () => {
    if (stop) stopping.abort(stop);
    throw error;
  });
  await expect(running).rejects.toBe(error);
  expect(phases.list).toMatchObject([{ name: 'samples', outcome }]);
});
