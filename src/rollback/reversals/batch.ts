import { shorten } from '../../support/format.ts';
import { isCardNumber, withoutPersonal } from '../../support/personal.ts';
import {
  asBuffer,
  BsonType,
  elementOf,
  type RawElement,
  type RawValue,
  rawLength,
  readElements,
  writeElements,
} from '../bson/raw.ts';
import type { RawWriter } from '../bson/raw-writer.ts';
import type { Edit } from './unit.ts';

/** One document of a batch and what becomes of it. */
export interface Item {
  readonly id: RawValue;
  readonly edits: readonly Edit[];
  /** Bytes of its before- and after-image. */
  readonly size: number;
}

/** Documents that are journalled, written and checkpointed together. */
export interface Batch {
  /** From 1 upwards within a unit; the journal's entries carry it. */
  readonly number: number;
  readonly items: readonly Item[];
  /** The last `_id` that the scan had passed when the batch was full; undefined in a replay. */
  readonly lastId: RawValue | undefined;
  /** Documents that cannot be changed at all, with the reason. */
  readonly refused: readonly Conflict[];
}

/** `changed` and `gone` are another writer's doing; the others are refusals of the server or of this product. */
export type ConflictReason = 'changed' | 'gone' | 'unique' | 'validator' | 'too-large' | 'unwritable';

/** Whether a conflict may be passed over: nothing is left to do to what another writer changed or deleted. Pure. */
export function isSkippable(reason: string): boolean {
  return reason === 'changed' || reason === 'gone';
}

/** A document that was left alone, and why. */
export interface Conflict {
  readonly id: RawValue;
  readonly reason: ConflictReason;
  readonly detail?: string;
  /** This operation has certainly not written the document: its journal entry must never be restored. */
  readonly unwritten?: boolean;
}

/** The condition on the values and the new values travel in one command, as does the journal's entry: 16 MiB each. */
export const LARGEST_IMAGE = 16 * 1024 * 1024 - 64 * 1024;

/** Bytes of images in one batch or one command: whatever the documents' size, memory stays flat. */
export const BATCH_BYTES = 6 * 1024 * 1024;

/** Writes `{before: {…}, after: {…}}`; a field that is missing on a side is missing there. */
export function writeImage(out: RawWriter, edits: readonly Edit[]): void {
  out.begin();
  out.begin('before');
  for (const { field, before } of edits) if (before !== undefined) out.raw(field, before);
  out.end();
  out.begin('after');
  for (const { field, after } of edits) if (after !== undefined) out.raw(field, after);
  out.end();
  out.end();
}

/** @throws Error where the bytes are no image. */
export function readImage(bytes: Uint8Array): Edit[] {
  const elements = readElements(bytes);
  const before = sideOf(elements, 'before');
  const after = sideOf(elements, 'after');
  const fields = new Set([...before, ...after].map(([name]) => name));
  return [...fields].map((field) => ({
    field,
    before: elementOf(before, field),
    after: elementOf(after, field),
  }));
}

export function sizeOf(edits: readonly Edit[]): number {
  let size = 0;
  for (const { field, before, after } of edits) {
    size += 2 * field.length + (before ? rawLength(before) : 0) + (after ? rawLength(after) : 0) + 8;
  }
  return size;
}

/** The undo of an edit. */
export function reversed(edits: readonly Edit[]): Edit[] {
  return edits.map(({ field, before, after }) => ({ field, before: after, after: before }));
}

/** An `_id` as bytes that can be stored and hashed. */
export function idBytes(id: RawValue): Buffer {
  return writeElements([['id', id]]);
}

/** Writes what `idBytes` returns. */
export function writeId(out: RawWriter, id: RawValue): void {
  out.begin();
  out.raw('id', id);
  out.end();
}

/** @throws Error where the bytes hold no id. */
export function readId(bytes: Uint8Array): RawValue {
  const id = elementOf(readElements(bytes), 'id');
  if (id === undefined) throw new Error('no id');
  return id;
}

/** An id for messages: the hex of an ObjectId, text, a number; other kinds by their type alone. */
export function showId(id: RawValue): string {
  const bytes = asBuffer(id.bytes);
  switch (id.type) {
    case BsonType.objectId:
      return bytes.toString('hex');
    case BsonType.string:
      return JSON.stringify(shorten(withoutPersonal(bytes.toString('utf8', 4, bytes.length - 1)), 60));
    case BsonType.int32:
      return String(bytes.readInt32LE(0));
    case BsonType.int64:
      return withoutCard(String(bytes.readBigInt64LE(0)));
    case BsonType.double:
      return withoutCard(String(bytes.readDoubleLE(0)));
    case BsonType.binary:
      return `binary ${bytes.toString('hex', 5, 37)}`;
    default:
      return `of BSON type ${id.type}`;
  }
}

function withoutCard(digits: string): string {
  return isCardNumber(digits) ? '*** (card number)' : digits;
}

function sideOf(elements: readonly RawElement[], name: string): RawElement[] {
  const side = elementOf(elements, name);
  if (side?.type !== BsonType.document) throw new Error('the image has no before and after');
  return readElements(side.bytes);
}
