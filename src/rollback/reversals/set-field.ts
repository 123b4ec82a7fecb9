import type { Document } from 'mongodb';
import { BsonType, type RawElement, type RawValue, rawOf, sameRaw, writeElements } from '../bson/raw.ts';
import { fromExtendedJson } from './extended-json.ts';
import { editAt, knownPath, leafFilter } from './path.ts';
import type { Path } from './path-grammar.ts';
import type { DocumentUnit, Edit } from './unit.ts';

export interface SetField {
  readonly kind: 'set-field';
  readonly collection: string;
  readonly field: string;
  /** In extended JSON. */
  readonly value: unknown;
  readonly where?: Document;
}

/** Sets a field to one value, in each document that does not hold it yet; what the path leads through is made where it is missing. */
export function setField(reversal: SetField): DocumentUnit {
  const path = knownPath(reversal.field);
  const wanted = fromExtendedJson(reversal.value);
  const value = rawOf(wanted);
  const different: Document[] = [
    // `$ne: null` would pass over the documents that lack the field.
    leafFilter(path, wanted === null ? { $not: { $type: BsonType.null } } : { $ne: wanted }),
    // `$ne` passes over an array that has the value as an element.
    leafFilter(path, Array.isArray(wanted) ? { $elemMatch: { $eq: wanted } } : { $type: BsonType.array }),
  ];
  const reachable = parentsFit(path);
  return {
    kind: 'documents',
    collection: reversal.collection,
    filter: {
      $and: [...(reversal.where ? [fromExtendedJson(reversal.where)] : []), ...reachable, { $or: different }],
    },
    fields: [path[0].name],
    edits: (fields) => {
      const edit =
        editAt(fields, path, (leaf) => (sameRaw(leaf, value) ? leaf : value)) ??
        makeParents(fields, path, value);
      return edit ? [edit] : [];
    },
    summary: `set ${reversal.collection}.${reversal.field} to ${JSON.stringify(reversal.value)}`,
  };
}

/** What a path leads through is a document, or missing; text or null there is nothing that can hold a field. */
function parentsFit(path: Path): Document[] {
  const conditions: Document[] = [];
  let dotted = '';
  for (const { name, each } of path.slice(0, -1)) {
    // Within arrays the elements are looked at one by one.
    if (each) break;
    dotted = dotted === '' ? name : `${dotted}.${name}`;
    conditions.push({ $or: [{ [dotted]: { $type: BsonType.document } }, { [dotted]: { $exists: false } }] });
  }
  return conditions;
}

/** The edit that makes the first document that the path leads through and that is missing. */
function makeParents(fields: readonly RawElement[], path: Path, value: RawValue): Edit | undefined {
  for (let length = 1; length < path.length; length++) {
    const rest = path.slice(length);
    if (path[length - 1]?.each || rest.some(({ each }) => each)) continue;
    const made = rest.reduceRight<RawValue>(
      (inner, { name }) => ({ type: BsonType.document, bytes: writeElements([[name, inner]]) }),
      value,
    );
    const edit = editAt(fields, path.slice(0, length) as unknown as Path, (found) => found ?? made);
    if (edit) return edit;
  }
  return undefined;
}
