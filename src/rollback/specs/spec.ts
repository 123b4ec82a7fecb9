import type { Db } from 'mongodb';
import type { RawValue } from '../bson/raw.ts';
import type { SpecUnit } from '../reversals/unit.ts';
import { indexSpec } from './index-spec.ts';
import { renameSpec } from './rename-spec.ts';
import { validatorSpec } from './validator-spec.ts';

/** What a change of an index, a validator or a name starts from and ends in. */
export type SpecTarget =
  /** undefined = not there. The whole specification, so that it can come back. */
  | { readonly change: { readonly before: RawValue | undefined; readonly after: RawValue | undefined } }
  /** Nothing is left to do. */
  | { readonly nothing: string }
  /** It must not be done, and why. */
  | { readonly blocked: string };

/** One kind of change to something that is not documents. */
export interface SpecKind {
  /** The name of the entry in the journal, unique within the unit's collection. */
  readonly id: string;
  /** What is there now, undefined where nothing is. Reads only. */
  read(db: Db): Promise<RawValue | undefined>;
  /** From what is there to what should be. Pure. */
  target(current: RawValue | undefined): SpecTarget;
  /** Brings it from one state to the other, either way. May run twice. */
  act(db: Db, to: { readonly from: RawValue | undefined; readonly to: RawValue | undefined }): Promise<void>;
  /** Whether two states are the same, whatever the server changed in the writing. */
  same(a: RawValue | undefined, b: RawValue | undefined): boolean;
  /** Why `act` was refused by what another writer made, undefined where it failed for another reason. Pure. */
  inTheWay?(error: unknown): string | undefined;
  /** A state in one line, for the plan. */
  show(state: RawValue | undefined): string;
  /** What goes with the change, in words, where the states alone do not say it. */
  loss?(before: RawValue | undefined): string;
}

export function specKind(unit: SpecUnit): SpecKind {
  switch (unit.change.kind) {
    case 'drop-index':
      return indexSpec(unit.collection, unit.change.index);
    case 'edit-validator':
      return validatorSpec(unit.collection, unit.change.rules);
    case 'rename-collection':
      return renameSpec(unit.collection, unit.change.to);
  }
}
