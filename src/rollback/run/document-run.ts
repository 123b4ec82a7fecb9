import { Binary } from 'mongodb';
import { identityKey } from '../bson/condition.ts';
import { scan } from '../mongo/scan.ts';
import { type Batch, type Conflict, type Item, idBytes, readId } from '../reversals/batch.ts';
import { isConflict, prepareItem } from '../reversals/item.ts';
import type { DocumentUnit } from '../reversals/unit.ts';
import { foldInto, type JournalKey, type Journalled } from '../store/journal.ts';
import {
  journalKey,
  mustStop,
  noteConflicts,
  type Place,
  saveUnit,
  stepAt,
  unitAt,
  type Work,
  waitingFor,
} from './context.ts';
import { runPipeline } from './pipeline.ts';
import { Pace } from './throttle.ts';
import { type WriteTarget, writeItems } from './write.ts';
import { writeInTransaction } from './write-in-transaction.ts';

interface Written {
  readonly journalled: Journalled;
  readonly done: number;
  readonly conflicts: readonly Conflict[];
  /** The checkpoint went with the writes, in one transaction. */
  readonly committed: boolean;
}

/** One unit's documents on their way: scanned, journalled, written, noted, a batch at a time. */
export class DocumentRun {
  /** Documents that the last pass found to change. */
  changedInPass = 0;
  readonly #work: Work;
  readonly #place: Place;
  readonly #unit: DocumentUnit;
  readonly #few: boolean;
  readonly #writers: number;
  readonly #key: JournalKey;
  readonly #target: WriteTarget;
  readonly #pace: Pace;
  /** Documents of the batches that were open when an earlier run ended. */
  readonly #replayed = new Set<string>();
  #nextNumber: number;
  #committing: Promise<void> = Promise.resolve();

  constructor(
    work: Work,
    place: Place,
    unit: DocumentUnit,
    reading: { collated: boolean; few: boolean; writers: number },
  ) {
    this.#work = work;
    this.#place = place;
    this.#unit = unit;
    this.#few = reading.few;
    this.#writers = reading.writers;
    const step = stepAt(work, place);
    this.#key = journalKey(work.record._id, step, place.unit);
    this.#target = {
      db: work.ports.db,
      collection: unit.collection,
      maxWriteBatch: work.facts.maxWriteBatch,
      collated: reading.collated,
      fence: work.fence,
      waiting: waitingFor(work, unit.collection),
    };
    this.#nextNumber = unitAt(work, place).batch + 1;
    this.#pace = new Pace(work, `STEP ${step.step} ${unit.collection}`, unitAt(work, place).matched);
  }

  /** Writes what was journalled and not checkpointed. Each write may have happened already: it happens once. */
  async replay(): Promise<boolean> {
    const record = unitAt(this.#work, this.#place);
    let items: Item[] = [];
    let last = record.batch;
    const flush = async () => {
      this.#work.lease.assertHeld();
      const { done, conflicts } = await this.#writeAlone(items, false);
      record.journaled += items.length;
      record.bytes += bytesOf(items);
      record.modified += done;
      await this.#noteConflicts(conflicts);
      items = [];
    };
    for await (const entry of this.#work.journal.entries(this.#key, { afterBatch: record.batch })) {
      this.#replayed.add(identityKey(entry.id));
      last = Math.max(last, entry.batch);
      record.fold = folded(record.fold, entry.hash);
      const prepared = prepareItem(entry.id, entry.edits);
      if (entry.conflict !== undefined || isConflict(prepared)) {
        record.journaled += 1;
        const reason = isConflict(prepared) ? prepared.reason : (entry.conflict ?? 'changed');
        noteConflicts(this.#work, this.#place, [{ id: entry.id, reason }]);
      } else items.push(prepared);
      if (items.length >= this.#work.options.batchSize) await flush();
    }
    if (items.length > 0) await flush();
    this.#nextNumber = last + 1;
    if (this.#replayed.size > 0)
      this.#work.ports.log.info(`${this.#replayed.size} journalled documents were replayed`);
    return !mustStop(this.#work);
  }

  /** One scan from the checkpoint to the end. @returns false where it was told to stop. */
  async pass(): Promise<boolean> {
    const record = unitAt(this.#work, this.#place);
    this.changedInPass = 0;
    const source = scan(this.#work.ports.db, this.#unit, {
      few: this.#few,
      batchSize: () => this.#pace.batchSize,
      firstNumber: this.#nextNumber,
      after: record.lastId ? readId(record.lastId.buffer) : undefined,
      exclude: this.#replayed,
      retry: this.#work.retry,
    });
    const complete = await runPipeline<Journalled, Written>(source, {
      prepare: (batch) => this.#prepare(batch),
      write: (journalled) => this.#write(journalled),
      commit: (written) => this.#commit(written),
      stop: () => mustStop(this.#work),
      pause: () => this.#pace.pause(),
      writers: this.#writers,
    });
    this.#pace.finish();
    if (complete) {
      // Every batch is written now, those that were only replayed included: the journal is counted by it.
      record.batch = this.#nextNumber - 1;
      // From here on the journal itself tells a document that was done before from a new one.
      this.#replayed.clear();
    }
    return complete;
  }

  async #prepare(batch: Batch): Promise<Journalled> {
    this.#nextNumber = batch.number + 1;
    return this.#work.journal.insert(this.#key, batch);
  }

  async #write(journalled: Journalled): Promise<Written> {
    const { items } = journalled.batch;
    this.#work.lease.assertHeld();
    const started = this.#work.ports.clock.monotonic();
    let fresh = true;
    if (this.#work.transactions && items.length > 0) {
      // Both write the operation's document, and transactions do not wait for one another.
      await this.#committing;
      const committed = await writeInTransaction(this.#work, this.#target, items, async (session) => {
        const record = this.#after(journalled, items.length, 0);
        await this.#work.operations.update(
          this.#work.record._id,
          this.#work.record.token,
          this.#path(record),
          session,
        );
      });
      if (committed) {
        this.#pace.note(this.#work.ports.clock.monotonic() - started, items.length);
        return { journalled, done: items.length, conflicts: [], committed };
      }
      fresh = committed === false;
    }
    const { done, conflicts } = await this.#writeAlone(items, fresh);
    this.#pace.note(this.#work.ports.clock.monotonic() - started, items.length);
    return { journalled, done, conflicts, committed: false };
  }

  #commit(written: Written): Promise<void> {
    const committing = this.#checkpoint(written);
    this.#committing = committing.catch(() => {});
    return committing;
  }

  async #checkpoint({ journalled, done, conflicts, committed }: Written): Promise<void> {
    const record = unitAt(this.#work, this.#place);
    this.changedInPass += journalled.batch.items.length;
    Object.assign(record, this.#after(journalled, done, 0));
    await this.#noteConflicts([...conflicts, ...journalled.writtenAgain]);
    // Later passes meet them again.
    if (record.pass === 1) noteConflicts(this.#work, this.#place, journalled.batch.refused);
    const clean = conflicts.length + journalled.writtenAgain.length + journalled.batch.refused.length === 0;
    // Documents that turned out to need nothing are passed over again by a resumed run; no checkpoint for them.
    const empty = journalled.batch.items.length === 0 && clean;
    if (!empty && (!committed || !clean)) await saveUnit(this.#work, this.#place);
    this.#pace.progress(record.modified);
  }

  /** @param fresh the documents were journalled by this run just now, so nothing was written before. */
  async #writeAlone(items: readonly Item[], fresh: boolean) {
    if (items.length === 0) return { done: 0, conflicts: [] };
    let first = fresh;
    return this.#work.retry(`write ${this.#unit.collection}`, () => {
      const certain = first;
      first = false;
      return writeItems(this.#target, items, certain);
    });
  }

  /** The journal knows of them before the checkpoint counts them, so that no `restore` touches what we did not write. */
  async #noteConflicts(conflicts: readonly Conflict[]): Promise<void> {
    if (conflicts.length === 0) return;
    await this.#work.journal.markConflicts(this.#key, conflicts);
    const record = unitAt(this.#work, this.#place);
    record.doubts = (record.doubts ?? 0) + conflicts.filter(({ unwritten }) => !unwritten).length;
    noteConflicts(this.#work, this.#place, conflicts);
  }

  /** The unit's record as it is once a batch is done. */
  #after({ batch, fold }: Journalled, done: number, conflicts: number) {
    const record = unitAt(this.#work, this.#place);
    return {
      ...record,
      batch: batch.number,
      lastId: batch.lastId ? new Binary(idBytes(batch.lastId)) : record.lastId,
      journaled: record.journaled + batch.items.length,
      modified: record.modified + done,
      bytes: record.bytes + bytesOf(batch.items),
      conflicts: record.conflicts + conflicts,
      fold: folded(record.fold, fold),
    };
  }

  #path(record: object) {
    return { [`steps.${this.#place.step}.units.${this.#place.unit}`]: record };
  }
}

function bytesOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + item.size, 0);
}

function folded(current: Binary | null, digest: Uint8Array): Binary {
  const fold = Buffer.from(current?.buffer ?? new Uint8Array(32));
  foldInto(fold, digest);
  return new Binary(fold);
}
