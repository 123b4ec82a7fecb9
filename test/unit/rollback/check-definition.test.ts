import { expect, test } from 'vitest';
import type { Reversal } from '../../../src/rollback/reversals/expand.ts';
import { checkReversal } from '../../../src/rollback/steps/validate.ts';

const byReference = (from: string, to: string): Reversal => ({
  kind: 'copy-by-reference',
  references: [{ collection: 'orders', field: 'customer_id' }],
  map: { collection: 'customers', from, to },
});
const map = (...pairs: [unknown, unknown][]): Reversal =>
  ({ kind: 'map-values', collection: 'orders', field: 'status', map: pairs }) as Reversal;

test.each<[string, Reversal, string[]]>([
  ['a map by _id', byReference('_id', 'legacy_id'), []],
  ['a field of a map that is none', byReference('', 'b'), ["map.from '' is not a field"]],
  [
    'a field of a map below the top',
    byReference('a.b', 'c[].d'),
    ["map.from 'a.b' is not at the top of the document", "map.to 'c[].d' is not at the top of the document"],
  ],
  [
    'rules that are no fields',
    { kind: 'edit-validator', collection: 'users', rules: ['role', 'a.b', ' role', 'a[]', '$or'] },
    ["rules.2 ' role' is not a field", "rules.3 'a[]' is not a field", "rules.4 '$or' is not a field"],
  ],
  [
    'a collection renamed to itself',
    { kind: 'rename-collection', collection: 'a', to: 'a' },
    ['to is the collection itself'],
  ],
  [
    'an old value that stands there twice, whatever its type of number',
    map(['a', 'b'], [1, 'c'], [{ $numberDouble: '1.0' }, 'd']),
    ['map.2 {"$numberDouble":"1.0"} stands there twice'],
  ],
])('%s', (_name, reversal, problems) => {
  expect(checkReversal(reversal).map(({ path, message }) => `${path.join('.')} ${message}`)).toEqual(
    problems,
  );
});
