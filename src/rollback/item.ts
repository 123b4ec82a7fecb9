import type { Document } from 'mongodb';
import { type Conflict, type Item, LARGEST_IMAGE, sizeOf } from './batch.ts';
import { holds, identity } from './bson/condition.ts';
import { assertWritable, driverValue, UnwritableValue } from './bson/driver-value.ts';
import type { RawValue } from './bson/raw.ts';
import type { Edit } from './reversals/unit.ts';

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
 * The update of one document: its condition holds the values that the document must still have. Made when it is
 * sent, so that what waits for its turn is small.
 * @param collated the collection compares text by a collation of its own, which conditions must not.
 */
export function conditionalUpdate({ id, edits }: Item, collated: boolean): Document {
  const q: Document = { _id: identity(id) };
  const set: Document = {};
  const unset: Document = {};
  for (const { field, before, after } of edits) {
    q[field] = holds(before);
    if (after === undefined) unset[field] = '';
    else set[field] = driverValue(after);
  }
  const u: Document = {};
  if (Object.keys(set).length > 0) u.$set = set;
  if (Object.keys(unset).length > 0) u.$unset = unset;
  return collated ? { q, u, collation: { locale: 'simple' } } : { q, u };
}
