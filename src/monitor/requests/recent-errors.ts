import type { RecentError } from '../model/answers.ts';
import { describeError } from '../model/redact-message.ts';

/** So many errors are kept; the oldest goes first. */
export const RECENT_ERRORS = 50;

export interface ErrorPlace {
  readonly method: string | null;
  readonly route: string | null;
  readonly statusCode: number | null;
}

const NOWHERE: ErrorPlace = { method: null, route: null, statusCode: null };

/** The last errors of the app, redacted when they come in: what is not kept cannot leak. */
export class RecentErrors {
  readonly #wallClock: () => number;
  readonly #errors: RecentError[] = [];
  /** What was thrown while a request was handled, until its response shows whether it became a 5xx. */
  readonly #thrown = new WeakMap<object, unknown>();

  constructor(wallClock: () => number) {
    this.#wallClock = wallClock;
  }

  /** An error outside any request, or one whose response is not tracked. */
  add(thrown: unknown, place: ErrorPlace = NOWHERE): void {
    this.#errors.push({ at: new Date(this.#wallClock()).toISOString(), ...place, ...describeError(thrown) });
    if (this.#errors.length > RECENT_ERRORS) this.#errors.shift();
  }

  /** Ties an error to the request (or response) whose answer is still to come. */
  tie(request: object, thrown: unknown): void {
    this.#thrown.set(request, thrown);
  }

  /** A response with a status of 500 or above is complete. */
  answered(request: object, place: ErrorPlace): void {
    this.add(
      this.#thrown.get(request) ?? { name: 'Response', message: `answered ${place.statusCode}` },
      place,
    );
  }

  /** Newest first. */
  list(): RecentError[] {
    return [...this.#errors].reverse();
  }
}
