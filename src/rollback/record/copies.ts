import type { Db, Document } from 'mongodb';
import { identityKey } from '../bson/condition.ts';
import { driverValue } from '../bson/driver-value.ts';
import { asBuffer, elementOf, type RawValue, readElements, sameRaw } from '../bson/raw.ts';
import type { Recording } from '../model/recording.ts';
import type { Retry } from '../mongo/retry.ts';
import { BATCH_BYTES } from '../reversals/batch.ts';
import { asDocument } from './document-change.ts';

export const COPY_PREFIX = 'rollback_copy_';

/** Copies a collection into the state database on the server; nothing passes through this process. */
export async function copyCollection(
  { db, state, retry }: { db: Db; state: Db; retry: Retry },
  collection: string,
  copy: string,
): Promise<Recording['copies'][number]> {
  await retry(`copy ${collection}`, async () => {
    try {
      const into = { db: state.databaseName, coll: copy };
      await db
        .collection(collection)
        .aggregate([{ $match: {} }, { $out: into }])
        .toArray();
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      // A server that cannot write into another database by $out may be able to merge into it.
      await db
        .collection(collection)
        .aggregate([{ $merge: { into: { db: state.databaseName, coll: copy }, whenMatched: 'replace' } }])
        .toArray();
    }
  });
  const documents = await retry(`count the copy of ${collection}`, () =>
    state.collection(copy).countDocuments(),
  );
  return { collection, copy, documents };
}

function isUnsupported(error: unknown): boolean {
  // 115 CommandNotSupported, 40324 an unknown stage, 9 and 16994 the older form of $out, which knows one database.
  return [9, 115, 16994, 40324].includes((error as Document).code as number);
}

/** Whether a copy still holds as many documents as were copied. */
export async function isWhole(state: Db, retry: Retry, copy: Recording['copies'][number]): Promise<boolean> {
  const found = await retry(`count the copy of ${copy.collection}`, () =>
    state.collection(copy.copy).countDocuments(),
  );
  return found === copy.documents;
}

export async function dropCopies(state: Db, retry: Retry, copies: Recording['copies']): Promise<void> {
  for (const { copy, collection } of copies) {
    await retry(`drop the copy of ${collection}`, async () => {
      try {
        await state.command({ drop: copy });
      } catch (error) {
        if ((error as Document).code !== 26) throw error;
      }
    });
  }
}

/** Every document of a collection, whole, as many at once as fit into memory many times over. */
export async function* wholeDocuments(
  db: Db,
  collection: string,
  options: { idsOnly?: boolean } = {},
): AsyncGenerator<readonly RawValue[]> {
  const cursor = db.collection(collection).find(
    {},
    {
      raw: true,
      hint: { _id: 1 },
      batchSize: 1_000,
      readPreference: 'primary',
      ...(options.idsOnly ? { projection: { _id: 1 } } : {}),
    },
  );
  let page: RawValue[] = [];
  let bytes = 0;
  for await (const raw of cursor) {
    const document = asDocument(asBuffer(raw as unknown as Buffer));
    page.push(document);
    bytes += document.bytes.length;
    if (page.length < 1_000 && bytes < BATCH_BYTES) continue;
    yield page;
    page = [];
    bytes = 0;
  }
  if (page.length > 0) yield page;
}

/** A document's `_id`. */
export function idOf(document: RawValue): RawValue {
  const id = elementOf(readElements(document.bytes), '_id');
  if (id === undefined) throw new Error('a document came without _id');
  return id;
}

/** The documents of some ids, whole, by `identityKey`. */
export async function* documentsOf(
  db: Db,
  collection: string,
  ids: readonly RawValue[],
  options: { idsOnly?: boolean } = {},
): AsyncGenerator<readonly [key: string, document: RawValue]> {
  if (ids.length === 0) return;
  const filter = { _id: { $in: ids.map((id) => driverValue(id)) } } as Document;
  const cursor = db.collection(collection).find(filter, {
    raw: true,
    readPreference: 'primary',
    ...(options.idsOnly ? { projection: { _id: 1 } } : {}),
  });
  for await (const raw of cursor) {
    const document = asDocument(asBuffer(raw as unknown as Buffer));
    yield [identityKey(idOf(document)), document];
  }
}

/**
 * The documents whose copy differs from what stands there now, and those that only one side has. Both are read in
 * parts, so memory stays flat.
 * @param now the collection's name today, undefined where it does not exist any more
 */
export async function* differences(
  db: Db,
  state: Db,
  copy: string,
  now: string | undefined,
): AsyncGenerator<readonly { readonly id: RawValue; readonly before: RawValue | 'missing' }[]> {
  for await (const page of wholeDocuments(state, copy)) {
    const wanted = new Map(page.map((document) => [identityKey(idOf(document)), document]));
    if (now !== undefined) {
      for await (const [key, current] of documentsOf(db, now, page.map(idOf))) {
        if (sameRaw(wanted.get(key), current)) wanted.delete(key);
      }
    }
    yield [...wanted.values()].map((before) => ({ id: idOf(before), before }));
  }
  if (now === undefined) return;
  for await (const page of wholeDocuments(db, now, { idsOnly: true })) {
    const appeared = new Map(page.map((document) => [identityKey(idOf(document)), idOf(document)]));
    for await (const [key] of documentsOf(state, copy, [...appeared.values()], { idsOnly: true }))
      appeared.delete(key);
    yield [...appeared.values()].map((id) => ({ id, before: 'missing' as const }));
  }
}
