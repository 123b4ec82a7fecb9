import type { Db, Document } from 'mongodb';
import {
  BsonType,
  elementOf,
  type RawElement,
  type RawValue,
  rawOf,
  readElements,
  sameRaw,
  writeElements,
} from '../bson/raw.ts';
import { rawCommand } from './raw-cursor.ts';
import type { SpecKind } from './spec.ts';

/**
 * A collection under another name. A state says which collection stands under each of the two names, by its
 * UUID where the server has one: a collection that the application made anew is not the one renamed away.
 */
export function renameSpec(from: string, to: string): SpecKind {
  return {
    id: `rename ${from}`,
    async read(db) {
      const [source, target] = [await identityOf(db, from), await identityOf(db, to)];
      const elements: RawElement[] = [];
      if (source) elements.push([from, source]);
      if (target) elements.push([to, target]);
      return { type: BsonType.document, bytes: writeElements(elements) };
    },
    target(current) {
      const elements = readElements(current?.bytes ?? writeElements([]));
      const source = elementOf(elements, from);
      const target = elementOf(elements, to);
      if (source === undefined) return { nothing: `the collection ${from} does not exist` };
      if (target !== undefined) {
        return { blocked: `${from} cannot be renamed to ${to}, because ${to} exists already` };
      }
      return {
        change: {
          before: current,
          after: { type: BsonType.document, bytes: writeElements([[to, source]]) },
        },
      };
    },
    async act(db, { to: wanted }) {
      const [name] = namesOf(wanted);
      const other = name === to ? from : to;
      if (name === undefined) throw new Error('no name to rename to');
      // Without dropTarget: a collection that is in the way makes the command fail, and is not lost.
      await db.client.db('admin').command({
        renameCollection: `${db.databaseName}.${other}`,
        to: `${db.databaseName}.${name}`,
      });
    },
    same: sameRaw,
    show: (state) => namesOf(state).join(' and ') || 'no collection',
  };
}

async function identityOf(db: Db, name: string): Promise<RawValue | undefined> {
  const [found] = await rawCommand(db, { listCollections: 1, filter: { name }, cursor: {} } as Document);
  if (found === undefined) return undefined;
  const info = elementOf(found, 'info');
  const uuid = info && elementOf(readElements(info.bytes), 'uuid');
  return uuid ?? rawOf(true);
}

function namesOf(state: RawValue | undefined): string[] {
  return state === undefined ? [] : readElements(state.bytes).map(([name]) => name);
}
