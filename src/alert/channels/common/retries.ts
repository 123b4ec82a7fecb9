import type { Clock } from '../../../support/clock.ts';
import { messageOf } from '../../../support/errors.ts';
import type { AlertTiming } from '../../model/options.ts';

/** What a channel made of one attempt. */
export type Attempt =
  | {
      readonly ok: true;
      /** What a later message can refer to. */
      readonly reference?: string;
      /** Reached some of those that it was for; says whom not and why. */
      readonly partial?: string;
      /** Recipients that may be reached later: the next run tries them again. */
      readonly missed?: readonly string[];
      /** Reached, but not as it should: `Slack refused the blocks; sent as plain text`. */
      readonly remark?: string;
    }
  | {
      readonly ok: false;
      /** In words for a person, without secrets. */
      readonly error: string;
      /** Whether trying again can help. */
      readonly retry: boolean;
      /** The server's own wish, milliseconds. */
      readonly retryAfterMs?: number;
      /** Some of those that it was for were reached; what a later message can refer to. */
      readonly reached?: string;
      /** Recipients that may be reached later: the next run tries them again. */
      readonly missed?: readonly string[];
    };

export interface DeliveryPorts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  random(): number;
}

export type RetryTiming = Pick<AlertTiming, 'attemptMs' | 'deliveryMs' | 'pauseMs'>;

const MOST_ATTEMPTS = 5;

/**
 * The one retry policy of all channels: what may go away is tried again with growing, jittered pauses
 * or after the time that the server asks for, until the time for delivering is used up.
 * @param attempt gets a signal that ends it after its time, and its number from 1.
 */
export async function withRetries(
  attempt: (signal: AbortSignal, number: number) => Promise<Attempt>,
  timing: RetryTiming,
  ports: DeliveryPorts,
): Promise<Attempt> {
  const deadline = ports.clock.monotonic() + timing.deliveryMs;
  for (let number = 1; ; number++) {
    const outcome = await limited(attempt, number, timing, deadline, ports);
    if (outcome.ok || !outcome.retry) return outcome;
    const pause = outcome.retryAfterMs ?? timing.pauseMs * 2 ** (number - 1) * (0.5 + ports.random() / 2);
    // An attempt that is cut short after an instant helps nobody and hides what the last one said.
    const left = deadline - ports.clock.monotonic() - Math.min(1_000, timing.attemptMs / 2);
    if (number >= MOST_ATTEMPTS || pause >= left || ports.signal.aborted) {
      const tries = number === 1 ? '' : ` (tried ${number} times)`;
      const wish =
        outcome.retryAfterMs !== undefined && pause >= left
          ? `; the server asks to wait ${Math.ceil(pause / 1_000)} s, longer than there is time`
          : '';
      return { ...outcome, error: `${outcome.error}${tries}${wish}` };
    }
    try {
      await ports.clock.sleep(pause, ports.signal);
    } catch {
      return {
        ...outcome,
        error: `${outcome.error}; ${messageOf(ports.signal.reason)} while waiting to try again`,
      };
    }
  }
}

async function limited(
  attempt: (signal: AbortSignal, number: number) => Promise<Attempt>,
  number: number,
  timing: RetryTiming,
  deadline: number,
  ports: DeliveryPorts,
): Promise<Attempt> {
  const limitMs = Math.max(1, Math.min(timing.attemptMs, deadline - ports.clock.monotonic()));
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new Error(`no answer within ${Math.round(limitMs)} ms`)),
    limitMs,
  );
  const signal = AbortSignal.any([ports.signal, timeout.signal]);
  let giveUp = () => {};
  // A channel that does not heed the signal must not hold the run up.
  const ended = new Promise<Attempt>((end) => {
    giveUp = () => end({ ok: false, error: messageOf(signal.reason), retry: !ports.signal.aborted });
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([attempt(signal, number), ended]);
  } catch (error) {
    const reason = signal.aborted ? signal.reason : error;
    return { ok: false, error: messageOf(reason), retry: !ports.signal.aborted };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/** `Retry-After` in seconds or as a date, in milliseconds from now; undefined where it is neither. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const text = header.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.max(0, Number(text) * 1_000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
