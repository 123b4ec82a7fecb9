import type { Clock } from '../../support/clock.ts';

/** Does the work `times` times, each begun an interval after the one before; at once if that one took longer. */
export async function paced(
  times: number,
  intervalMs: number,
  ports: { clock: Clock; signal: AbortSignal },
  work: (index: number) => Promise<void>,
): Promise<void> {
  const { clock, signal } = ports;
  for (let index = 0; index < times; index++) {
    signal.throwIfAborted();
    const begun = clock.monotonic();
    await work(index);
    const pause = intervalMs - (clock.monotonic() - begun);
    if (index < times - 1 && pause > 0) await clock.sleep(pause, signal);
  }
}
