import type { Edit } from '../reversals/unit.ts';
import { existenceOf } from './document-change.ts';

/**
 * Which changes an operation holds, as the user wrote it: `orders` (all of it), `orders.status` (this top-level
 * field), `orders:insert`, `orders:delete`. None at all = everything that was recorded.
 */
export type FieldFilter = readonly string[] | null;

/** The edits of a document that the operation holds, none where it is left alone. Pure. */
export function heldEdits(filter: FieldFilter, collection: string, edits: readonly Edit[]): readonly Edit[] {
  if (filter === null || filter.includes(collection)) return edits;
  const existence = existenceOf(edits);
  if (existence === 'appeared') return filter.includes(`${collection}:insert`) ? edits : [];
  if (existence === 'vanished') return filter.includes(`${collection}:delete`) ? edits : [];
  const prefix = `${collection}.`;
  const fields = new Set(
    filter
      .filter((entry) => entry.startsWith(prefix))
      .map((entry) => entry.slice(prefix.length).split('.')[0]),
  );
  return edits.filter(({ field }) => fields.has(field));
}

/** What is wrong with a filter; none = nothing. Pure. */
export function fieldProblems(filter: readonly string[], collections: readonly string[]): string[] {
  return filter
    .filter((entry) => {
      const own = collections.filter(
        (name) => entry === name || (/^[.:]/.test(entry.slice(name.length)) && entry.startsWith(name)),
      );
      return !own.some((name) => {
        const rest = entry.slice(name.length);
        return rest === '' || rest === ':insert' || rest === ':delete' || /^\.[^.].*$/.test(rest);
      });
    })
    .map(
      (entry) =>
        `'${entry.slice(0, 80)}' is not a change of a recorded collection (${collections.join(', ')})`,
    );
}
