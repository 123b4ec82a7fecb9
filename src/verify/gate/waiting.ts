import type { Clock } from '../../support/clock.ts';
import { formatDuration } from '../../support/duration.ts';
import type { Log } from '../../support/log.ts';

/** What one attempt of a wait found: ready, or why not yet. */
export interface Readiness {
  readonly ready: boolean;
  readonly reason?: string;
}

/** How a wait ended. */
export interface Wait {
  readonly done: boolean;
  readonly attempts: number;
  readonly waitedMs: number;
  /** Why it is not done, or was not at the attempt before the last. */
  readonly reason?: string;
}

/** A wait that has not begun. */
export const NOT_YET: Wait = { done: false, attempts: 0, waitedMs: 0 };

/** How a wait for a version ended, and which one was seen last. */
export type VersionWait = Wait & { readonly expected: string; readonly seen?: string };

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** Time between two progress lines of one wait. */
const PROGRESS_MS = 10_000;

/** Tries until it is ready or the deadline has passed, with growing pauses; at least once. */
export async function waitFor(
  what: string,
  attempt: () => Promise<Readiness>,
  deadline: number,
  ports: { clock: Clock; log: Log; signal: AbortSignal },
): Promise<Wait> {
  const { clock, log, signal } = ports;
  const begun = clock.monotonic();
  let attempts = 0;
  let reason: string | undefined;
  let loggedAt = Number.NEGATIVE_INFINITY;
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
    if (result.ready) return outcome(true);
    const news = result.reason !== reason;
    reason = result.reason;
    if (now >= deadline) return outcome(false);
    if (news || now - loggedAt >= PROGRESS_MS) {
      loggedAt = now;
      log.info(
        `${what}: ${reason ?? 'not yet'} (attempt ${attempts}, ${formatDuration(deadline - now)} left)`,
      );
    }
    await clock.sleep(Math.min(pause, deadline - now), signal);
  }
}
