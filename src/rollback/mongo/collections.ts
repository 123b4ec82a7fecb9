import type { Db, Document } from 'mongodb';

/** What a unit must know of its collection before it touches it. */
export interface CollectionFacts {
  readonly exists: boolean;
  readonly type: 'collection' | 'view' | 'timeseries';
  /** Why documents in it cannot be changed one by one. */
  readonly unfit: string | undefined;
  /** Text compares by a collation of the collection's own. */
  readonly collated: boolean;
  /** The fields of its shard key, none where it is not sharded. */
  readonly shardKey: readonly string[];
  /** Its validator, where that refuses documents rather than warn of them. */
  readonly validator: Document | undefined;
}

/** Reads only; a user who may read the database may ask. */
export async function collectionFacts(db: Db, name: string): Promise<CollectionFacts> {
  const [info] = await db.listCollections({ name }).toArray();
  if (info === undefined) {
    return {
      exists: false,
      type: 'collection',
      unfit: undefined,
      collated: false,
      shardKey: [],
      validator: undefined,
    };
  }
  const { type, options } = info as Document;
  const collation = options?.collation?.locale;
  return {
    exists: true,
    type: typeOf(type, options),
    unfit: unfitness(name, type, options),
    validator:
      options?.validationAction === 'warn' || options?.validationLevel === 'off'
        ? undefined
        : options?.validator,
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
    return (await uniqueIndexes(db, name, fields)).length > 0;
  } catch {
    return true;
  }
}

function topLevel(path: string): string {
  return path.split('.')[0] ?? path;
}

/** The unique indexes that cover one of these top-level fields, by name. */
export async function uniqueIndexes(db: Db, name: string, fields: readonly string[]): Promise<string[]> {
  const indexes = await db.collection(name).listIndexes().toArray();
  return indexes
    .filter(
      ({ unique, key }) =>
        unique === true && Object.keys(key as object).some((path) => fields.includes(topLevel(path))),
    )
    .map((index) => String(index.name));
}

function typeOf(type: unknown, options: Document | undefined): CollectionFacts['type'] {
  if (type === 'view' || options?.viewOn) return 'view';
  return type === 'timeseries' || options?.timeseries ? 'timeseries' : 'collection';
}

function unfitness(name: string, type: unknown, options: Document | undefined): string | undefined {
  const kind = typeOf(type, options);
  if (kind === 'view') return `${name} is a view; name the collection behind it`;
  if (kind === 'timeseries') return `${name} is a time series, whose documents cannot be changed`;
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
