import type { Document } from 'mongodb';
import { elementOf } from '../bson/raw.ts';
import { fromExtendedJson } from './extended-json.ts';
import { editAt, knownPath } from './path.ts';
import type { DocumentUnit } from './unit.ts';

export interface CopyField {
  readonly kind: 'copy-field';
  readonly collection: string;
  /** Top-level field that kept the old value. */
  readonly from: string;
  /** Top-level field that gets it back. */
  readonly to: string;
  readonly where?: Document;
}

/** Copies the value that was kept beside over the one in use, where the two differ; equal numbers do not, whatever their type. */
export function copyField(reversal: CopyField): DocumentUnit {
  const to = knownPath(reversal.to);
  const different: Document = {
    [reversal.from]: { $exists: true },
    // Not every server tells a missing field from null there.
    $or: [
      { [reversal.to]: { $exists: false } },
      { $expr: { $ne: [`$${reversal.to}`, `$${reversal.from}`] } },
    ],
  };
  return {
    kind: 'documents',
    collection: reversal.collection,
    filter: reversal.where ? { $and: [fromExtendedJson(reversal.where), different] } : different,
    fields: [reversal.from, reversal.to],
    edits: (fields) => {
      const kept = elementOf(fields, reversal.from);
      const edit = kept && editAt(fields, to, () => kept);
      return edit ? [edit] : [];
    },
    summary: `copy ${reversal.collection}.${reversal.from} over ${reversal.to}`,
  };
}
