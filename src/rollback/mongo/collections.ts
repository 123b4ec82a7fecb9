import type { Db, Document } from 'mongodb';

/** What a unit must know of its collection before it touches it. */
export interface CollectionFacts {
  readonly exists: boolean;
  /** Why documents in it cannot be changed one by one. */
  readonly unfit: string | undefined;
  /** Text compares by a collation of the collection's own. */
  readonly collated: boolean;
  /** The fields of its shard key, none where it is not sharded. */
  readonly shardKey: readonly string[];
}

/** Reads only; a user who may read the database may ask. */
export async function collectionFacts(db: Db, name: string): Promise<CollectionFacts> {
  const [info] = await db.listCollections({ name }).toArray();
  if (info === undefined) return { exists: false, unfit: undefined, collated: false, shardKey: [] };
  const { type, options } = info as Document;
  const collation = options?.collation?.locale;
  return {
    exists: true,
    unfit: unfitness(name, type, options),
    collated: typeof collation === 'string' && collation !== 'simple',
    shardKey: await shardKeyOf(db, name),
  };
}

/**
 * Whether a unique index covers one of these top-level fields: then it counts which document is written first,
 * since one may only take the value that another gives away. Where the server does not say, it counts.
 */
export async function orderCounts(db: Db, name: string, fields: readonly string[]): Promise<boolean> {
  try {
    const indexes = await db.collection(name).listIndexes().toArray();
    return indexes.some(
      ({ unique, key }) =>
        unique === true && Object.keys(key as object).some((path) => fields.includes(topLevel(path))),
    );
  } catch {
    return true;
  }
}

function topLevel(path: string): string {
  return path.split('.')[0] ?? path;
}

function unfitness(name: string, type: unknown, options: Document | undefined): string | undefined {
  if (type === 'view' || options?.viewOn) return `${name} is a view; name the collection behind it`;
  if (type === 'timeseries' || options?.timeseries)
    return `${name} is a time series, whose documents cannot be changed`;
  if (options?.capped) return `${name} is capped; its documents cannot change in size`;
  return undefined;
}

/** The routers keep it in `config`, which a user of one database may not be allowed to read. */
async function shardKeyOf(db: Db, name: string): Promise<string[]> {
  try {
    const found = await db.client
      .db('config')
      .collection('collections')
      .findOne({ _id: `${db.databaseName}.${name}` as never }, { projection: { key: 1, dropped: 1 } });
    return found?.key && !found.dropped ? Object.keys(found.key) : [];
  } catch {
    return [];
  }
}
