import type { Clock } from '../../support/clock.ts';
import { messageOf } from '../../support/errors.ts';
import type { Log } from '../../support/log.ts';
import { AttemptTimedOut, WriteConcernFailed } from './run-write.ts';

/** Runs something again while the server or the network has a passing trouble. Only for what may run twice. */
export type Retry = <T>(what: string, work: () => Promise<T>) => Promise<T>;

export interface RetryPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly redact: (text: string) => string;
  readonly random: () => number;
}

const ATTEMPTS = 8;
/** A command that is answered too late costs the whole limit each time, and may be too slow for it. */
const SILENT_ATTEMPTS = 3;
const LONGEST_WAIT_MS = 5_000;

// Elections, shutdowns, lost connections, lagging write concern: the server's own list of what passes.
const PASSING_CODES = new Set([
  6, 7, 89, 91, 112, 133, 189, 262, 317, 358, 9001, 10107, 11600, 11602, 13435, 13436,
]);

/** Retries with growing, spread waits (about 25 s in all); a run that is told to stop does not wait. */
export function retrier(ports: RetryPorts): Retry {
  return async (what, work) => {
    let before: unknown;
    let silent = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        // A driver that could not connect at first does not try again, and says of the next try only that it is closed.
        if (before !== undefined && (error as Error)?.name === 'MongoTopologyClosedError') throw before;
        before = error;
        if ((error as Error)?.name === 'MongoNetworkTimeoutError' && ++silent >= SILENT_ATTEMPTS) {
          throw new Error(
            `cannot ${what}: no answer within the limit, ${silent} times (${messageOf(error)}). A server that is slow needs a higher socketTimeoutMS in \`mongodb-uri\`.`,
            { cause: error },
          );
        }
        if (attempt >= ATTEMPTS || !isPassing(error) || ports.signal.aborted) throw error;
        const wait = Math.min(LONGEST_WAIT_MS, 100 * 2 ** attempt) * (0.5 + ports.random() / 2);
        ports.log.info(
          `cannot ${what} (${ports.redact(messageOf(error))}); trying again in ${Math.round(wait)} ms`,
        );
        await ports.clock.sleep(wait, ports.signal);
      }
    }
  };
}

/** Whether an error is one that passes by itself. */
export function isPassing(error: unknown): boolean {
  if (error instanceof WriteConcernFailed || error instanceof AttemptTimedOut) return true;
  if (!(error instanceof Error)) return false;
  if (
    /^MongoNetwork|^MongoServerSelection|^MongoPoolCleared|^MongoConnectionPool|^PoolCleared/.test(error.name)
  )
    return true;
  const labelled = error as { hasErrorLabel?: (label: string) => boolean; code?: unknown };
  if (typeof labelled.hasErrorLabel === 'function') {
    if (labelled.hasErrorLabel('RetryableWriteError') || labelled.hasErrorLabel('TransientTransactionError'))
      return true;
  }
  return typeof labelled.code === 'number' && PASSING_CODES.has(labelled.code);
}
