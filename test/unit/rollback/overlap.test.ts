import { describe, expect, test } from 'vitest';
import { overlap } from '../../../src/rollback/commands/overlap.ts';
import { expand, type Reversal } from '../../../src/rollback/reversals/expand.ts';

const unset = (collection: string, ...fields: string[]): Reversal => ({
  kind: 'unset-fields',
  collection,
  fields,
});
const rename = (collection: string, to: string): Reversal => ({ kind: 'rename-collection', collection, to });
const indexes = (collection: string, ...names: string[]): Reversal => ({
  kind: 'drop-indexes',
  collection,
  indexes: names,
});
const validator = (collection: string, ...rules: string[]): Reversal => ({
  kind: 'edit-validator',
  collection,
  rules,
});

describe('what two STEPs both change', () => {
  test.each<[string, Reversal, Reversal, string[]]>([
    ['parts of one field', unset('a', 'm.x', 'n'), unset('a', 'm.y'), ['a.m']],
    ['the same field of other collections', unset('a', 'm'), unset('b', 'm'), []],
    ['a field of a collection that is renamed', unset('a', 'm'), rename('a', 'b'), ['the name of a']],
    ['a field under the new name', unset('b', 'm'), rename('a', 'b'), ['the name of b']],
    ['a field of another collection', unset('c', 'm'), rename('a', 'b'), []],
    ['an index of a collection that is renamed', indexes('a', 'i'), rename('a', 'b'), ['the name of a']],
    ['names one after the other', rename('a', 'b'), rename('b', 'c'), ['the name of b']],
    ['the same index', indexes('a', 'i', 'j'), indexes('a', 'j', 'k'), ['the index j of a']],
    ['indexes of one name', indexes('a', 'i'), indexes('b', 'i'), []],
    ['one validator, whatever the rules', validator('a', 'x'), validator('a', 'y'), ['the validator of a']],
    ['a validator and a field', validator('a', 'x'), unset('a', 'x'), []],
  ])('%s', (_name, one, other, expected) => {
    expect(overlap(expand([one]), expand([other]))).toEqual(expected);
    expect(overlap(expand([other]), expand([one]))).toEqual(expected);
  });
});
