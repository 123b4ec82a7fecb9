import { identityKey } from '../bson/condition.ts';
import type { RawValue } from '../bson/raw.ts';
import type { Before, ChangeEvent } from './change-event.ts';

/** What a batch of events adds to a recording; the keys are UUIDs of collections. */
export interface Folded {
  /** The first state of each document, in this batch; an earlier batch's state wins over it. */
  readonly first: ReadonlyMap<string, readonly { readonly id: RawValue; readonly before: Before }[]>;
  /** States at the end of the recording, told by the first change after it. */
  readonly late: ReadonlyMap<string, readonly { readonly id: RawValue; readonly state: Before }[]>;
  /** Changes to documents up to the end. */
  readonly changes: number;
  /** The name under which each collection was met last. */
  readonly names: ReadonlyMap<string, string>;
  /** The database was dropped, or the stream ended for another reason. */
  readonly invalidated: boolean;
  /** Collections whose sharding changed. */
  readonly resharded: readonly string[];
}

const SHARDING = new Set(['shardCollection', 'reshardCollection', 'refineCollectionShardKey']);

/**
 * Folds events into the first state of each document: what it held before the first change, however many
 * followed. A change after the end of the recording tells what the document held at the end.
 * @param until cluster time at which the recording ended
 * Pure.
 */
export function fold(events: readonly ChangeEvent[], until: bigint): Folded {
  const first = new Map<string, Map<string, { id: RawValue; before: Before }>>();
  const late = new Map<string, Map<string, { id: RawValue; state: Before }>>();
  const names = new Map<string, string>();
  const resharded: string[] = [];
  let changes = 0;
  let invalidated = false;
  for (const event of events) {
    if (event.kind === 'structure') {
      if (event.type === 'invalidate' && event.at <= until) invalidated = true;
      if (event.type === 'dropDatabase' && event.at <= until) invalidated = true;
      if (SHARDING.has(event.type) && event.at <= until) resharded.push(event.collection);
      continue;
    }
    const { uuid, id, before } = event;
    const key = identityKey(id);
    if (event.at <= until) {
      changes += 1;
      names.set(uuid, event.collection);
      const own = mapAt(first, uuid);
      if (!own.has(key)) own.set(key, { id, before });
    } else {
      const own = mapAt(late, uuid);
      if (!own.has(key)) own.set(key, { id, state: before });
    }
  }
  return { first: lists(first), late: lists(late), changes, names, invalidated, resharded };
}

function mapAt<T>(maps: Map<string, Map<string, T>>, key: string): Map<string, T> {
  let found = maps.get(key);
  if (found === undefined) {
    found = new Map();
    maps.set(key, found);
  }
  return found;
}

function lists<T>(maps: ReadonlyMap<string, ReadonlyMap<string, T>>): ReadonlyMap<string, readonly T[]> {
  return new Map([...maps].map(([key, own]) => [key, [...own.values()]]));
}
