import { createHash } from 'node:crypto';
import type { Binary, Db, Document } from 'mongodb';
import { type Batch, type Conflict, type Item, idBytes, readImage, writeImage } from './batch.ts';
import { driverValue } from './bson/driver-value.ts';
import { BsonType, elementOf, type RawValue, readElements } from './bson/raw.ts';
import { chunks } from './chunks.ts';
import type { Retry } from './retry.ts';
import { runWrite } from './run-write.ts';

export const JOURNAL = 'rollback_journal';

/** Which part of the journal: one unit of one STEP of one operation. */
export interface JournalKey {
  readonly operationId: string;
  readonly step: string;
  /** Position of the unit within the STEP. */
  readonly unit: number;
  readonly collection: string;
}

/** An entry as it was found; `edits` are what apply did, from before to after. */
export interface JournalEntry {
  readonly id: RawValue;
  readonly batch: number;
  readonly edits: Item['edits'];
  readonly size: number;
  /** Set where the document was left alone. */
  readonly conflict: string | undefined;
  readonly hash: Buffer;
}

/** What became of a batch in the journal. */
export interface Journalled {
  readonly batch: Batch;
  readonly writtenAgain: readonly Conflict[];
  /** The hashes of its entries, folded: goes into the checkpoint. */
  readonly fold: Buffer;
}

/** An entry does not carry the hash of what it holds: nothing is restored from it. */
export class JournalTampered extends Error {
  override readonly name = 'JournalTampered';
}

/**
 * Before-images on disk before the first write. An entry's `_id` is operation, STEP, unit and document, so a
 * document is journalled once an operation, however often a run is killed and resumed.
 */
export class Journal {
  readonly #db: Db;
  readonly #retry: Retry;
  readonly #maxWriteBatch: number;

  constructor(stateDb: Db, retry: Retry, maxWriteBatch: number) {
    this.#db = stateDb;
    this.#retry = retry;
    this.#maxWriteBatch = maxWriteBatch;
  }

  /**
   * Writes a batch's images, acknowledged by a majority.
   * @returns the batch without documents that this operation has journalled before (of those, the ones that it
   *   had changed and somebody has written again since), and the hashes of the rest folded into one.
   */
  async insert(key: JournalKey, batch: Batch): Promise<Journalled> {
    const fold = Buffer.alloc(32);
    const entries = batch.items.map((item) => {
      const image = writeImage(item.edits);
      const digest = entryHash(key, item.id, image);
      return {
        item,
        digest,
        document: { _id: entryId(key, item.id), batch: batch.number, image, hash: digest },
      };
    });
    const earlier = new Set<Item>();
    const writtenAgain: Conflict[] = [];
    for (const chunk of chunks(entries, (entry) => entry.item.size + 256, this.#maxWriteBatch)) {
      for (const index of await this.#insertChunk(chunk.map((entry) => entry.document))) {
        const entry = chunk[index];
        if (entry === undefined) continue;
        const found = await this.#db.collection(JOURNAL).findOne({ _id: entry.document._id as never });
        // A second try of an insert meets its own entries.
        if (found?.batch === batch.number && entry.digest.equals((found.hash as Binary).buffer)) continue;
        earlier.add(entry.item);
        if (found?.conflict === undefined && found?.doubt === undefined)
          writtenAgain.push({ id: entry.item.id, reason: 'written-again' });
      }
    }
    for (const entry of entries) if (!earlier.has(entry.item)) foldInto(fold, entry.digest);
    return {
      batch:
        earlier.size === 0 ? batch : { ...batch, items: batch.items.filter((item) => !earlier.has(item)) },
      writtenAgain,
      fold,
    };
  }

  /**
   * Notes on an entry why its document was left alone. `restore` passes over those that were certainly not
   * written (`conflict`); of the others (`doubt`) it brings back what is as we left it. Either is counted once.
   */
  async markConflicts(key: JournalKey, conflicts: readonly Conflict[]): Promise<void> {
    for (const chunk of chunks(conflicts, () => 256, this.#maxWriteBatch)) {
      const updates = chunk.map(({ id, reason, unwritten }) => ({
        q: { _id: entryId(key, id) },
        u: { $set: unwritten ? { conflict: reason } : { doubt: reason } },
      }));
      await this.#retry('mark conflicts in the journal', async () => {
        await runWrite(this.#db, { update: JOURNAL, updates, ordered: false });
      });
    }
  }

  /**
   * The entries of a unit in the order of the documents, or backwards; each one's hash is checked.
   * @param options.afterBatch only entries of later batches
   * @param options.below only entries of documents below this `_id`
   * @throws JournalTampered
   */
  async *entries(
    key: JournalKey,
    options: { afterBatch?: number; backwards?: boolean; below?: RawValue } = {},
  ): AsyncGenerator<JournalEntry> {
    const { operationId: o, step: s, unit: u, collection: c } = key;
    const end = options.below ? entryId(key, options.below) : { o, s, u, c: `${c}\u0001` };
    const filter: Document = { _id: { $gte: { o, s, u, c }, $lt: end } };
    if (options.afterBatch !== undefined) filter.batch = { $gt: options.afterBatch };
    const cursor = this.#db
      .collection(JOURNAL)
      .find(filter, { raw: true, sort: { _id: options.backwards ? -1 : 1 }, batchSize: 1000 });
    try {
      for await (const bytes of cursor) yield readEntry(key, bytes as unknown as Buffer);
    } finally {
      await cursor.close();
    }
  }

  /** @returns the positions of entries that were there already. */
  async #insertChunk(documents: readonly Document[]): Promise<number[]> {
    return this.#retry('write the journal', async () => {
      const { writeErrors } = await runWrite(this.#db, { insert: JOURNAL, documents, ordered: false });
      const other = writeErrors.find((error) => error.code !== 11000);
      if (other) throw new Error(`the journal refused an entry: ${other.errmsg}`);
      return writeErrors.map((error) => error.index);
    });
  }
}

/** Adds a hash to a fold: order does not count, and adding it again takes it out. */
export function foldInto(fold: Buffer, digest: Uint8Array): void {
  for (let index = 0; index < fold.length; index++) fold[index] = (fold[index] ?? 0) ^ (digest[index] ?? 0);
}

function entryId(key: JournalKey, id: RawValue): Document {
  return { o: key.operationId, s: key.step, u: key.unit, c: key.collection, d: driverValue(id) };
}

function entryHash(key: JournalKey, id: RawValue, image: Uint8Array): Buffer {
  const head = JSON.stringify([key.operationId, key.step, key.unit, key.collection]);
  return createHash('sha256').update(head).update(idBytes(id)).update(image).digest();
}

function readEntry(key: JournalKey, bytes: Uint8Array): JournalEntry {
  try {
    const elements = readElements(bytes);
    const id = elementOf(readElements(elementOf(elements, '_id')?.bytes ?? new Uint8Array()), 'd');
    const image = binaryOf(elementOf(elements, 'image'));
    const stored = binaryOf(elementOf(elements, 'hash'));
    const batch = elementOf(elements, 'batch');
    const conflict = elementOf(elements, 'conflict');
    if (id === undefined || batch === undefined) throw new Error('parts are missing');
    if (!entryHash(key, id, image).equals(stored)) throw new Error('the hash does not match');
    return {
      id,
      batch: Number(driverValue(batch)),
      edits: readImage(image),
      size: image.length,
      conflict: conflict === undefined ? undefined : String(driverValue(conflict)),
      hash: stored,
    };
  } catch (error) {
    throw new JournalTampered(
      `an entry of the journal of operation ${key.operationId}, STEP ${key.step}, ${key.collection} is not what was written`,
      { cause: error },
    );
  }
}

function binaryOf(value: RawValue | undefined): Buffer {
  if (value?.type !== BsonType.binary) throw new Error('an image or a hash is missing');
  return Buffer.from(value.bytes.buffer, value.bytes.byteOffset + 5, value.bytes.length - 5);
}
