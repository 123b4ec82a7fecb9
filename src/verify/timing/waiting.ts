import type { Clock } from '../../support/clock.ts';
import { formatDuration } from '../../support/duration.ts';
import type { Log } from '../../support/log.ts';
import type { Wait } from '../model/outcome.ts';

/** What one attempt found: done, or why not yet. */
export interface Attempt {
  readonly done: boolean;
  readonly reason?: string;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** A wait says every so often that it goes on. */
const PROGRESS_MS = 10_000;

/** Tries until it is done or the deadline has passed, with growing pauses; at least once. */
export async function waitFor(
  what: string,
  attempt: () => Promise<Attempt>,
  deadline: number,
  ports: { clock: Clock; log: Log; signal: AbortSignal },
): Promise<Wait> {
  const { clock, log, signal } = ports;
  const begun = clock.monotonic();
  let attempts = 0;
  let reason: string | undefined;
  let saidAt = Number.NEGATIVE_INFINITY;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    const result = await attempt();
    attempts++;
    const now = clock.monotonic();
    const outcome = (done: boolean): Wait => ({
      done,
      attempts,
      waitedMs: now - begun,
      ...(reason === undefined ? {} : { reason }),
    });
    if (result.done) return outcome(true);
    const news = result.reason !== reason;
    reason = result.reason;
    if (now >= deadline) return outcome(false);
    if (news || now - saidAt >= PROGRESS_MS) {
      saidAt = now;
      log.info(
        `${what}: ${reason ?? 'not yet'} (attempt ${attempts}, ${formatDuration(deadline - now)} left)`,
      );
    }
    await clock.sleep(Math.min(pause, deadline - now), signal);
  }
}
