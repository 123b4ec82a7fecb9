import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { ErrorCounts, ResponseTime } from '../model/answers.ts';

/** A response that took longer is recorded as this: ten minutes, in microseconds. */
export const LONGEST_US = 600_000_000;

/**
 * How far a percentile may lie above the exact one (nearest rank, to the microsecond), by the significant
 * figures of the HDR histogram behind Node's `createHistogram`: with f figures a bucket is at most 10^-f of
 * its value wide, and the upper edge of the bucket is what is reported.
 */
export function relativeErrorOf(figures: number): number {
  return 10 ** -figures;
}

/** How the answer to a request ended, as far as statistics care. */
export type Outcome = 'ok' | 'client-error' | 'server-error' | 'aborted';

/**
 * Response times and errors of the last few slots of time. Of fixed size: one histogram a slot, all made and
 * filled with zeros at once, so that memory is at its full height from the start and does not creep.
 */
export class SlidingWindow {
  readonly #figures: number;
  readonly #histograms: readonly RecordableHistogram[];
  readonly #clientErrors: Float64Array;
  readonly #serverErrors: Float64Array;
  readonly #aborted: Float64Array;

  constructor(slots: number, figures: number) {
    this.#figures = figures;
    this.#histograms = Array.from({ length: slots }, () => newHistogram(figures));
    this.#clientErrors = new Float64Array(slots);
    this.#serverErrors = new Float64Array(slots);
    this.#aborted = new Float64Array(slots);
  }

  /** @param us whole microseconds, 1 to LONGEST_US */
  record(slot: number, us: number, outcome: Outcome): void {
    this.#histograms[slot]?.record(us);
    if (outcome === 'ok') return;
    const counts =
      outcome === 'server-error'
        ? this.#serverErrors
        : outcome === 'client-error'
          ? this.#clientErrors
          : this.#aborted;
    counts[slot] = (counts[slot] ?? 0) + 1;
  }

  /** Empties a slot so that it can be used again. */
  clear(slot: number): void {
    const histogram = this.#histograms[slot];
    if (histogram !== undefined && histogram.count > 0) histogram.reset();
    this.#clientErrors[slot] = 0;
    this.#serverErrors[slot] = 0;
    this.#aborted[slot] = 0;
  }

  /** Requests in all slots. */
  get count(): number {
    return this.#histograms.reduce((sum, histogram) => sum + histogram.count, 0);
  }

  errors(): ErrorCounts {
    return {
      clientErrors: sum(this.#clientErrors),
      serverErrors: sum(this.#serverErrors),
      aborted: sum(this.#aborted),
    };
  }

  /** Percentiles over all slots, from their merged histograms. */
  responseTime(): ResponseTime {
    const used = this.#histograms.filter((histogram) => histogram.count > 0);
    const [first] = used;
    if (first === undefined) {
      return { p50Ms: null, p95Ms: null, p99Ms: null, meanMs: null, minMs: null, maxMs: null };
    }
    let merged = first;
    if (used.length > 1) {
      merged = emptyScratch(this.#figures);
      for (const histogram of used) merged.add(histogram);
    }
    return {
      p50Ms: milliseconds(percentile(merged, 50)),
      p95Ms: milliseconds(percentile(merged, 95)),
      p99Ms: milliseconds(percentile(merged, 99)),
      meanMs: milliseconds(merged.mean),
      minMs: milliseconds(merged.min),
      maxMs: milliseconds(merged.max),
    };
  }
}

/** Making a histogram costs many times more than emptying one, and merging one is over before the next begins. */
const scratch = new Map<number, RecordableHistogram>();

function emptyScratch(figures: number): RecordableHistogram {
  let histogram = scratch.get(figures);
  if (histogram === undefined) {
    histogram = newHistogram(figures);
    scratch.set(figures, histogram);
  } else {
    histogram.reset();
  }
  return histogram;
}

function newHistogram(figures: number): RecordableHistogram {
  const histogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures });
  // Writes the zeros: memory that was never written to is not yet taken from the system.
  histogram.reset();
  return histogram;
}

/**
 * Nearest rank: the value that at least p % of the values do not exceed. The histogram itself rounds the rank
 * to the nearest, which is too low by one for half of all counts; asking for exactly the rank's own share
 * leaves it nothing to round.
 */
function percentile(histogram: RecordableHistogram, p: number): number {
  const rank = Math.max(1, Math.ceil((p / 100) * histogram.count));
  return histogram.percentile((rank / histogram.count) * 100);
}

function milliseconds(us: number): number {
  return Math.round(us) / 1_000;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
