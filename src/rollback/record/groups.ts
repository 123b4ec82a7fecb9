import type { RawValue } from '../bson/raw.ts';
import type { ChangeGroup } from '../model/recording.ts';
import { showId } from '../reversals/batch.ts';
import type { Edit } from '../reversals/unit.ts';
import { existenceOf } from './document-change.ts';

const SAMPLES = 3;
/** More kinds of changes than this in one collection are counted together. */
const MOST_GROUPS = 40;
const MOST_FIELDS = 12;
export const OTHER_CHANGES = 'other combinations of fields';

/** Counts changes by the fields that they touched. */
export class GroupTally {
  readonly #collection: string;
  readonly #groups = new Map<string, ChangeGroup>();

  constructor(collection: string) {
    this.#collection = collection;
  }

  add(id: RawValue, edits: readonly Edit[]): void {
    let change = changeOf(edits);
    if (!this.#groups.has(change) && this.#groups.size >= MOST_GROUPS) change = OTHER_CHANGES;
    let group = this.#groups.get(change);
    if (group === undefined) {
      group = { collection: this.#collection, change, documents: 0, samples: [] };
      this.#groups.set(change, group);
    }
    group.documents += 1;
    if (group.samples.length < SAMPLES) group.samples.push(showId(id));
  }

  /** The largest first. */
  get groups(): ChangeGroup[] {
    return [...this.#groups.values()].sort(
      (a, b) => b.documents - a.documents || (a.change < b.change ? -1 : 1),
    );
  }
}

/** One document's change as the name of its group. Pure. */
export function changeOf(edits: readonly Edit[]): string {
  const existence = existenceOf(edits);
  if (existence === 'appeared') return 'insert';
  if (existence === 'vanished') return 'delete';
  const names = (list: readonly Edit[]) => {
    const fields = list.map(({ field }) => field).sort();
    const more = fields.length - MOST_FIELDS;
    return more > 0 ? `${fields.slice(0, MOST_FIELDS).join(', ')} and ${more} more` : fields.join(', ');
  };
  const set = edits.filter(({ after }) => after !== undefined);
  const unset = edits.filter(({ after }) => after === undefined);
  return [set.length > 0 ? `set ${names(set)}` : '', unset.length > 0 ? `unset ${names(unset)}` : '']
    .filter((part) => part !== '')
    .join('; ');
}

/** `orders: 6,405 × unset subscription_id; 12 × set status, updated_at`, a line a collection. Pure. */
export function groupsInWords(groups: readonly ChangeGroup[]): string[] {
  const collections = [...new Set(groups.map(({ collection }) => collection))];
  return collections.map((collection) => {
    const own = groups.filter((group) => group.collection === collection);
    const parts = own.map(
      ({ documents, change, samples }) =>
        `${documents.toLocaleString('en-US')} × ${change} (such as ${samples.join(', ')})`,
    );
    return `${collection}: ${parts.join('; ')}`;
  });
}
