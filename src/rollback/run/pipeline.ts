import { setImmediate as turn } from 'node:timers/promises';
import type { Batch } from '../reversals/batch.ts';

/** What happens to a batch. */
export interface Stages<Prepared, Written> {
  /** Journal. Has ended for a batch before its write begins. */
  prepare(batch: Batch): Promise<Prepared>;
  write(prepared: Prepared): Promise<Written>;
  /** Checkpoint, in the order of the batches: when it comes to one, all before it are written. */
  commit(written: Written): Promise<void>;
  /** Batches that may be written at once, 1 where their order counts. */
  readonly writers: number;
  /** Asked between batches; true ends the work after the batches in flight. */
  stop(): boolean;
  /** Waited for before each batch is read: throttle. */
  pause?(): Promise<void>;
}

/** So many batches may be journalled and wait for their write: the server has always something to do. */
const AHEAD = 2;

/**
 * Runs batches through prepare → write → commit with neighbours overlapping: while some are written, the
 * next ones are read and journalled and the one before is checkpointed. The order within a batch never changes,
 * and no more than a handful of batches is journalled but not checkpointed, which is what `resume` replays.
 * @returns whether every batch was run (false: `stop` said so).
 */
export async function runPipeline<Prepared, Written>(
  source: AsyncGenerator<Batch>,
  stages: Stages<Prepared, Written>,
): Promise<boolean> {
  const queue = new Queue<Promise<Prepared>>(AHEAD);
  let complete = true;
  let failed = false;

  const produce = async () => {
    let ahead: Promise<IteratorResult<Batch>> | undefined;
    const preparing: Promise<Prepared>[] = [];
    try {
      for (;;) {
        await stages.pause?.();
        if (failed || stages.stop()) {
          complete = false;
          return;
        }
        const next = await (ahead ?? source.next());
        if (next.done) return;
        await turn();
        // Sent before the next ones are asked for: what is nearer to its write comes first.
        preparing.push(quiet(stages.prepare(next.value)));
        if (preparing.length > AHEAD + 1) preparing.shift();
        ahead = quiet(source.next());
        await queue.push(preparing.at(-1) as Promise<Prepared>);
      }
    } finally {
      queue.end();
      await Promise.allSettled([ahead, ...preparing]);
    }
  };

  const consume = async () => {
    const writing: Promise<Written>[] = [];
    let committing: Promise<void> = Promise.resolve();
    const commitFirst = async () => {
      const written = await writing[0];
      writing.shift();
      await committing;
      if (written !== undefined) committing = quiet(stages.commit(written));
    };
    try {
      for (let next = await queue.shift(); next !== undefined; next = await queue.shift()) {
        const prepared = await next.value;
        if (failed) return;
        await turn();
        writing.push(quiet(stages.write(prepared)));
        if (writing.length >= stages.writers) await commitFirst();
      }
    } finally {
      queue.release();
      try {
        // Where a later batch failed, those before it are checkpointed all the same: the record says what was done.
        while (writing.length > 0) await commitFirst();
        await committing;
      } finally {
        await Promise.allSettled([...writing, committing]);
      }
    }
  };

  const guarded = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  try {
    // After a failure nothing may still be writing when the caller goes on, so both are waited for.
    const outcomes = await Promise.allSettled([guarded(consume), guarded(produce)]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return complete;
  } finally {
    await source.return(undefined);
  }
}

/** Hands values from one loop to another, a few at a time. */
class Queue<T> {
  readonly #values: { value: T }[] = [];
  readonly #size: number;
  #ended = false;
  #released = false;
  #wake: () => void = () => {};
  #changed: Promise<void> = Promise.resolve();

  constructor(size: number) {
    this.#size = size;
    this.#renew();
  }

  /** Waits for room. Once nobody takes any more, returns at once. */
  async push(value: T): Promise<void> {
    this.#values.push({ value });
    this.#signal();
    while (this.#values.length >= this.#size && !this.#released) await this.#changed;
  }

  /** The next value, undefined after the last. */
  async shift(): Promise<{ value: T } | undefined> {
    while (this.#values.length === 0 && !this.#ended) await this.#changed;
    const next = this.#values.shift();
    this.#signal();
    return next;
  }

  /** No more will be pushed. */
  end(): void {
    this.#ended = true;
    this.#signal();
  }

  /** No more will be taken. */
  release(): void {
    this.#released = true;
    this.#signal();
  }

  #signal(): void {
    const wake = this.#wake;
    this.#renew();
    wake();
  }

  #renew(): void {
    this.#changed = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** A promise that is awaited later must not count as unhandled until then. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
