import type { ClientSession, Db, Document } from 'mongodb';
import { identityKey } from '../bson/condition.ts';
import { driverValue } from '../bson/driver-value.ts';
import { elementOf, type RawElement, readElements, sameRaw } from '../bson/raw.ts';
import { RawSequence } from '../bson/raw-sequence.ts';
import { RawWriters } from '../bson/raw-writer.ts';
import { chunks } from '../mongo/chunks.ts';
import { sendWrite, type WriteError, type WriteReply } from '../mongo/run-write.ts';
import type { Conflict, ConflictReason, Item } from '../reversals/batch.ts';
import { writeUpdate } from '../reversals/item.ts';

export interface WriteTarget {
  readonly db: Db;
  readonly collection: string;
  readonly maxWriteBatch: number;
  /** The collection compares text by a collation of its own. */
  readonly collated: boolean;
  /** Asked before each attempt; throws once the run may not write any more. */
  readonly fence: Fence;
  /** Called when a write waits for long, with how long it has waited. */
  readonly waiting?: (ms: number) => void;
}

/** What an attempt to write may count on. */
export interface Fence {
  /**
   * `until`: the server's time from which on the write must not happen. A server that cannot compare it gets
   * nothing sent after `signal`, and an attempt that is not answered by then is given up.
   * @throws LeaseLost
   */
  next(): { readonly until?: Date; readonly signal?: AbortSignal };
}

export interface WriteResult {
  /** Documents that are now as they should be. */
  readonly done: number;
  readonly conflicts: readonly Conflict[];
}

/**
 * Writes a batch: one conditional update a document. Where the server changed fewer than asked, the rest is
 * read again and told apart: already as it should be, changed by another writer, deleted, refused. May run twice.
 * @param first no try before this one can have written any of the documents
 */
export async function writeItems(
  target: WriteTarget,
  items: readonly Item[],
  first: boolean,
): Promise<WriteResult> {
  const conflicts: Conflict[] = [];
  let done = 0;
  for (const chunk of chunks(items, (item) => item.size + 128, target.maxWriteBatch)) {
    const { nModified, writeErrors } = await sendUpdates(target, chunk);
    if (nModified === chunk.length) {
      done += nModified;
      continue;
    }
    const settled = await settle(target, chunk, writeErrors);
    // A write that arrived too late was refused by its own condition: that is not a conflict.
    target.fence.next();
    // Somebody may change a document right after we wrote it: only where the numbers agree is it sure that
    // those that were left alone are those that we did not write.
    const sure = first && settled.conflicts.length === chunk.length - nModified;
    const left = sure
      ? settled.conflicts.map((conflict) => ({ ...conflict, unwritten: true }))
      : settled.conflicts;
    done += settled.done;
    conflicts.push(...left);
  }
  return { done, conflicts };
}

const writers = new RawWriters();

/** A small write that takes longer waits for documents that another transaction holds. */
const SLOW_WRITE_MS = 5_000;

/** Sends one conditional update a document, as bytes. */
export async function sendUpdates(
  target: WriteTarget,
  items: readonly Item[],
  options: { ordered: boolean; session?: ClientSession } = { ordered: false },
): Promise<WriteReply> {
  const out = writers.take();
  try {
    // In a transaction the token decides, at its commit; without one the server's clock does.
    const { until, signal } = target.fence.next();
    const { session } = options;
    for (const item of items) {
      writeUpdate(out, item, { collated: target.collated, until: session ? undefined : until });
    }
    const updates = new RawSequence('updates', out.written());
    const command = { update: target.collection, updates, ordered: options.ordered };
    const started = performance.now();
    const watch = setInterval(() => target.waiting?.(performance.now() - started), SLOW_WRITE_MS);
    try {
      return await sendWrite(target.db, command, { session, signal: session ? undefined : signal });
    } finally {
      clearInterval(watch);
    }
  } finally {
    writers.give(out);
  }
}

type Standing = 'done' | 'untouched' | 'changed' | 'gone';

async function settle(
  target: WriteTarget,
  items: readonly Item[],
  writeErrors: readonly WriteError[],
): Promise<WriteResult> {
  const refusals = new Map(writeErrors.map((error) => [items[error.index], error]));
  let standings = await standingsOf(target, items);
  // Somebody may have changed a document and changed it back between the two looks: once more, then give up.
  const again = items.filter((item) => standings.get(item) === 'untouched' && !refusals.has(item));
  if (again.length > 0) {
    const { writeErrors: errors } = await sendUpdates(target, again);
    for (const error of errors) refusals.set(again[error.index], error);
    standings = new Map([...standings, ...(await standingsOf(target, again))]);
  }
  const conflicts: Conflict[] = [];
  for (const item of items) {
    const standing = standings.get(item);
    if (standing === 'done') continue;
    const refusal = refusals.get(item);
    if (standing === 'untouched' && refusal) conflicts.push(refused(item, refusal));
    else conflicts.push({ id: item.id, reason: standing === 'gone' ? 'gone' : 'changed' });
  }
  return { done: items.length - conflicts.length, conflicts };
}

/** How each document stands now, by one read. */
export async function standingsOf(
  target: Pick<WriteTarget, 'db' | 'collection'>,
  items: readonly Item[],
): Promise<Map<Item, Standing>> {
  const fields = [...new Set(items.flatMap((item) => item.edits.map((edit) => edit.field)))];
  const projection = Object.fromEntries(['_id', ...fields].map((field) => [field, 1]));
  const found = new Map<string, RawElement[]>();
  const cursor = target.db
    .collection(target.collection)
    .find({ _id: { $in: items.map((item) => driverValue(item.id)) } } as Document, {
      projection,
      raw: true,
    });
  for await (const bytes of cursor) {
    const elements = readElements(bytes as unknown as Buffer);
    const id = elementOf(elements, '_id');
    if (id) found.set(identityKey(id), elements);
  }
  return new Map(items.map((item) => [item, standing(item, found.get(identityKey(item.id)))]));
}

function standing(item: Item, current: readonly RawElement[] | undefined): Standing {
  if (current === undefined) return 'gone';
  const holdsAll = (side: 'before' | 'after') =>
    item.edits.every((edit) => sameRaw(elementOf(current, edit.field), edit[side]));
  if (holdsAll('after')) return 'done';
  return holdsAll('before') ? 'untouched' : 'changed';
}

/** One document that the server refuses is a conflict; a server that refuses everything is a failure. */
function refused(item: Item, error: WriteError): Conflict {
  const reasons: Readonly<Record<number, ConflictReason>> = {
    11000: 'unique',
    11001: 'unique',
    121: 'validator',
    10334: 'too-large',
    17419: 'too-large',
  };
  const reason = reasons[error.code];
  if (reason === undefined) {
    throw Object.assign(new Error(`the server refused a write: ${error.errmsg}`), { code: error.code });
  }
  return { id: item.id, reason };
}
