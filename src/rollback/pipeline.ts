import type { Batch } from './batch.ts';

/** What happens to a batch, each stage strictly one batch after another. */
export interface Stages<Prepared, Written> {
  /** Journal. Must have ended for a batch before its write begins. */
  prepare(batch: Batch): Promise<Prepared>;
  write(prepared: Prepared): Promise<Written>;
  /** Checkpoint. Must have ended for a batch before the next but one is written. */
  commit(written: Written): Promise<void>;
  /** Asked between batches; true ends the work after the batches in flight. */
  stop(): boolean;
  /** Waited for before each batch is read: throttle. */
  pause?(): Promise<void>;
}

/**
 * Runs batches through prepare → write → commit with neighbours overlapping: while one batch is written, the
 * next is journalled and the one before is checkpointed. The order within a batch never changes, and at most
 * three batches are journalled but not checkpointed, which is what `resume` replays.
 * @returns whether every batch was run (false: `stop` said so).
 */
export async function runPipeline<Prepared, Written>(
  source: AsyncGenerator<Batch>,
  stages: Stages<Prepared, Written>,
): Promise<boolean> {
  let writing: Promise<Written | undefined> = Promise.resolve(undefined);
  let committing: Promise<void> = Promise.resolve();
  let complete = true;
  try {
    for (;;) {
      await stages.pause?.();
      if (stages.stop()) {
        complete = false;
        break;
      }
      const next = await source.next();
      if (next.done) break;
      const prepared = await stages.prepare(next.value);
      await committing;
      const written = await writing;
      committing = written === undefined ? Promise.resolve() : quiet(stages.commit(written));
      writing = quiet(stages.write(prepared));
    }
    const written = await writing;
    await committing;
    if (written !== undefined) await stages.commit(written);
    return complete;
  } finally {
    // After a failure nothing may still be writing when the caller goes on.
    await Promise.allSettled([writing, committing]);
    await source.return(undefined);
  }
}

/** A promise that is awaited later must not count as unhandled until then. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
