import type { Binary, Db, Document } from 'mongodb';
import { driverValue } from '../bson/driver-value.ts';
import { asBuffer, BsonType, elementOf, type RawValue, rawLength, readElements } from '../bson/raw.ts';
import { RawSequence } from '../bson/raw-sequence.ts';
import { RawWriters } from '../bson/raw-writer.ts';
import { chunks } from '../mongo/chunks.ts';
import type { Retry } from '../mongo/retry.ts';
import { runWrite } from '../mongo/run-write.ts';
import { LARGEST_IMAGE } from '../reversals/batch.ts';
import { JOURNAL } from '../store/journal.ts';
import { asDocument } from './document-change.ts';

/** What was there before the first change of a document. */
export type FirstBefore = RawValue | 'missing' | 'unavailable' | 'too-large';

export interface SpilledDocument {
  readonly id: RawValue;
  readonly before: FirstBefore;
  /** What stood there when the recording ended, where a later change told it; undefined = read the document. */
  readonly late: RawValue | 'missing' | 'unavailable' | undefined;
}

const STEP = 'recording';
const PAGE = 1_000;

/**
 * The first state of each document that a recording has met, in the journal's collection, so that memory does
 * not grow with the migration. An entry's `_id` is operation, collection and document, and an entry that exists
 * is left as it is: the first state wins, however often changes are read again after a kill.
 */
export class Spill {
  readonly #db: Db;
  readonly #operationId: string;
  readonly #retry: Retry;
  readonly #maxWriteBatch: number;
  readonly #writers = new RawWriters();

  constructor(stateDb: Db, operationId: string, retry: Retry, maxWriteBatch: number) {
    this.#db = stateDb;
    this.#operationId = operationId;
    this.#retry = retry;
    this.#maxWriteBatch = maxWriteBatch;
  }

  /** @param collection the UUID or name that stands for the collection throughout the recording */
  async keepFirst(
    collection: string,
    documents: readonly { readonly id: RawValue; readonly before: FirstBefore }[],
  ): Promise<void> {
    const size = ({ before }: { before: FirstBefore }) => (typeof before === 'string' ? 0 : rawLength(before)) + 256;
    for (const chunk of chunks(documents, size, this.#maxWriteBatch)) {
      const out = this.#writers.take();
      try {
        for (const { id, before } of chunk) {
          out.begin();
          out.begin('_id');
          out.string('o', this.#operationId);
          out.string('s', STEP);
          out.int32('u', -1);
          out.string('c', collection);
          out.raw('d', id);
          out.end();
          if (typeof before === 'string') out.string('state', before);
          else if (rawLength(before) > LARGEST_IMAGE) out.string('state', 'too-large');
          else out.binary('before', before.bytes);
          out.end();
        }
        const command = { insert: JOURNAL, documents: new RawSequence('documents', out.written()), ordered: false };
        await this.#retry('write the journal', () =>
          runWrite(this.#db, command, { refused: 'the journal refused an entry', known: 11000 }),
        );
      } finally {
        this.#writers.give(out);
      }
    }
  }

  /** A copy knows what the server has no before-image of; what is known already stays. */
  async fillFromCopy(collection: string, documents: readonly RawValue[]): Promise<void> {
    for (const chunk of chunks(documents, (value) => rawLength(value) + 256, this.#maxWriteBatch)) {
      const updates = chunk.map((document) => ({
        q: { _id: this.#id(collection, idOf(document)), state: 'unavailable' },
        u: { $set: { before: asBuffer(document.bytes) }, $unset: { state: '' } },
      }));
      await this.#update(updates);
    }
  }

  /** What a document of the recording held when it ended, from the first change after that. */
  async keepLate(
    collection: string,
    documents: readonly { readonly id: RawValue; readonly state: RawValue | 'missing' | 'unavailable' }[],
  ): Promise<void> {
    const size = ({ state }: { state: RawValue | string }) => (typeof state === 'string' ? 0 : rawLength(state)) + 256;
    for (const chunk of chunks(documents, size as never, this.#maxWriteBatch)) {
      const updates = chunk.map(({ id, state }) => ({
        q: { _id: this.#id(collection, id), late: { $exists: false } },
        u: { $set: { late: typeof state === 'string' ? state : asBuffer(state.bytes) } },
      }));
      await this.#update(updates);
    }
  }

  /**
   * The documents of a collection in the order of their ids.
   * @param options.after only those behind this id
   * @param options.late only those whose state at the end a later change told
   */
  async *documents(
    collection: string,
    options: { after?: RawValue; late?: boolean } = {},
  ): AsyncGenerator<SpilledDocument> {
    const head = { o: this.#operationId, s: STEP, u: -1 };
    const from = options.after ? { $gt: this.#id(collection, options.after) } : { $gte: { ...head, c: collection } };
    const filter: Document = { _id: { ...from, $lt: { ...head, c: `${collection}\u0001` } } };
    if (options.late) filter.late = { $exists: true };
    const cursor = this.#db
      .collection(JOURNAL)
      .find(filter, { raw: true, sort: { _id: 1 }, batchSize: PAGE, readPreference: 'primary' });
    try {
      for (let first = await cursor.next(); first !== null; first = await cursor.next()) {
        for (const bytes of [first, ...cursor.readBufferedDocuments()]) yield readSpilled(bytes as unknown as Buffer);
      }
    } finally {
      await cursor.close();
    }
  }

  /** Whether the server had no before-image of a document of this collection. */
  async hasUnavailable(collection: string): Promise<boolean> {
    const head = { o: this.#operationId, s: STEP, u: -1 };
    const filter: Document = {
      _id: { $gte: { ...head, c: collection }, $lt: { ...head, c: `${collection}\u0001` } },
      state: 'unavailable',
    };
    const found = await this.#retry('read the journal', () =>
      this.#db.collection(JOURNAL).findOne(filter, { projection: { _id: 1 } }),
    );
    return found !== null;
  }

  /** Removes what was only needed until the journal was complete. */
  async remove(): Promise<void> {
    const head = { o: this.#operationId, s: STEP };
    const deletes = [{ q: { _id: { $gte: { ...head, u: -1 }, $lt: { ...head, u: 0 } } }, limit: 0 }];
    await this.#retry('remove the first states', () =>
      runWrite(this.#db, { delete: JOURNAL, deletes }, { refused: 'the journal refused a removal' }),
    );
  }

  #id(collection: string, id: RawValue): Document {
    return { o: this.#operationId, s: STEP, u: -1, c: collection, d: driverValue(id) };
  }

  async #update(updates: readonly Document[]): Promise<void> {
    if (updates.length === 0) return;
    await this.#retry('write the journal', () =>
      runWrite(this.#db, { update: JOURNAL, updates, ordered: false }, { refused: 'the journal refused a note' }),
    );
  }
}

function readSpilled(bytes: Uint8Array): SpilledDocument {
  const elements = readElements(bytes);
  const id = elementOf(readElements(elementOf(elements, '_id')?.bytes ?? new Uint8Array()), 'd');
  if (id === undefined) throw new Error('an entry of the journal names no document');
  const state = stateOf(elementOf(elements, 'before')) ?? stateOf(elementOf(elements, 'state'));
  if (state === undefined) throw new Error('an entry of the journal has no state');
  return { id, before: state as FirstBefore, late: stateOf(elementOf(elements, 'late')) as SpilledDocument['late'] };
}

function stateOf(value: RawValue | undefined): RawValue | string | undefined {
  if (value === undefined) return undefined;
  if (value.type === BsonType.binary) {
    return asDocument(asBuffer((driverValue(value) as Binary).buffer));
  }
  return String(driverValue(value));
}

function idOf(document: RawValue): RawValue {
  const id = elementOf(readElements(document.bytes), '_id');
  if (id === undefined) throw new Error('a document of a copy has no _id');
  return id;
}
