import type { Document } from 'mongodb';
import { rawOf, sameRaw } from '../bson/raw.ts';
import { fromExtendedJson } from './extended-json.ts';
import { editAt, knownPath, leafFilter } from './path.ts';
import type { DocumentUnit } from './unit.ts';

export interface SetField {
  readonly kind: 'set-field';
  readonly collection: string;
  readonly field: string;
  /** In extended JSON. */
  readonly value: unknown;
  readonly where?: Document;
}

/** Sets a field to one value, in each document that does not hold it yet. */
export function setField(reversal: SetField): DocumentUnit {
  const path = knownPath(reversal.field);
  const wanted = fromExtendedJson(reversal.value);
  const value = rawOf(wanted);
  // `$ne: null` would pass over the documents that lack the field.
  const different = leafFilter(path, wanted === null ? { $not: { $type: 10 } } : { $ne: wanted });
  return {
    kind: 'documents',
    collection: reversal.collection,
    filter: reversal.where ? { $and: [fromExtendedJson(reversal.where), different] } : different,
    fields: [path[0].name],
    edits: (fields) => {
      const edit = editAt(fields, path, (leaf) => (sameRaw(leaf, value) ? leaf : value));
      return edit ? [edit] : [];
    },
    summary: `set ${reversal.collection}.${reversal.field} to ${JSON.stringify(reversal.value)}`,
  };
}
