import type { Document } from 'mongodb';
import { fromExtendedJson } from './extended-json.ts';
import { chainEdits, knownPath, leafFilter } from './path.ts';
import type { DocumentUnit } from './unit.ts';

export interface UnsetFields {
  readonly kind: 'unset-fields';
  readonly collection: string;
  /** `subscription_id`, `meta.plan`, `items[].quantity`. */
  readonly fields: readonly string[];
  /** Only documents that match this too (extended JSON). */
  readonly where?: Document;
}

/** Takes fields away wherever they stand, null or not. */
export function unsetFields(reversal: UnsetFields): DocumentUnit {
  const paths = reversal.fields.map(knownPath);
  const changes = paths.map((path) => [path, () => undefined] as const);
  const present = paths.map((path) => leafFilter(path, { $exists: true }));
  const anyPresent = present.length === 1 && present[0] ? present[0] : { $or: present };
  return {
    kind: 'documents',
    collection: reversal.collection,
    filter: reversal.where ? { $and: [fromExtendedJson(reversal.where), anyPresent] } : anyPresent,
    fields: [...new Set(paths.map((path) => path[0].name))],
    edits: (fields) => chainEdits(fields, changes),
    summary: `unset ${reversal.fields.map((field) => `${reversal.collection}.${field}`).join(', ')}`,
  };
}
