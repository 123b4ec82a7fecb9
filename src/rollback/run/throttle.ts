import type { Clock } from '../../support/clock.ts';
import { formatDuration } from '../../support/duration.ts';
import { type Lag, replicationLag } from '../mongo/lag.ts';
import { mustStop, saveState, type Work } from './context.ts';

const PROGRESS_EVERY_MS = 5_000;
const LAG_EVERY_MS = 1_000;
const LONGEST_REST_MS = 1_000;
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
  #lag: Lag = { kind: 'none' };
  #lagUntil = Number.NEGATIVE_INFINITY;
  #lastBatchMs = 0;

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
    this.#lastBatchMs = ms;
    this.#batchSize = nextBatchSize({
      current: this.#batchSize,
      ms,
      documents,
      targetMs: this.#work.options.targetBatchMs,
      most: this.#work.options.batchSize,
    });
  }

  /** Waits while the members are too far behind. Where that is unknown, every batch is followed by a rest. */
  async pause(): Promise<void> {
    const { clock, signal } = this.#work.ports;
    if (this.#lag.kind === 'unknown' && this.#lastBatchMs > 0) {
      await quietSleep(clock, Math.min(LONGEST_REST_MS, this.#lastBatchMs), signal);
    }
    if (clock.monotonic() < this.#lagUntil) return;
    let throttled = false;
    for (;;) {
      this.#lag = await this.#askLag();
      this.#lagUntil = clock.monotonic() + LAG_EVERY_MS;
      if (this.#lag.kind !== 'known' || this.#lag.ms <= this.#work.options.maxLagMs || mustStop(this.#work))
        break;
      if (!throttled) await this.#tellThrottled(this.#lag.ms);
      throttled = true;
      await quietSleep(clock, LAG_EVERY_MS, signal);
    }
    if (throttled && !mustStop(this.#work)) await saveState(this.#work, 'running');
  }

  async #askLag(): Promise<Lag> {
    const { db } = this.#work.ports;
    const lag = await this.#work.retry('ask for the replication lag', () =>
      replicationLag(db, this.#work.facts),
    );
    if (lag.kind === 'unknown' && this.#lag.kind !== 'unknown') {
      this.#work.ports.log.warning(`the replication lag is unknown (${lag.why}); going at half speed`);
    }
    return lag;
  }

  async #tellThrottled(ms: number): Promise<void> {
    this.#work.ports.log.info(
      `${this.#title}: waiting, the replication lag is ${formatDuration(ms)} (max-lag ${formatDuration(this.#work.options.maxLagMs)})`,
    );
    await saveState(this.#work, 'throttled');
  }

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

/** Waits; a run that is told to stop goes on at once, and stops where it can be resumed. */
async function quietSleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
