import type { Document } from 'mongodb';
import { equalityKey } from '../bson/condition.ts';
import { fromExtendedJson } from './extended-json.ts';
import { editAt, knownPath, leafFilter, leaves } from './path.ts';
import type { DocumentUnit } from './unit.ts';

export interface CopyByReference {
  readonly kind: 'copy-by-reference';
  /** The fields that refer: `{collection: orders, field: customer_id}`. */
  readonly references: readonly { readonly collection: string; readonly field: string }[];
  /** Where the old value is kept: in `collection`, `from` holds the new value and `to` the old one. */
  readonly map: { readonly collection: string; readonly from: string; readonly to: string };
  readonly where?: Document;
}

/** Puts old ids back into the fields that refer to them, by a map that another collection holds. Equal numbers refer whatever their type. */
export function copyByReference(reversal: CopyByReference): DocumentUnit[] {
  const { map } = reversal;
  return reversal.references.map(({ collection, field }) => {
    const path = knownPath(field);
    const present = leafFilter(path, { $exists: true });
    return {
      kind: 'documents',
      collection,
      filter: reversal.where ? { $and: [fromExtendedJson(reversal.where), present] } : present,
      fields: [path[0].name],
      lookup: {
        collection: map.collection,
        from: map.from,
        to: map.to,
        path,
        keys: (fields) => leaves(fields, path),
      },
      edits: (fields, references) => {
        const edit = editAt(fields, path, (leaf) => (leaf && references.get(equalityKey(leaf))) ?? leaf);
        return edit ? [edit] : [];
      },
      summary: `copy ${map.collection}.${map.to} back over ${collection}.${field}`,
    };
  });
}
