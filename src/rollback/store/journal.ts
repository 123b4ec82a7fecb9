import { hash } from 'node:crypto';
import type { Binary, Db, Document } from 'mongodb';
import { driverValue } from '../bson/driver-value.ts';
import { asBuffer, BsonType, elementOf, type RawValue, readElements } from '../bson/raw.ts';
import { RawSequence } from '../bson/raw-sequence.ts';
import { type RawWriter, RawWriters } from '../bson/raw-writer.ts';
import { chunks } from '../mongo/chunks.ts';
import type { Retry } from '../mongo/retry.ts';
import { runWrite } from '../mongo/run-write.ts';
import {
  type Batch,
  type Conflict,
  type Item,
  idBytes,
  readImage,
  writeId,
  writeImage,
} from '../reversals/batch.ts';

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
  readonly #writers = new RawWriters();

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
    const earlier = new Set<Item>();
    const writtenAgain: Conflict[] = [];
    for (const chunk of chunks(batch.items, (item) => item.size + 256, this.#maxWriteBatch)) {
      const { digests, known } = await this.#insertChunk(key, batch.number, chunk);
      for (const index of known) {
        const [item, digest] = [chunk[index], digests[index]];
        if (item === undefined || digest === undefined) continue;
        const found = await this.#db.collection(JOURNAL).findOne({ _id: entryId(key, item.id) as never });
        // A second try of an insert meets its own entries.
        if (
          found?.batch === batch.number &&
          digest === asBuffer((found.hash as Binary).buffer).toString('latin1')
        )
          continue;
        earlier.add(item);
        if (found?.conflict === undefined && found?.doubt === undefined)
          writtenAgain.push({ id: item.id, reason: 'written-again' });
      }
      for (const [index, item] of chunk.entries()) {
        const digest = digests[index];
        if (digest && !earlier.has(item)) foldInto(fold, digest);
      }
    }
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
        const command = { update: JOURNAL, updates, ordered: false };
        await runWrite(this.#db, command, { refused: 'the journal refused a note' });
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
      for (let first = await cursor.next(); first !== null; first = await cursor.next()) {
        for (const bytes of [first, ...cursor.readBufferedDocuments()]) {
          yield readEntry(key, bytes as unknown as Buffer);
        }
      }
    } finally {
      await cursor.close();
    }
  }

  /** Removes entries that are written again: those of some documents, or all behind an `_id`. Only while a recording is sealed. */
  async remove(key: JournalKey, what: { ids: readonly RawValue[] } | { after: RawValue | undefined }): Promise<void> {
    const { operationId: o, step: s, unit: u, collection: c } = key;
    const ranges =
      'ids' in what
        ? what.ids.map((id) => ({ _id: entryId(key, id) }))
        : [
            {
              _id: {
                ...(what.after ? { $gt: entryId(key, what.after) } : { $gte: { o, s, u, c } }),
                $lt: { o, s, u, c: `${c}\u0001` },
              },
            },
          ];
    for (const chunk of chunks(ranges, () => 256, this.#maxWriteBatch)) {
      const command = { delete: JOURNAL, deletes: chunk.map((q) => ({ q, limit: 0 })), ordered: false };
      await this.#retry('write the journal again', () =>
        runWrite(this.#db, command, { refused: 'the journal refused a removal' }),
      );
    }
  }

  /** @returns the entries' hashes (a character a byte), and the positions of those that were there already. */
  async #insertChunk(
    key: JournalKey,
    batch: number,
    items: readonly Item[],
  ): Promise<{ digests: readonly string[]; known: readonly number[] }> {
    const out = this.#writers.take();
    try {
      const digests = this.#writeEntries(out, key, batch, items);
      const documents = new RawSequence('documents', out.written());
      return await this.#retry('write the journal', async () => {
        const command = { insert: JOURNAL, documents, ordered: false };
        const expected = { refused: 'the journal refused an entry', known: 11000 };
        const { writeErrors } = await runWrite(this.#db, command, expected);
        return { digests, known: writeErrors.map((error) => error.index) };
      });
    } finally {
      this.#writers.give(out);
    }
  }

  #writeEntries(out: RawWriter, key: JournalKey, batch: number, items: readonly Item[]): string[] {
    const head = Buffer.from(hashHead(key));
    const hashed = this.#writers.take();
    const digests = items.map((item) => {
      hashed.clear();
      hashed.append(head);
      writeId(hashed, item.id);
      const image = hashed.length;
      writeImage(hashed, item.edits);
      const digest = hash('sha256', hashed.written(), 'binary');
      out.begin();
      out.begin('_id');
      out.string('o', key.operationId);
      out.string('s', key.step);
      out.int32('u', key.unit);
      out.string('c', key.collection);
      out.raw('d', item.id);
      out.end();
      out.int32('batch', batch);
      out.binary('image', hashed, image);
      out.latin1('hash', digest);
      out.end();
      return digest;
    });
    this.#writers.give(hashed);
    return digests;
  }
}

/** Adds a hash to a fold: order does not count, and adding it again takes it out. */
export function foldInto(fold: Buffer, digest: Uint8Array | string): void {
  for (let index = 0; index < fold.length; index++) {
    const byte = typeof digest === 'string' ? digest.charCodeAt(index) : digest[index];
    fold[index] = (fold[index] ?? 0) ^ (byte ?? 0);
  }
}

function entryId(key: JournalKey, id: RawValue): Document {
  return { o: key.operationId, s: key.step, u: key.unit, c: key.collection, d: driverValue(id) };
}

/** What an entry's hash covers: its place, the document's id, its image. */
function entryHash(key: JournalKey, id: RawValue, image: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(hashHead(key)), idBytes(id), image]), 'buffer');
}

function hashHead(key: JournalKey): string {
  return JSON.stringify([key.operationId, key.step, key.unit, key.collection]);
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
