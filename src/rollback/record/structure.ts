import { BSON, type Db, type Document } from 'mongodb';
import { driverValue } from '../bson/driver-value.ts';
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
import { rawCommand } from '../specs/raw-cursor.ts';
import { uuidHex } from './change-event.ts';

/** A collection or view as the server describes it; documents as bytes, so that it can come back exactly. */
export interface CollectionState {
  readonly name: string;
  readonly type: 'collection' | 'view' | 'timeseries';
  /** In hex; empty where the server gives none, and for views. */
  readonly uuid: string;
  readonly options: RawValue;
  readonly indexes: readonly RawValue[];
}

/** Options that recording itself switches, so they never count as a change. */
const OWN_OPTIONS = new Set(['changeStreamPreAndPostImages']);

/** Reads every collection and view of the database with its options and indexes; system collections left out. */
export async function readStructure(db: Db): Promise<CollectionState[]> {
  const states: CollectionState[] = [];
  for (const elements of await rawCommand(db, { listCollections: 1, cursor: {} })) {
    const name = text(elementOf(elements, 'name'));
    if (name.startsWith('system.')) continue;
    const type = text(elementOf(elements, 'type')) || 'collection';
    const info = elementOf(elements, 'info');
    states.push({
      name,
      type: type === 'view' || type === 'timeseries' ? type : 'collection',
      uuid: uuidHex(info && elementOf(readElements(info.bytes), 'uuid')),
      options: withoutOwn(elementOf(elements, 'options')),
      indexes: type === 'view' ? [] : await readIndexes(db, name),
    });
  }
  return states.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readIndexes(db: Db, name: string): Promise<RawValue[]> {
  const found = await rawCommand(db, { listIndexes: name, cursor: {} });
  // Old servers answer with the namespace, which is not part of the specification.
  return found.map((elements) => documentOf(elements.filter(([key]) => key !== 'ns')));
}

function withoutOwn(options: RawValue | undefined): RawValue {
  return documentOf((options ? readElements(options.bytes) : []).filter(([name]) => !OWN_OPTIONS.has(name)));
}

export function documentOf(elements: readonly RawElement[]): RawValue {
  return { type: BsonType.document, bytes: writeElements(elements) };
}

/** All states as one BSON document, to be kept in the operation's record. */
export function writeStructure(states: readonly CollectionState[]): Buffer {
  return writeElements(
    states.map(({ name, type, uuid, options, indexes }, position) => [
      String(position),
      documentOf([
        ['name', rawOf(name)],
        ['type', rawOf(type)],
        ['uuid', rawOf(uuid)],
        ['options', options],
        ['indexes', arrayOf(indexes)],
      ]),
    ]),
  );
}

/** @throws Error where the bytes are not what `writeStructure` wrote */
export function readWrittenStructure(bytes: Uint8Array): CollectionState[] {
  return readElements(bytes).map(([, value]) => {
    const elements = readElements(value.bytes);
    const options = elementOf(elements, 'options');
    const indexes = elementOf(elements, 'indexes');
    if (options === undefined || indexes === undefined) throw new Error('a recorded structure is not whole');
    return {
      name: text(elementOf(elements, 'name')),
      type: text(elementOf(elements, 'type')) as CollectionState['type'],
      uuid: text(elementOf(elements, 'uuid')),
      options,
      indexes: readElements(indexes.bytes).map(([, index]) => index),
    };
  });
}

export function arrayOf(values: readonly RawValue[]): RawValue {
  return {
    type: BsonType.array,
    bytes: writeElements(values.map((value, position) => [String(position), value])),
  };
}

/** One difference between the states of a collection before and after. undefined = it did not exist. */
export type StructureChange =
  | { readonly kind: 'index'; readonly name: string; readonly before?: RawValue; readonly after?: RawValue }
  | { readonly kind: 'options'; readonly before: RawValue; readonly after: RawValue }
  | { readonly kind: 'created'; readonly after: CollectionState }
  | { readonly kind: 'dropped'; readonly before: CollectionState }
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string };

/** A collection or view through the time of a recording. */
export interface Lifeline {
  readonly before: CollectionState | undefined;
  readonly after: CollectionState | undefined;
  readonly changes: readonly StructureChange[];
}

/**
 * What became of each collection: the same one by its UUID, under whatever name; without UUIDs by its name.
 * Pure.
 */
export function compareStructures(
  before: readonly CollectionState[],
  after: readonly CollectionState[],
): Lifeline[] {
  const unmatched = new Set(after);
  const lifelines: Lifeline[] = before.map((old) => {
    const now = after.find((state) =>
      old.uuid === ''
        ? state.name === old.name && state.type === old.type && state.uuid === ''
        : state.uuid === old.uuid,
    );
    if (now === undefined)
      return { before: old, after: undefined, changes: [{ kind: 'dropped', before: old }] };
    unmatched.delete(now);
    return { before: old, after: now, changes: changesBetween(old, now) };
  });
  for (const created of unmatched) {
    lifelines.push({ before: undefined, after: created, changes: [{ kind: 'created', after: created }] });
  }
  return lifelines;
}

function changesBetween(before: CollectionState, after: CollectionState): StructureChange[] {
  const changes: StructureChange[] = [];
  if (before.name !== after.name) changes.push({ kind: 'renamed', from: before.name, to: after.name });
  if (!sameOptions(before.options, after.options))
    changes.push({ kind: 'options', before: before.options, after: after.options });
  const [old, now] = [byName(before.indexes), byName(after.indexes)];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(name), now.get(name)];
    if (sameIndex(was, is)) continue;
    changes.push({ kind: 'index', name, ...(was ? { before: was } : {}), ...(is ? { after: is } : {}) });
  }
  return changes;
}

function byName(indexes: readonly RawValue[]): Map<string, RawValue> {
  return new Map(indexes.map((index) => [text(elementOf(readElements(index.bytes), 'name')), index]));
}

/** `collMod` fills level and action in, and leaves an empty validator where there was none. */
const DEFAULTS: Readonly<Record<string, RawValue>> = {
  validator: rawOf({}),
  validationLevel: rawOf('strict'),
  validationAction: rawOf('error'),
};

/** Whether two collections' options are the same, whatever the server filled in. */
export function sameOptions(a: RawValue, b: RawValue): boolean {
  return differingOptions(a, b).length === 0;
}

/** The names of the options that differ. */
export function differingOptions(a: RawValue, b: RawValue): string[] {
  const [some, others] = [readElements(a.bytes), readElements(b.bytes)];
  const names = new Set([...some, ...others].map(([name]) => name));
  return [...names].filter(
    (name) => !sameRaw(elementOf(some, name) ?? DEFAULTS[name], elementOf(others, name) ?? DEFAULTS[name]),
  );
}

/** Options of an index in any order, numbers by value; the order of its keys counts. */
export function sameIndex(a: RawValue | undefined, b: RawValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return comparableIndex(a) === comparableIndex(b);
}

function comparableIndex(index: RawValue): string {
  return readElements(index.bytes)
    .filter(([name]) => name !== 'v')
    .map(([name, value]) => `${name}=${name === 'key' ? keyText(value) : relaxed(value)}`)
    .sort()
    .join('\n');
}

function keyText(key: RawValue): string {
  return readElements(key.bytes)
    .map(([field, direction]) => `${field}: ${relaxed(direction)}`)
    .join(', ');
}

function relaxed(value: RawValue): string {
  return BSON.EJSON.stringify(BSON.deserialize(writeElements([['v', value]])).v, { relaxed: true });
}

/** A change in words: `index email_1 created`. */
export function changeInWords(change: StructureChange): string {
  switch (change.kind) {
    case 'index': {
      const what =
        change.before === undefined ? 'created' : change.after === undefined ? 'dropped' : 'changed';
      return `index ${change.name} ${what}`;
    }
    case 'options':
      return `${differingOptions(change.before, change.after).join(', ')} changed`;
    case 'created':
      return 'created';
    case 'dropped':
      return 'dropped';
    case 'renamed':
      return `renamed to ${change.to}`;
  }
}

/** The command that gives a collection or view its old options back; undefined where none of them can be changed. */
export function optionsCommand(name: string, to: RawValue, from: RawValue): Document | undefined {
  const wanted = readElements(to.bytes);
  const command: Document = { collMod: name };
  for (const option of differingOptions(to, from)) {
    const value = elementOf(wanted, option) ?? DEFAULTS[option];
    if (option === 'expireAfterSeconds') command[option] = value ? driverValue(value) : 'off';
    else if (option === 'size' && value) command.cappedSize = driverValue(value);
    else if (option === 'max' && value) command.cappedMax = driverValue(value);
    else if (option === 'viewOn' || option === 'pipeline') {
      command.viewOn = driverValue(elementOf(wanted, 'viewOn') ?? rawOf(''));
      command.pipeline = driverValue(elementOf(wanted, 'pipeline') ?? rawOf([]));
    } else if (DEFAULTS[option] && value) command[option] = driverValue(value);
    else return undefined;
  }
  return command;
}

export function text(value: RawValue | undefined): string {
  return value?.type === BsonType.string ? String(driverValue(value)) : '';
}
