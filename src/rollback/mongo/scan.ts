import type { Db, Document } from 'mongodb';
import { afterIdentity, equalityKey, equalsAny, identityKey } from '../bson/condition.ts';
import { assertWritable, UnwritableValue } from '../bson/driver-value.ts';
import { elementOf, type RawElement, type RawValue, rawLength, readElements } from '../bson/raw.ts';
import { BATCH_BYTES, type Batch, type Conflict, type Item } from '../reversals/batch.ts';
import { isConflict, prepareItem } from '../reversals/item.ts';
import { type DocumentUnit, NO_REFERENCES, type References } from '../reversals/unit.ts';
import type { Retry } from './retry.ts';

export interface ScanOptions {
  /** Asked before each batch: documents in it. */
  batchSize(): number;
  readonly firstNumber: number;
  /**
   * Few documents of many match, so an index on the field is better than a walk through all of them. The walk
   * goes along the index on `_id`, which needs no sorting. A server that does not follow the hint may hand
   * documents out of order; the pass that verifies fetches what a resumed scan missed then.
   */
  readonly few?: boolean;
  /** Where an earlier run had come to. */
  readonly after?: RawValue | undefined;
  /** Documents that the open batches of an earlier run hold, by `identityKey`. */
  readonly exclude?: ReadonlySet<string>;
  readonly retry: Retry;
}

/** Batches that one answer of the server holds: a cursor is asked once at a time, and must not be what is waited for. */
const READ_AT_ONCE = 2;

/** The server forgot a cursor that was idle for too long. */
const CURSOR_NOT_FOUND = 43;

interface Found {
  readonly id: RawValue;
  readonly fields: RawElement[];
}

/** Reads what a unit has to change, along `_id` from one cursor, as batches of bounded count and bytes. */
export async function* scan(db: Db, unit: DocumentUnit, options: ScanOptions): AsyncGenerator<Batch, void> {
  let number = options.firstNumber;
  for await (const found of groups(unit, answers(db, unit, options), () => options.batchSize())) {
    const refused = unsendable(unit, found);
    const left = new Set(refused.map(({ id }) => id));
    const references = await lookUp(
      db,
      unit,
      found.filter(({ id }) => !left.has(id)),
    );
    const items: Item[] = [];
    const excluded = options.exclude?.size ? options.exclude : undefined;
    for (const { id, fields } of found) {
      if (left.has(id) || excluded?.has(identityKey(id))) continue;
      const edits = unit.edits(fields, references);
      if (edits.length === 0) continue;
      const prepared = prepareItem(id, edits);
      if (isConflict(prepared)) refused.push(prepared);
      else items.push(prepared);
    }
    yield { number: number++, items, refused, lastId: lastSendable(found.map(({ id }) => id)) };
  }
}

/** The matching documents, as many as each of the server's answers holds. A lost cursor is opened again behind the last one. */
async function* answers(db: Db, unit: DocumentUnit, options: ScanOptions): AsyncGenerator<Document[]> {
  const projection = Object.fromEntries(['_id', ...unit.fields].map((field) => [field, 1]));
  let last = options.after;
  const open = () =>
    db
      .collection(unit.collection)
      .find(last === undefined ? unit.filter : { $and: [unit.filter, afterIdentity(last)] }, {
        projection,
        raw: true,
        ...(options.few ? { sort: { _id: 1 } } : { hint: { _id: 1 } }),
        batchSize: READ_AT_ONCE * options.batchSize(),
        readPreference: 'primary',
        allowDiskUse: true,
      });
  let cursor = open();
  const ask = () =>
    options.retry(`read ${unit.collection}`, async () => {
      try {
        const first = await cursor.next();
        return first === null ? [] : [first, ...cursor.readBufferedDocuments()];
      } catch (error) {
        await cursor.close().catch(() => {});
        cursor = open();
        if ((error as Document).code !== CURSOR_NOT_FOUND) throw error;
        const first = await cursor.next();
        return first === null ? [] : [first];
      }
    });
  let asked = ask();
  try {
    for (;;) {
      const documents = await asked;
      if (documents.length === 0) return;
      last = lastSendable(documents.map((document) => found(unit, document).id)) ?? last;
      // The next answer travels while this one is worked on.
      asked = ask();
      asked.catch(() => {});
      yield documents;
    }
  } finally {
    await asked.catch(() => {});
    await cursor.close();
  }
}

/** The last `_id` that a condition can hold; behind it a reading is begun again. */
function lastSendable(ids: readonly RawValue[]): RawValue | undefined {
  for (let index = ids.length - 1; index >= 0; index--) {
    const id = ids[index];
    if (id !== undefined && isWritable(id) === true) return id;
  }
  return undefined;
}

/** Documents that refer to a value which no command can hold exactly: it cannot be looked up. */
function unsendable({ lookup }: DocumentUnit, documents: readonly Found[]): Conflict[] {
  if (lookup === undefined) return [];
  return documents.flatMap(({ id, fields }) => {
    for (const key of lookup.keys(fields)) {
      const why = isWritable(key);
      if (why !== true) return { id, reason: 'unwritable' as const, detail: why };
    }
    return [];
  });
}

/** @returns true, or why not */
function isWritable(value: RawValue): true | string {
  try {
    assertWritable(value);
    return true;
  } catch (error) {
    if (error instanceof UnwritableValue) return error.message;
    throw error;
  }
}

function found(unit: DocumentUnit, document: Document): Found {
  const fields = readElements(document as unknown as Buffer);
  const id = elementOf(fields, '_id');
  if (id === undefined) throw new Error(`a document of ${unit.collection} came without _id`);
  return { id, fields };
}

/** Cuts answers up for batches; a document is read when its batch is filled, so that no long stretch of work holds up what is to be sent. */
async function* groups(
  unit: DocumentUnit,
  answered: AsyncGenerator<Document[]>,
  size: () => number,
): AsyncGenerator<Found[]> {
  let group: Found[] = [];
  let bytes = 0;
  let limit = size();
  for await (const answer of answered) {
    for (const raw of answer) {
      const document = found(unit, raw);
      group.push(document);
      for (const [, value] of document.fields) bytes += rawLength(value);
      if (group.length < limit && bytes < BATCH_BYTES) continue;
      yield group;
      group = [];
      bytes = 0;
      limit = size();
    }
  }
  if (group.length > 0) yield group;
}

/** What the batch's documents refer to in another collection. */
export async function lookUp(db: Db, unit: DocumentUnit, found: readonly Found[]): Promise<References> {
  const { lookup } = unit;
  if (lookup === undefined) return NO_REFERENCES;
  const keys = new Map<string, RawValue>();
  for (const { fields } of found) {
    for (const key of lookup.keys(fields)) keys.set(equalityKey(key), key);
  }
  const references = new Map<string, RawValue>();
  if (keys.size === 0) return references;
  const cursor = db.collection(lookup.collection).find(equalsAny(lookup.from, [...keys.values()]), {
    projection: { _id: lookup.from === '_id' ? 1 : 0, [lookup.from]: 1, [lookup.to]: 1 },
    raw: true,
    readPreference: 'primary',
  });
  for await (const bytes of cursor) {
    const fields = readElements(bytes as unknown as Buffer);
    const from = elementOf(fields, lookup.from);
    const to = elementOf(fields, lookup.to);
    if (from === undefined || to === undefined) continue;
    const known = references.get(equalityKey(from));
    if (known !== undefined && identityKey(known) !== identityKey(to)) {
      throw new Error(`${lookup.collection}.${lookup.from} is not unique: one value has two of ${lookup.to}`);
    }
    references.set(equalityKey(from), to);
  }
  return references;
}
