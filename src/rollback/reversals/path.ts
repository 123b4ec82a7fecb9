import type { Document } from 'mongodb';
import {
  BsonType,
  elementOf,
  type RawElement,
  type RawValue,
  readElements,
  sameRaw,
  writeArray,
  writeElements,
} from '../bson/raw.ts';
import { type Path, parsePath, type Segment } from './path-grammar.ts';
import type { Edit } from './unit.ts';

/** The path of a definition that was validated before. */
export function knownPath(text: string): Path {
  const path = parsePath(text);
  if (path === undefined) throw new Error(`'${text}' is not a path`);
  return path;
}

/** Finds documents in which the leaf of a path satisfies a condition such as `{$exists: true}`. */
export function leafFilter(path: readonly Segment[], condition: Document): Document {
  const filter: Document = {};
  let dotted = '';
  for (const [index, segment] of path.entries()) {
    dotted = dotted === '' ? segment.name : `${dotted}.${segment.name}`;
    if (segment.each) {
      filter[dotted] = { $elemMatch: leafFilter(path.slice(index + 1), condition) };
      return filter;
    }
    // `a.b` would also look into each element of an array `a`, which `a[].b` is for.
    if (index < path.length - 1) filter[dotted] = { $not: { $type: BsonType.array } };
  }
  filter[dotted] = condition;
  return filter;
}

/** What becomes of a leaf: another value, or undefined to take it away. `undefined` comes in where it is missing. */
export type LeafChange = (value: RawValue | undefined) => RawValue | undefined;

/** The edit of the top-level field that a change of its leaves makes; undefined where nothing changes. */
export function editAt(fields: readonly RawElement[], path: Path, change: LeafChange): Edit | undefined {
  const field = path[0].name;
  const before = elementOf(fields, field);
  const after = changeValue(before, path, 0, change);
  return sameRaw(before, after) ? undefined : { field, before, after };
}

/** Every leaf of a path in a document, in order; missing ones are left out. */
export function leaves(fields: readonly RawElement[], path: Path): RawValue[] {
  const found: RawValue[] = [];
  editAt(fields, path, (value) => {
    if (value !== undefined) found.push(value);
    return value;
  });
  return found;
}

/** Several edits as one for each field: the later starts from what the earlier made. */
export function chainEdits(
  fields: readonly RawElement[],
  changes: readonly (readonly [Path, LeafChange])[],
): Edit[] {
  const [first, ...others] = changes;
  if (first === undefined) return [];
  if (others.length === 0) {
    const edit = editAt(fields, first[0], first[1]);
    return edit ? [edit] : [];
  }
  const edits = new Map<string, Edit>();
  for (const [path, change] of changes) {
    const field = path[0].name;
    const earlier = edits.get(field);
    const before = earlier ? earlier.before : elementOf(fields, field);
    const current = earlier ? earlier.after : before;
    const after = changeValue(current, path, 0, change);
    if (!sameRaw(before, after)) edits.set(field, { field, before, after });
    else edits.delete(field);
  }
  return [...edits.values()];
}

/** @param at the path's segment that the value stands at */
function changeValue(
  value: RawValue | undefined,
  path: Path,
  at: number,
  change: LeafChange,
): RawValue | undefined {
  const last = at === path.length - 1;
  if (path[at]?.each) {
    if (value?.type !== BsonType.array) return value;
    const items = readElements(value.bytes).map(([, item]) => item);
    const changed = items.map((item) =>
      item.type === BsonType.document ? changeIn(item, path, at + 1, change) : item,
    );
    const same = changed.every((item, index) => item === items[index]);
    return same ? value : { type: BsonType.array, bytes: writeArray(changed) };
  }
  if (last) return change(value);
  return value?.type === BsonType.document ? changeIn(value, path, at + 1, change) : value;
}

function changeIn(document: RawValue, path: Path, at: number, change: LeafChange): RawValue {
  const segment = path[at];
  if (segment === undefined) return document;
  const elements = readElements(document.bytes);
  const before = elementOf(elements, segment.name);
  const after = changeValue(before, path, at, change);
  if (sameRaw(before, after)) return document;
  let replaced = elements;
  if (after === undefined) replaced = elements.filter(([name]) => name !== segment.name);
  else if (before === undefined) replaced = [...elements, [segment.name, after]];
  else replaced = elements.map(([name, value]) => (name === segment.name ? [name, after] : [name, value]));
  return { type: BsonType.document, bytes: writeElements(replaced) };
}
