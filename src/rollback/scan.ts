import type { Db, Document } from 'mongodb';
import { BATCH_BYTES, type Batch, type Conflict, type Item } from './batch.ts';
import { afterIdentity, identityKey } from './bson/condition.ts';
import { driverValue } from './bson/driver-value.ts';
import { elementOf, type RawElement, type RawValue, rawLength, readElements } from './bson/raw.ts';
import { isConflict, prepareItem } from './item.ts';
import type { Retry } from './retry.ts';
import { type DocumentUnit, NO_REFERENCES, type References } from './reversals/unit.ts';

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

/** The server forgot a cursor that was idle for too long. */
const CURSOR_NOT_FOUND = 43;

interface Found {
  readonly id: RawValue;
  readonly fields: RawElement[];
}

/** Reads what a unit has to change, along `_id` from one cursor, as batches of bounded count and bytes. */
export async function* scan(db: Db, unit: DocumentUnit, options: ScanOptions): AsyncGenerator<Batch, void> {
  let number = options.firstNumber;
  for await (const found of groups(answers(db, unit, options), () => options.batchSize())) {
    const references = await lookUp(db, unit, found);
    const items: Item[] = [];
    const refused: Conflict[] = [];
    const excluded = options.exclude?.size ? options.exclude : undefined;
    for (const { id, fields } of found) {
      if (excluded?.has(identityKey(id))) continue;
      const edits = unit.edits(fields, references);
      if (edits.length === 0) continue;
      const prepared = prepareItem(id, edits);
      if (isConflict(prepared)) refused.push(prepared);
      else items.push(prepared);
    }
    yield { number: number++, items, refused, lastId: found.at(-1)?.id };
  }
}

/** The matching documents, as many as each of the server's answers holds. A lost cursor is opened again behind the last one. */
async function* answers(db: Db, unit: DocumentUnit, options: ScanOptions): AsyncGenerator<Found[]> {
  const projection = Object.fromEntries(['_id', ...unit.fields].map((field) => [field, 1]));
  let last = options.after;
  const open = () =>
    db
      .collection(unit.collection)
      .find(last === undefined ? unit.filter : { $and: [unit.filter, afterIdentity(last)] }, {
        projection,
        raw: true,
        ...(options.few ? { sort: { _id: 1 } } : { hint: { _id: 1 } }),
        batchSize: options.batchSize(),
        readPreference: 'primary',
        allowDiskUse: true,
      });
  let cursor = open();
  try {
    for (;;) {
      const first = await options.retry(`read ${unit.collection}`, async () => {
        try {
          return await cursor.next();
        } catch (error) {
          await cursor.close().catch(() => {});
          cursor = open();
          if ((error as Document).code === CURSOR_NOT_FOUND) return cursor.next();
          throw error;
        }
      });
      if (first === null) return;
      const found: Found[] = [];
      for (const bytes of [first, ...cursor.readBufferedDocuments()]) {
        const fields = readElements(bytes as unknown as Buffer);
        const id = elementOf(fields, '_id');
        if (id === undefined) throw new Error(`a document of ${unit.collection} came without _id`);
        found.push({ id, fields });
      }
      last = found.at(-1)?.id;
      yield found;
    }
  } finally {
    await cursor.close();
  }
}

async function* groups(answered: AsyncGenerator<Found[]>, size: () => number): AsyncGenerator<Found[]> {
  let group: Found[] = [];
  let bytes = 0;
  let limit = size();
  for await (const answer of answered) {
    for (const document of answer) {
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
  const keys = new Map<string, unknown>();
  for (const { fields } of found) {
    for (const key of lookup.keys(fields)) keys.set(identityKey(key), driverValue(key));
  }
  const references = new Map<string, RawValue>();
  if (keys.size === 0) return references;
  const cursor = db
    .collection(lookup.collection)
    .find({ [lookup.from]: { $in: [...keys.values()] } } as Document, {
      projection: { _id: lookup.from === '_id' ? 1 : 0, [lookup.from]: 1, [lookup.to]: 1 },
      raw: true,
      readPreference: 'primary',
    });
  for await (const bytes of cursor) {
    const fields = readElements(bytes as unknown as Buffer);
    const from = elementOf(fields, lookup.from);
    const to = elementOf(fields, lookup.to);
    if (from === undefined || to === undefined) continue;
    const known = references.get(identityKey(from));
    if (known !== undefined && identityKey(known) !== identityKey(to)) {
      throw new Error(`${lookup.collection}.${lookup.from} is not unique: one value has two of ${lookup.to}`);
    }
    references.set(identityKey(from), to);
  }
  return references;
}
