import { writeCondition, writeIdentity } from '../bson/condition.ts';
import { assertWritable, UnwritableValue } from '../bson/driver-value.ts';
import type { RawValue } from '../bson/raw.ts';
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
    if (error instanceof UnwritableValue) return { id, reason: 'unwritable-type', detail: error.message };
    throw error;
  }
}

export function isConflict(prepared: Item | Conflict): prepared is Conflict {
  return 'reason' in prepared;
}

/**
 * Writes the update of one document: its condition holds the values that the document must still have.
 * @param collated the collection compares text by a collation of its own, which conditions must not.
 */
export function writeUpdate(out: RawWriter, { id, edits }: Item, collated: boolean): void {
  out.begin();
  out.begin('q');
  writeIdentity(out, id);
  for (const { field, before } of edits) writeCondition(out, field, before);
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
