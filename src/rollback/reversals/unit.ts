import type { Document } from 'mongodb';
import type { RawElement, RawValue } from '../bson/raw.ts';
import type { Path } from './path-grammar.ts';

/**
 * What a reversal does to one top-level field of one document. Whole top-level fields, so that nested order
 * and neighbours come back as they were and a change to any part of the field counts as a conflict.
 * undefined = the field is missing, which is not the same as null.
 */
export interface Edit {
  readonly field: string;
  readonly before: RawValue | undefined;
  readonly after: RawValue | undefined;
}

/** A reversal of documents in one collection. Everything in it is data or pure. */
export interface DocumentUnit {
  readonly kind: 'documents';
  readonly collection: string;
  /** Finds what is left to do. A document that is done does not match any more, or yields no edits. */
  readonly filter: Document;
  /** The top-level fields that are read besides `_id`. */
  readonly fields: readonly string[];
  /** The edits of one document, none where there is nothing to do. */
  edits(fields: readonly RawElement[], references: References): readonly Edit[];
  /** Looks values up in another collection before `edits` is asked, a batch at a time. */
  readonly lookup?: Lookup;
  /** In words: `unset orders.subscription_id`. */
  readonly summary: string;
}

/** Values that `edits` needs from another collection. */
export interface Lookup {
  readonly collection: string;
  /** Field of that collection that the keys are looked up in, and the one that is read. */
  readonly from: string;
  readonly to: string;
  /** Where a document holds the keys. */
  readonly path: Path;
  /** The keys that a document asks for. */
  keys(fields: readonly RawElement[]): readonly RawValue[];
}

/** What a lookup found: the value under the key's `equalityKey`. */
export type References = ReadonlyMap<string, RawValue>;

export const NO_REFERENCES: References = new Map();

/** A change of something that is not documents: an index, a validator, a collection's name. */
export interface SpecUnit {
  readonly kind: 'spec';
  readonly collection: string;
  readonly change: SpecChange;
  readonly summary: string;
}

export type SpecChange =
  | { readonly kind: 'drop-index'; readonly index: string }
  | { readonly kind: 'edit-validator'; readonly rules: readonly string[] }
  | { readonly kind: 'rename-collection'; readonly to: string };

export type Unit = DocumentUnit | SpecUnit;
