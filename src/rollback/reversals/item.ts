import { writeCondition, writeIdentity } from '../bson/condition.ts';
import { assertWritable, UnwritableValue } from '../bson/driver-value.ts';
import { BsonType, type RawValue } from '../bson/raw.ts';
import type { RawWriter } from '../bson/raw-writer.ts';
import { type Conflict, type Item, LARGEST_IMAGE, sizeOf } from './batch.ts';
import type { Edit } from './unit.ts';

/**
 * A document's edits as an item, or why it must be left alone: a value that could not be
 * brought back exactly is not taken away.
 */
export function prepareItem(id: RawValue, edits: readonly Edit[]): Item | Conflict {
  const size = sizeOf(edits);
  if (size > LARGEST_IMAGE) return { id, reason: 'too-large' };
  try {
    assertWritable(id);
    for (const { before, after } of edits) {
      if (before !== undefined) assertWritable(before);
      if (after !== undefined) assertWritable(after);
    }
    return { id, edits, size };
  } catch (error) {
    if (error instanceof UnwritableValue) return { id, reason: 'unwritable', detail: error.message };
    throw error;
  }
}

export function isConflict(prepared: Item | Conflict): prepared is Conflict {
  return 'reason' in prepared;
}

/**
 * Writes the update of one document: its condition holds the values that the document must still have.
 * @param collated the collection compares text by a collation of its own, which conditions must not.
 * @param until the server's time from which on the update must not happen any more
 */
export function writeUpdate(
  out: RawWriter,
  { id, edits }: Item,
  { collated, until }: { collated: boolean; until?: Date | undefined },
): void {
  out.begin();
  out.begin('q');
  writeIdentity(out, id);
  for (const { field, before } of edits) writeCondition(out, field, before);
  if (until !== undefined) {
    out.begin('$expr');
    out.begin('$lt', BsonType.array);
    out.string('0', '$$NOW');
    out.date('1', until);
    out.end();
    out.end();
  }
  out.end();
  out.begin('u');
  if (edits.some(({ after }) => after !== undefined)) {
    out.begin('$set');
    for (const { field, after } of edits) if (after !== undefined) out.raw(field, after);
    out.end();
  }
  if (edits.some(({ after }) => after === undefined)) {
    out.begin('$unset');
    for (const { field, after } of edits) if (after === undefined) out.string(field, '');
    out.end();
  }
  out.end();
  if (collated) {
    out.begin('collation');
    out.string('locale', 'simple');
    out.end();
  }
  out.end();
}
