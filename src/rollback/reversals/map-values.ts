import type { Document } from 'mongodb';
import { equalityKey } from '../bson/condition.ts';
import { BsonType, rawOf } from '../bson/raw.ts';
import { fromExtendedJson } from './extended-json.ts';
import { editAt, knownPath, leafFilter } from './path.ts';
import type { DocumentUnit } from './unit.ts';

export interface MapValues {
  readonly kind: 'map-values';
  readonly collection: string;
  readonly field: string;
  /** From the value that stands there to the one it had before. */
  readonly map: readonly (readonly [from: unknown, to: unknown])[];
  readonly where?: Document;
}

/** Replaces values by a table; values that it does not name stay. Numbers are named by their value, whatever their type. */
export function mapValues(reversal: MapValues): DocumentUnit {
  const path = knownPath(reversal.field);
  const pairs = fromExtendedJson(reversal.map);
  const table = new Map(pairs.map(([from, to]) => [equalityKey(rawOf(from)), rawOf(to)]));
  const froms = pairs.map(([from]) => from);
  const known = leafFilter(path, {
    $in: froms,
    // `$in` also finds a missing field by null, and an array by one of its elements.
    ...(froms.includes(null) ? { $exists: true } : {}),
    ...(froms.some(Array.isArray) ? {} : { $not: { $type: BsonType.array } }),
  });
  return {
    kind: 'documents',
    collection: reversal.collection,
    filter: reversal.where ? { $and: [fromExtendedJson(reversal.where), known] } : known,
    fields: [path[0].name],
    edits: (fields) => {
      const edit = editAt(fields, path, (leaf) => (leaf && table.get(equalityKey(leaf))) ?? leaf);
      return edit ? [edit] : [];
    },
    summary: `map ${reversal.collection}.${reversal.field} back (${reversal.map
      .map(([from, to]) => `${words(from)} → ${words(to)}`)
      .join(', ')})`,
  };
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
