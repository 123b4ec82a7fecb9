import type { Db, Document } from 'mongodb';
import { equalityKey, equalsAny } from '../bson/condition.ts';
import { assertWritable, UnwritableValue } from '../bson/driver-value.ts';
import { elementOf, type RawValue, readElements } from '../bson/raw.ts';
import { isPassing } from '../mongo/retry.ts';
import type { DocumentUnit, Lookup } from '../reversals/unit.ts';

/** Of values of these types the server's "equal" is the same as "the same bytes". */
const EXACT_TYPES = ['string', 'objectId', 'binData', 'date', 'bool'];

/**
 * Asks the server in one command whether any reference is left that the map would change.
 * @returns undefined where that cannot be known so: the map has no index that would make it cheap, or the
 *   server has no `$lookup` for it; the documents have to be read then. May say `true` where equal numbers of
 *   other types stand there, never `false` where something is left.
 */
export async function referencesLeft(db: Db, unit: DocumentUnit): Promise<boolean | undefined> {
  const { lookup } = unit;
  if (lookup === undefined || !(await isIndexed(db, lookup))) return undefined;
  const [leaf, arrays] = [lookup.path.map(({ name }) => name).join('.'), arraysOf(lookup)];
  return any(db, unit.collection, [
    { $match: unit.filter },
    ...arrays.map((array) => ({ $unwind: `$${array}` })),
    { $group: { _id: `$${leaf}` } },
    ...joined(lookup, '_id'),
    { $match: differs(`mapped.${lookup.to}`, '_id') },
  ]);
}

/**
 * Whether the map maps what it has mapped once more: `a` to `b`, and `b` to `c`. What is done could not be
 * told from what is not, and a second run would change it again.
 */
export async function mapsTwice(db: Db, lookup: Lookup): Promise<boolean> {
  const answered = (await isIndexed(db, lookup))
    ? await any(db, lookup.collection, [
        { $match: { [lookup.to]: { $exists: true }, $expr: { $ne: [`$${lookup.to}`, `$${lookup.from}`] } } },
        ...joined(lookup, lookup.to),
        { $match: { $expr: { $ne: [`$mapped.${lookup.to}`, `$mapped.${lookup.from}`] } } },
      ])
    : undefined;
  return answered ?? readTwice(db, lookup);
}

const READ_AT_ONCE = 5_000;

/** The same without the server's help, a part of the map at a time. */
async function readTwice(db: Db, { collection, from, to }: Lookup): Promise<boolean> {
  const map = db.collection(collection);
  const options = { projection: { [from]: 1, [to]: 1 }, raw: true } as const;
  const pairs = async (
    filter: Document,
    one: (from: RawValue, to: RawValue) => Promise<boolean> | boolean,
  ) => {
    for await (const bytes of map.find(filter, { ...options, readPreference: 'primary' })) {
      const fields = readElements(bytes as unknown as Buffer);
      const [key, value] = [elementOf(fields, from), elementOf(fields, to)];
      if (!key || !value || equalityKey(key) === equalityKey(value)) continue;
      if (await one(key, value)) return true;
    }
    return false;
  };
  let olds = new Map<string, RawValue>();
  const mappedOn = () => {
    const known = olds;
    olds = new Map();
    return pairs(equalsAny(from, [...known.values()]), (key) => known.has(equalityKey(key)));
  };
  const found = await pairs({ [to]: { $exists: true } }, (_key, value) => {
    if (isSendable(value)) olds.set(equalityKey(value), value);
    return olds.size >= READ_AT_ONCE ? mappedOn() : false;
  });
  return found || (olds.size > 0 && (await mappedOn()));
}

/** What no command can hold exactly cannot be looked up; a document that refers to it is left alone. */
function isSendable(value: RawValue): boolean {
  try {
    assertWritable(value);
    return true;
  } catch (error) {
    if (error instanceof UnwritableValue) return false;
    throw error;
  }
}

function joined({ collection, from, to }: Lookup, localField: string): Document[] {
  return [
    { $lookup: { from: collection, localField, foreignField: from, as: 'mapped' } },
    { $unwind: '$mapped' },
    { $match: { [`mapped.${from}`]: { $exists: true }, [`mapped.${to}`]: { $exists: true } } },
  ];
}

function differs(field: string, other: string): Document {
  return {
    $or: [{ $expr: { $ne: [`$${field}`, `$${other}`] } }, { [field]: { $not: { $type: EXACT_TYPES } } }],
  };
}

function arraysOf({ path }: Lookup): string[] {
  const arrays: string[] = [];
  let dotted = '';
  for (const { name, each } of path) {
    dotted = dotted === '' ? name : `${dotted}.${name}`;
    if (each) arrays.push(dotted);
  }
  return arrays;
}

/** Without an index the server would walk through the whole map for every reference. */
export async function isIndexed(db: Db, { collection, from }: Lookup): Promise<boolean> {
  if (from === '_id') return true;
  try {
    const indexes: Document[] = await db.collection(collection).listIndexes().toArray();
    return indexes.some(
      (index) =>
        Object.keys(index.key ?? {})[0] === from &&
        !index.partialFilterExpression &&
        !index.hidden &&
        (index.collation === undefined || index.collation.locale === 'simple'),
    );
  } catch (error) {
    // 26: the collection does not exist, so nothing is mapped.
    if ((error as Document).code === 26) return true;
    // 166: a view, which has no indexes of its own.
    if ((error as Document).code === 166) return false;
    throw error;
  }
}

async function any(db: Db, collection: string, pipeline: Document[]): Promise<boolean | undefined> {
  try {
    const found = await db
      .collection(collection)
      .aggregate([...pipeline, { $limit: 1 }, { $project: { _id: 1 } }], {
        allowDiskUse: true,
        collation: { locale: 'simple' },
        readPreference: 'primary',
      })
      .toArray();
    return found.length > 0;
  } catch (error) {
    if (isPassing(error)) throw error;
    return undefined;
  }
}
