import { BsonType, elementOf, type RawElement, type RawValue, readElements, sameRaw } from '../bson/raw.ts';
import type { Edit } from '../reversals/unit.ts';

/** What a migration did to one document, from before to after. */
export type Existence = 'edited' | 'appeared' | 'vanished';

/**
 * The top-level fields that differ between two states of a document; undefined = there was no document. A
 * document that appeared or vanished has an edit of `_id` too, which is how the journal tells it from one that
 * was changed. The order of the fields does not count. Pure.
 */
export function editsBetween(before: RawValue | undefined, after: RawValue | undefined): Edit[] {
  const old = elementsOf(before);
  const now = elementsOf(after);
  const edits: Edit[] = [];
  for (const [field, value] of old) {
    const other = elementOf(now, field);
    if (!sameRaw(value, other)) edits.push({ field, before: value, after: other });
  }
  for (const [field, value] of now) {
    if (elementOf(old, field) === undefined) edits.push({ field, before: undefined, after: value });
  }
  return edits;
}

function elementsOf(document: RawValue | undefined): RawElement[] {
  return document === undefined ? [] : readElements(document.bytes);
}

/** Whether the edits make a document, remove it or change it. */
export function existenceOf(edits: readonly Edit[]): Existence {
  const id = edits.find((edit) => edit.field === '_id');
  if (id === undefined) return 'edited';
  return id.before === undefined ? 'appeared' : 'vanished';
}

/**
 * Why a document cannot be given back its fields one by one, undefined where it can: an update reads a dot in a
 * name as a path and a dollar as an operator, and a name that stands twice cannot be addressed. Pure.
 */
export function unwritableField(edits: readonly Edit[], before: RawValue | undefined): string | undefined {
  const names = elementsOf(before).map(([name]) => name);
  if (new Set(names).size !== names.length) return 'a field name that stands twice';
  if (existenceOf(edits) === 'vanished') return undefined;
  const odd = edits.find(({ field }) => field === '' || field.includes('.') || field.startsWith('$'));
  return odd && `a field whose name is empty, holds a dot or begins with a dollar`;
}

/** A whole document as a value. */
export function asDocument(bytes: Uint8Array): RawValue {
  return { type: BsonType.document, bytes };
}
