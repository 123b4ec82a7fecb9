import type { Document } from 'mongodb';
import { BsonType, type RawValue, rawOf, writeElements } from '../bson/raw.ts';
import { fromExtendedJson } from './extended-json.ts';
import { chainEdits, knownPath, type LeafChange, leafFilter } from './path.ts';
import type { Path } from './path-grammar.ts';
import type { DocumentUnit } from './unit.ts';

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
  const changes: (readonly [Path, LeafChange])[] = [[path, () => value], ...madeParents(path, value)];
  return {
    kind: 'documents',
    collection: reversal.collection,
    filter: {
      $and: [...(reversal.where ? [fromExtendedJson(reversal.where)] : []), ...reachable, { $or: different }],
    },
    fields: [path[0].name],
    edits: (fields) => chainEdits(fields, changes),
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

/**
 * The changes that make the documents that the path leads through where they are missing. All of them: elements of
 * one list may lack different ones.
 */
function madeParents(path: Path, value: RawValue): (readonly [Path, LeafChange])[] {
  return path.slice(1).flatMap((_, index) => {
    const rest = path.slice(index + 1);
    // A list that is missing has no elements to set anything in.
    if (rest.some(({ each }) => each)) return [];
    const made = rest.reduceRight<RawValue>(
      (inner, { name }) => ({ type: BsonType.document, bytes: writeElements([[name, inner]]) }),
      value,
    );
    return [[path.slice(0, index + 1) as unknown as Path, (found) => found ?? made] as const];
  });
}
