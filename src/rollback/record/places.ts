import type { Place, PlaceCode } from '../model/recording.ts';

const SAMPLES = 5;

/** Places by what and where; a second one of the same kind in the same collection is counted with the first. */
export class Places {
  readonly #places: Place[];

  constructor(known: readonly Place[] = []) {
    this.#places = known.map((place) => ({ ...place, samples: [...place.samples] }));
  }

  add(code: PlaceCode, collection: string, document?: string): void {
    let place = this.#places.find((known) => known.code === code && known.collection === collection);
    if (place === undefined) {
      place = { code, collection, documents: 0, samples: [] };
      this.#places.push(place);
    }
    if (document === undefined || place.samples.includes(document)) return;
    place.documents += 1;
    if (place.samples.length < SAMPLES) place.samples.push(document);
  }

  /** Forgets what is counted again. */
  forget(collection: string, codes: readonly PlaceCode[]): void {
    const left = this.#places.filter(
      (place) => place.collection !== collection || !codes.includes(place.code),
    );
    this.#places.splice(0, this.#places.length, ...left);
  }

  get list(): readonly Place[] {
    return this.#places;
  }
}

const WORDS: Readonly<Record<PlaceCode, string>> = {
  'before-image-missing': 'the server has no before-image of a change; what was there does not come back',
  'history-lost':
    'the server no longer has the changes of this time (its oplog rolled over); they do not come back',
  invalidated: 'the database was dropped during the recording; nothing after that was seen',
  'dropped-without-copy': 'was dropped, and was not named in `copy`; its documents do not come back',
  'collection-appeared': 'appeared during the recording and is not in `collections`; it is left as it is',
  'collection-replaced': 'was replaced by another collection of the same name; it is left as it is',
  'renamed-unwatched': 'was renamed and is not in `collections`; it keeps the new name',
  'too-large':
    'the images of a change are too large for one entry of the journal; the document is left as it is',
  unwritable: 'a field or value that no update can write exactly; the document is left as it is',
  'copy-lost': 'its copy is missing or was changed; its documents do not come back',
  'options-fixed': 'an option that the server cannot change back; it stays',
  'sharding-changed': 'was sharded or resharded; that stays',
  'names-swapped': 'changed names in a circle with others; the names stay',
  'after-unknown':
    'another writer changed a document while it was sealed, without a before-image; it is left as it is',
};

/** A place for people: what, where, how many. Pure. */
export function placeInWords({ code, collection, documents, samples }: Place): string {
  const which =
    documents === 0 ? '' : ` (${documents.toLocaleString('en-US')} documents, such as ${samples.join(', ')})`;
  return `${collection === '' ? 'the database' : collection}${which}: ${WORDS[code]}`;
}

/** The phrase without which nothing of an incomplete recording is restored. */
export function incompletePhrase(operationId: string): string {
  return `restore incomplete ${operationId}`;
}
