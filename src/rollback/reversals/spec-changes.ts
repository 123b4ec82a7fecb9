import type { SpecUnit } from './unit.ts';

export interface EditValidator {
  readonly kind: 'edit-validator';
  readonly collection: string;
  /** The fields whose rules are taken out of the validator. */
  readonly rules: readonly string[];
}

export interface RenameCollection {
  readonly kind: 'rename-collection';
  readonly collection: string;
  readonly to: string;
}

export interface DropIndexes {
  readonly kind: 'drop-indexes';
  readonly collection: string;
  /** By name. */
  readonly indexes: readonly string[];
}

export function editValidator(reversal: EditValidator): SpecUnit {
  return {
    kind: 'spec',
    collection: reversal.collection,
    change: { kind: 'edit-validator', rules: reversal.rules },
    summary: `remove the rules for ${reversal.rules.join(', ')} from the validator of ${reversal.collection}`,
  };
}

export function renameCollection(reversal: RenameCollection): SpecUnit {
  return {
    kind: 'spec',
    collection: reversal.collection,
    change: { kind: 'rename-collection', to: reversal.to },
    summary: `rename ${reversal.collection} to ${reversal.to}`,
  };
}

export function dropIndexes(reversal: DropIndexes): SpecUnit[] {
  return reversal.indexes.map((index) => ({
    kind: 'spec',
    collection: reversal.collection,
    change: { kind: 'drop-index', index },
    summary: `drop the index ${index} of ${reversal.collection}`,
  }));
}
