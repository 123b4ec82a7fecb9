import type { Db } from 'mongodb';
import { exactCopy } from '../support/exact-copy.ts';

const COLLECTIONS = ['orders', 'subscriptions', 'users', 'customers', 'routes', 'audit_logs'] as const;

/** All documents of a shop, by `collection/id`, and the indexes of each collection. */
export interface Shop {
  documents: Map<string, string>;
  indexes: Map<string, string[]>;
}

export async function readShop(db: Db): Promise<Shop> {
  const documents = new Map<string, string>();
  const indexes = new Map<string, string[]>();
  for (const name of COLLECTIONS) {
    const collection = db.collection(name);
    for (const [id, text] of await exactCopy(collection)) documents.set(`${name}/${id}`, text);
    const found = await collection.listIndexes().toArray();
    indexes.set(name, found.map((index) => JSON.stringify(sorted(index as object))).sort());
  }
  return { documents, indexes };
}

type Plain = Record<string, unknown>;

/** STEPs whose result is written down here a second time, without the code under test. */
const REVERSED: Readonly<Record<string, (collection: string, document: Plain) => void>> = {
  19: (collection, document) => {
    if (collection === 'orders') delete document.subscription_id;
  },
  20: (collection, document) => {
    if (collection === 'subscriptions') delete document.order_id;
  },
  21: (collection, document) => {
    if (collection === 'users') delete document.customer_id;
    if (collection === 'customers') delete document.user_id;
  },
  22: (collection, document) => {
    if (collection === 'orders') document.status = String(document.status).toLowerCase();
  },
  23: (collection, document) => {
    if (collection === 'orders' && document.type === 'one_time') document.excluded_from_billing = true;
  },
  26: (collection, document) => {
    if (collection === 'subscriptions') delete document.quantity;
    if (collection === 'orders') for (const item of document.items as Plain[]) delete item.quantity;
  },
  28: (collection, document) => {
    if (collection === 'routes' && document.legacy_route !== undefined)
      document.route = document.legacy_route;
  },
  30: () => undefined,
};
export const ORACLE_STEPS = Object.keys(REVERSED);

/** Indexes that STEP 30 leaves: those of ids, those that are unique, those that expire documents. */
const KEPT = /"name":"_id_"|"unique":true|"expireAfterSeconds"/;

/** The shop after each of the STEPs, in the order in which they are applied; the first is the shop as it was. */
export function rolledBackBy(shop: Shop, steps: readonly string[]): Shop[] {
  const stages = [shop];
  for (const step of steps) {
    const before = stages.at(-1) ?? shop;
    const documents = new Map<string, string>();
    for (const [key, text] of before.documents) {
      const document = JSON.parse(text) as Plain;
      REVERSED[step]?.(key.slice(0, key.indexOf('/')), document);
      documents.set(key, JSON.stringify(sorted(document)));
    }
    const kept = (indexes: string[]) =>
      step === '30' ? indexes.filter((index) => KEPT.test(index)) : indexes;
    const indexes = new Map([...before.indexes].map(([name, found]) => [name, kept(found)]));
    stages.push({ documents, indexes });
  }
  return stages;
}

/** What is not as it should be, in words; empty where all is. */
export function shopDifferences(expected: Shop, actual: Shop): string[] {
  const found: string[] = [];
  for (const key of new Set([...expected.documents.keys(), ...actual.documents.keys()])) {
    const [wanted, given] = [expected.documents.get(key), actual.documents.get(key)];
    if (wanted !== given) found.push(`${key}: ${given ?? 'lost'} and not ${wanted ?? 'there at all'}`);
  }
  for (const [name, wanted] of expected.indexes) {
    const given = actual.indexes.get(name) ?? [];
    if (JSON.stringify(wanted) !== JSON.stringify(given)) {
      found.push(`indexes of ${name}: ${given.join(' ')} and not ${wanted.join(' ')}`);
    }
  }
  return found;
}

/** Documents that are as after none of the stages: half of a change, or lost. */
export function neitherStage(stages: readonly Shop[], actual: Shop): string[] {
  const first = stages[0];
  if (first === undefined) return [];
  const found: string[] = [];
  for (const key of first.documents.keys()) {
    const given = actual.documents.get(key);
    if (!stages.some(({ documents }) => documents.get(key) === given))
      found.push(`${key}: ${given ?? 'lost'}`);
  }
  if (actual.documents.size !== first.documents.size) {
    found.push(`${actual.documents.size} documents where ${first.documents.size} were`);
  }
  return found;
}

function sorted(document: object): object {
  return Object.fromEntries(Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1)));
}
