import { formatDuration } from '../support/duration.ts';
import type { Work } from './work.ts';

const PROGRESS_EVERY_MS = 5_000;
const SMALLEST_BATCH = 20;
/** A batch may grow by this much at once, as a sudden slowness costs more than a slow growth. */
const GROWTH = 1.2;

/** How fast a unit goes: the size of its batches, and what is said of it. */
export class Pace {
  readonly #work: Work;
  readonly #title: string;
  readonly #expected: number;
  readonly #started: number;
  #batchSize: number;
  #lastTold: number;
  #done = 0;
  #atStart: number | undefined;

  constructor(work: Work, title: string, expected: number) {
    this.#work = work;
    this.#title = title;
    this.#expected = expected;
    this.#batchSize = work.options.batchSize;
    this.#started = work.ports.clock.monotonic();
    this.#lastTold = this.#started;
  }

  get batchSize(): number {
    return this.#batchSize;
  }

  /** Learns from a batch: twice too slow halves the next, otherwise it moves towards the target time. */
  note(ms: number, documents: number): void {
    if (documents === 0) return;
    this.#batchSize = nextBatchSize({
      current: this.#batchSize,
      ms,
      documents,
      targetMs: this.#work.options.targetBatchMs,
      most: this.#work.options.batchSize,
    });
  }

  async pause(): Promise<void> {}

  /** Says how far it is, at most every few seconds. */
  progress(done: number): void {
    this.#atStart ??= this.#done;
    this.#done = done;
    const now = this.#work.ports.clock.monotonic();
    if (now - this.#lastTold < PROGRESS_EVERY_MS) return;
    this.#lastTold = now;
    this.#tell(now);
  }

  finish(): void {
    if (this.#done > 0) this.#tell(this.#work.ports.clock.monotonic());
  }

  #tell(now: number): void {
    const seconds = Math.max(0.001, (now - this.#started) / 1_000);
    const rate = (this.#done - (this.#atStart ?? 0)) / seconds;
    const left = Math.max(0, this.#expected - this.#done);
    const eta = rate > 0 && left > 0 ? `, ${formatDuration((left / rate) * 1_000)} left` : '';
    this.#work.ports.log.info(
      `${this.#title}: ${this.#done} of ${Math.max(this.#expected, this.#done)} documents, ${Math.round(rate)}/s${eta}`,
    );
  }
}

/** The size of the next batch. Pure. */
export function nextBatchSize(batch: {
  current: number;
  ms: number;
  documents: number;
  targetMs: number;
  most: number;
}): number {
  const { current, ms, documents, targetMs, most } = batch;
  const ideal = (documents / Math.max(1, ms)) * targetMs;
  const limited = ideal < current / 2 ? current / 2 : Math.min(ideal, current * GROWTH);
  return Math.max(Math.min(SMALLEST_BATCH, most), Math.min(most, Math.round(limited)));
}
