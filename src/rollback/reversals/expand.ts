import { type CopyByReference, copyByReference } from './copy-by-reference.ts';
import { type CopyField, copyField } from './copy-field.ts';
import { type MapValues, mapValues } from './map-values.ts';
import { type SetField, setField } from './set-field.ts';
import {
  type DropIndexes,
  dropIndexes,
  type EditValidator,
  editValidator,
  type RenameCollection,
  renameCollection,
} from './spec-changes.ts';
import type { Unit } from './unit.ts';
import { type UnsetFields, unsetFields } from './unset-fields.ts';

/** One kind of reversal with its parameters: plain data, as the catalogue and the guard file hold it. */
export type Reversal =
  | UnsetFields
  | MapValues
  | SetField
  | CopyField
  | CopyByReference
  | EditValidator
  | RenameCollection
  | DropIndexes;

/** What a reversal does, collection by collection. Order counts: the journal knows a unit by its position. */
export function expand(reversals: readonly Reversal[]): Unit[] {
  return reversals.flatMap(unitsOf);
}

function unitsOf(reversal: Reversal): Unit[] {
  switch (reversal.kind) {
    case 'unset-fields':
      return [unsetFields(reversal)];
    case 'map-values':
      return [mapValues(reversal)];
    case 'set-field':
      return [setField(reversal)];
    case 'copy-field':
      return [copyField(reversal)];
    case 'copy-by-reference':
      return copyByReference(reversal);
    case 'edit-validator':
      return [editValidator(reversal)];
    case 'rename-collection':
      return [renameCollection(reversal)];
    case 'drop-indexes':
      return dropIndexes(reversal);
  }
}
