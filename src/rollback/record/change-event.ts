import { asBuffer, BsonType, elementOf, type RawElement, type RawValue, readElements } from '../bson/raw.ts';

/** A document's state before a change; `unavailable` = the server has no before-image of it. */
export type Before = RawValue | 'missing' | 'unavailable';

/** What happened to one document. */
export interface DocumentEvent {
  readonly kind: 'document';
  readonly change: 'insert' | 'update' | 'replace' | 'delete';
  readonly collection: string;
  /** Of the collection, in hex: stays the same when it is renamed. */
  readonly uuid: string;
  readonly id: RawValue;
  readonly before: Before;
  /** Cluster time, as a timestamp's 64 bits. */
  readonly at: bigint;
}

/** What happened to something that is not a document. */
export interface StructureEvent {
  readonly kind: 'structure';
  /** The server's name of it: `create`, `drop`, `rename`, `createIndexes`, `modify`, `invalidate`, … */
  readonly type: string;
  readonly collection: string;
  readonly uuid: string;
  /** Of a rename. */
  readonly to?: string;
  readonly at: bigint;
}

export type ChangeEvent = DocumentEvent | StructureEvent;

const DOCUMENT_CHANGES: ReadonlySet<string> = new Set(['insert', 'update', 'replace', 'delete']);

/** Puts the fragments of large events together again; pure apart from the fragments that it holds. */
export class EventReader {
  #fragments: RawElement[] = [];

  /** Whether an event is half read: its resume token would begin in the middle. */
  get halfRead(): boolean {
    return this.#fragments.length > 0;
  }

  /** @returns the event, or undefined where more fragments follow. @throws Error where the bytes are not an event */
  read(bytes: Uint8Array): ChangeEvent | undefined {
    const elements = readElements(bytes);
    const split = elementOf(elements, 'splitEvent');
    if (split === undefined) return eventOf(elements);
    const part = readElements(split.bytes);
    this.#fragments.push(...elements);
    if (intOf(elementOf(part, 'fragment')) < intOf(elementOf(part, 'of'))) return undefined;
    const whole = this.#fragments;
    this.#fragments = [];
    return eventOf(whole);
  }
}

function eventOf(elements: readonly RawElement[]): ChangeEvent {
  const type = textOf(elementOf(elements, 'operationType'));
  const ns = childrenOf(elementOf(elements, 'ns'));
  const collection = textOf(elementOf(ns, 'coll'));
  const uuid = uuidHex(elementOf(elements, 'collectionUUID'));
  const at = timestampOf(elementOf(elements, 'clusterTime'));
  if (!DOCUMENT_CHANGES.has(type)) {
    const to = textOf(elementOf(childrenOf(elementOf(elements, 'to')), 'coll'));
    return { kind: 'structure', type, collection, uuid, ...(to === '' ? {} : { to }), at };
  }
  const id = elementOf(childrenOf(elementOf(elements, 'documentKey')), '_id');
  if (id === undefined) throw new Error(`a change event (${type} in ${collection}) names no document`);
  const change = type as DocumentEvent['change'];
  return { kind: 'document', change, collection, uuid, id, before: beforeOf(change, elements), at };
}

function beforeOf(change: DocumentEvent['change'], elements: readonly RawElement[]): Before {
  if (change === 'insert') return 'missing';
  const before = elementOf(elements, 'fullDocumentBeforeChange');
  return before?.type === BsonType.document ? before : 'unavailable';
}

/** A cluster time as one number that compares; 0 where there is none. */
export function timestampOf(value: RawValue | undefined): bigint {
  return value?.type === BsonType.timestamp ? asBuffer(value.bytes).readBigUInt64LE(0) : 0n;
}

/** The UUID of a collection in hex, empty where the server gives none. */
export function uuidHex(value: RawValue | undefined): string {
  return value?.type === BsonType.binary ? asBuffer(value.bytes).toString('hex', 5) : '';
}

function childrenOf(value: RawValue | undefined): RawElement[] {
  return value?.type === BsonType.document ? readElements(value.bytes) : [];
}

function textOf(value: RawValue | undefined): string {
  return value?.type === BsonType.string
    ? asBuffer(value.bytes).toString('utf8', 4, value.bytes.length - 1)
    : '';
}

function intOf(value: RawValue | undefined): number {
  if (value?.type === BsonType.int32) return asBuffer(value.bytes).readInt32LE(0);
  return value?.type === BsonType.int64 ? Number(asBuffer(value.bytes).readBigInt64LE(0)) : 0;
}
