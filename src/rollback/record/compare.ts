import { Binary } from 'mongodb';
import { identityKey } from '../bson/condition.ts';
import type { RawValue } from '../bson/raw.ts';
import { BATCH_BYTES, type Batch, type Item, idBytes, readId, showId } from '../reversals/batch.ts';
import { isConflict, prepareItem } from '../reversals/item.ts';
import type { Journal, JournalKey } from '../store/journal.ts';
import type { UnitRecord } from '../store/operations.ts';
import type { RecordTools } from './context.ts';
import { documentsOf } from './copies.ts';
import { editsBetween, unwritableField } from './document-change.ts';
import type { Places } from './places.ts';
import type { Spill, SpilledDocument } from './spill.ts';

/** Documents whose first states are compared at once with what stands there now. */
const AT_ONCE = 500;

export interface Comparison {
  readonly tools: RecordTools;
  readonly journal: Journal;
  readonly spill: Spill;
  readonly places: Places;
  /** Of the collection: its key in the spill, its name now (undefined = it does not exist), its part of the journal. */
  readonly key: string;
  readonly now: string | undefined;
  readonly journalKey: JournalKey;
  readonly unit: UnitRecord;
  /** Called behind each batch, when all before it is in the journal. */
  readonly checkpoint: () => Promise<void>;
}

/**
 * Compares the first state of each document with what it holds now, and writes the difference into the journal. A
 * comparison that was cut short begins again behind its last checkpoint.
 */
export async function compareDocuments(comparison: Comparison): Promise<void> {
  const { journal, spill, journalKey, unit } = comparison;
  const after = unit.lastId ? readId(unit.lastId.buffer) : undefined;
  // Entries behind the checkpoint are of a run that was cut short; what they hold may have changed since.
  await journal.remove(journalKey, { after });
  let page: SpilledDocument[] = [];
  let bytes = 0;
  const flush = async () => {
    const last = page.at(-1);
    if (last === undefined) return;
    await comparePage(comparison, page, await currentOf(comparison, page));
    unit.lastId = new Binary(idBytes(last.id));
    await comparison.checkpoint();
    page = [];
    bytes = 0;
  };
  for await (const document of spill.documents(comparison.key, after ? { after } : {})) {
    page.push(document);
    bytes += typeof document.before === 'string' ? 0 : document.before.bytes.length;
    if (page.length >= AT_ONCE || bytes >= BATCH_BYTES) await flush();
  }
  await flush();
}

/**
 * Writes again what another writer changed while the journal was written: a later change has told what the
 * document held when the recording ended. May run twice.
 */
export async function correctLate(comparison: Comparison): Promise<void> {
  const { journal, spill, journalKey } = comparison;
  let page: SpilledDocument[] = [];
  let bytes = 0;
  const flush = async () => {
    await journal.remove(journalKey, { ids: page.map(({ id }) => id) });
    await comparePage(comparison, page, noneFurther());
    page = [];
    bytes = 0;
  };
  for await (const document of spill.documents(comparison.key, { late: true })) {
    page.push(document);
    for (const state of [document.before, document.late]) {
      if (typeof state === 'object') bytes += state.bytes.length;
    }
    if (page.length >= AT_ONCE || bytes >= BATCH_BYTES) await flush();
  }
  if (page.length > 0) await flush();
}

async function* noneFurther(): AsyncGenerator<readonly [string, RawValue]> {}

function currentOf(
  { tools, now }: Comparison,
  page: readonly SpilledDocument[],
): AsyncIterable<readonly [string, RawValue]> {
  if (now === undefined) return noneFurther();
  return documentsOf(
    tools.ports.db,
    now,
    page.map(({ id }) => id),
  );
}

/** @param current the documents as they are now, as they come; of those with a late state it does not count */
async function comparePage(
  comparison: Comparison,
  page: readonly SpilledDocument[],
  current: AsyncIterable<readonly [string, RawValue]>,
): Promise<void> {
  const waiting = new Map(page.map((document) => [identityKey(document.id), document]));
  const writer = new BatchWriter(comparison);
  for await (const [key, document] of current) {
    const spilled = waiting.get(key);
    if (spilled === undefined || spilled.late !== undefined) continue;
    waiting.delete(key);
    await writer.add(spilled, document);
  }
  for (const spilled of waiting.values()) {
    if (spilled.late === 'unavailable') comparison.places.add('after-unknown', comparison.journalKey.collection, showId(spilled.id));
    else await writer.add(spilled, spilled.late === 'missing' ? undefined : spilled.late);
  }
  await writer.flush();
}

/** Fills batches of the journal, by bytes as well as by count. */
class BatchWriter {
  readonly #comparison: Comparison;
  #items: Item[] = [];
  #bytes = 0;

  constructor(comparison: Comparison) {
    this.#comparison = comparison;
  }

  async add({ id, before }: SpilledDocument, after: RawValue | undefined): Promise<void> {
    const { places, journalKey } = this.#comparison;
    const place = (code: Parameters<Places['add']>[0]) => places.add(code, journalKey.collection, showId(id));
    if (before === 'unavailable') return place('before-image-missing');
    if (before === 'too-large') return place('too-large');
    const old = before === 'missing' ? undefined : before;
    const edits = editsBetween(old, after);
    if (edits.length === 0) return;
    if (unwritableField(edits, old) !== undefined) return place('unwritable');
    const item = prepareItem(id, edits);
    if (isConflict(item)) return place(item.reason === 'too-large' ? 'too-large' : 'unwritable');
    this.#items.push(item);
    this.#bytes += item.size;
    if (this.#bytes >= BATCH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#items.length === 0) return;
    const { journal, journalKey, unit } = this.#comparison;
    unit.batch += 1;
    const batch: Batch = { number: unit.batch, items: this.#items, lastId: undefined, refused: [] };
    await journal.insert(journalKey, batch);
    this.#items = [];
    this.#bytes = 0;
  }
}
