import { expand, type Reversal } from './expand.ts';

/** Every collection that reversals read, those that values are looked up in among them. */
export function collectionsOf(reversals: readonly Reversal[]): string[] {
  const units = expand(reversals).flatMap((unit) =>
    unit.kind === 'documents' && unit.lookup ? [unit.collection, unit.lookup.collection] : [unit.collection],
  );
  return [...new Set(units)];
}
