import { BSON, type Db, type Document } from 'mongodb';
import { driverValue } from '../bson/driver-value.ts';
import {
  BsonType,
  elementOf,
  type RawElement,
  type RawValue,
  readElements,
  writeElements,
} from '../bson/raw.ts';
import { rawCommand } from './raw-cursor.ts';
import type { SpecKind } from './spec.ts';

/** IndexOptionsConflict and IndexKeySpecsConflict: another writer made an index of the same keys or name. */
const INDEX_CONFLICTS = new Set([85, 86]);

/** An index by its name: dropped, and built again from its whole specification. */
export function indexSpec(collection: string, index: string): SpecKind {
  return {
    id: `index ${index}`,
    read: (db) => readIndex(db, collection, index),
    target(current) {
      if (current === undefined) return { nothing: `the index ${index} of ${collection} does not exist` };
      return { change: { before: current, after: undefined } };
    },
    async act(db, { to }) {
      if (to === undefined) await dropIndex(db, collection, index);
      else await db.command({ createIndexes: collection, indexes: [driverValue(to)] });
    },
    inTheWay: (error) =>
      INDEX_CONFLICTS.has((error as Document)?.code as number)
        ? `the index ${index} of ${collection} cannot be built again, because an index with the same keys or the same name exists with other options or under another name`
        : undefined,
    same: (a, b) => comparable(a) === comparable(b),
    show: (state) => (state === undefined ? 'no index' : describe(readElements(state.bytes))),
  };
}

async function readIndex(db: Db, collection: string, index: string): Promise<RawValue | undefined> {
  for (const elements of await rawCommand(db, { listIndexes: collection, cursor: {} })) {
    const name = elementOf(elements, 'name');
    if (name?.type !== BsonType.string || driverValue(name) !== index) continue;
    // Old servers answer with the namespace, which is no part of the specification.
    return { type: BsonType.document, bytes: writeElements(elements.filter(([key]) => key !== 'ns')) };
  }
  return undefined;
}

async function dropIndex(db: Db, collection: string, index: string): Promise<void> {
  try {
    await db.command({ dropIndexes: collection, index });
  } catch (error) {
    // 26, 27: the collection or the index is gone, which is what was wanted.
    if (![26, 27].includes((error as Document).code as number)) throw error;
  }
}

/** Options in any order, numbers by value; the order of the keys counts, because it makes the index. */
function comparable(state: RawValue | undefined): string | undefined {
  if (state === undefined) return undefined;
  const elements = readElements(state.bytes).filter(([name]) => name !== 'v');
  return elements
    .map(([name, value]) => `${name}=${relaxed(name, value)}`)
    .sort()
    .join('\n');
}

function describe(elements: readonly RawElement[]): string {
  return elements
    .filter(([name]) => name !== 'v' && name !== 'name')
    .sort(([a], [b]) => Number(b === 'key') - Number(a === 'key'))
    .map(([name, value]) => `${name}: ${relaxed(name, value)}`)
    .join(', ');
}

function relaxed(name: string, value: RawValue): string {
  if (name === 'key') {
    return `{${readElements(value.bytes)
      .map(([field, direction]) => `${field}: ${relaxed('', direction)}`)
      .join(', ')}}`;
  }
  const document = BSON.deserialize(writeElements([['v', value]]), { promoteValues: true });
  return BSON.EJSON.stringify(document.v, { relaxed: true });
}
