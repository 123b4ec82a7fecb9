import { BSON, Int32, ObjectId } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { rawOf, readElements, writeElements } from '../../../src/rollback/bson/raw.ts';
import { expand, type Reversal } from '../../../src/rollback/reversals/expand.ts';
import { chainEdits, editAt, knownPath, leaves } from '../../../src/rollback/reversals/path.ts';
import type { DocumentUnit, Edit, Unit } from '../../../src/rollback/reversals/unit.ts';

const fieldsOf = (document: object) => readElements(BSON.serialize(document));
const plain = (value: Edit['before']) =>
  value === undefined ? 'missing' : BSON.deserialize(writeElements([['v', value]])).v;
/** A unit without its functions. */
const data = (unit: Unit) => JSON.parse(JSON.stringify(unit));

const where = { tenant: { $oid: '65a000000000000000000001' } };
const tenant = { tenant: new ObjectId('65a000000000000000000001') };

describe('what a reversal looks for, reads and says', () => {
  test.each<[string, Reversal, object, string[], string]>([
    [
      'unset-fields',
      { kind: 'unset-fields', collection: 'orders', fields: ['a'] },
      { a: { $exists: true } },
      ['a'],
      'unset orders.a',
    ],
    [
      'unset-fields of several, two within one field',
      { kind: 'unset-fields', collection: 'orders', fields: ['m.a', 'm.b', 'c'] },
      {
        $or: [
          { m: { $not: { $type: 4 } }, 'm.a': { $exists: true } },
          { m: { $not: { $type: 4 } }, 'm.b': { $exists: true } },
          { c: { $exists: true } },
        ],
      },
      ['m', 'c'],
      'unset orders.m.a, orders.m.b, orders.c',
    ],
    [
      'map-values',
      {
        kind: 'map-values',
        collection: 'orders',
        field: 'm.s',
        map: [
          ['UP', 'up'],
          [1, null],
        ],
      },
      { m: { $not: { $type: 4 } }, 'm.s': { $in: ['UP', 1], $not: { $type: 4 } } },
      ['m'],
      'map orders.m.s back (UP → up, 1 → null)',
    ],
    [
      'set-field',
      { kind: 'set-field', collection: 'users', field: 'on', value: true },
      { $and: [{ $or: [{ on: { $ne: true } }, { on: { $type: 4 } }] }] },
      ['on'],
      'set users.on to true',
    ],
    [
      'set-field to null, which a missing field is not',
      { kind: 'set-field', collection: 'users', field: 'at', value: null },
      { $and: [{ $or: [{ at: { $not: { $type: 10 } } }, { at: { $type: 4 } }] }] },
      ['at'],
      'set users.at to null',
    ],
    [
      'set-field to a list, which a list that holds it as an element is not',
      { kind: 'set-field', collection: 'users', field: 'tags', value: ['a'] },
      { $and: [{ $or: [{ tags: { $ne: ['a'] } }, { tags: { $elemMatch: { $eq: ['a'] } } }] }] },
      ['tags'],
      'set users.tags to ["a"]',
    ],
    [
      'set-field below documents, which may be missing and must be nothing else',
      { kind: 'set-field', collection: 'users', field: 'm.n.on', value: 1 },
      {
        $and: [
          { $or: [{ m: { $type: 3 } }, { m: { $exists: false } }] },
          { $or: [{ 'm.n': { $type: 3 } }, { 'm.n': { $exists: false } }] },
          {
            $or: [
              { m: { $not: { $type: 4 } }, 'm.n': { $not: { $type: 4 } }, 'm.n.on': { $ne: 1 } },
              { m: { $not: { $type: 4 } }, 'm.n': { $not: { $type: 4 } }, 'm.n.on': { $type: 4 } },
            ],
          },
        ],
      },
      ['m'],
      'set users.m.n.on to 1',
    ],
    [
      'set-field in each element of a list, where only what leads to the list is looked at',
      { kind: 'set-field', collection: 'users', field: 'm.l[].n.on', value: 1 },
      {
        $and: [
          { $or: [{ m: { $type: 3 } }, { m: { $exists: false } }] },
          {
            $or: [{ $ne: 1 }, { $type: 4 }].map((leaf) => ({
              m: { $not: { $type: 4 } },
              'm.l': { $elemMatch: { n: { $not: { $type: 4 } }, 'n.on': leaf } },
            })),
          },
        ],
      },
      ['m'],
      'set users.m.l[].n.on to 1',
    ],
    [
      'map-values from null and from lists',
      {
        kind: 'map-values',
        collection: 'orders',
        field: 's',
        map: [
          [null, 'none'],
          ['x', { a: 1 }],
          [['x', 1], 'both'],
        ],
      },
      { s: { $in: [null, 'x', ['x', 1]], $exists: true } },
      ['s'],
      'map orders.s back (null → none, x → {"a":1}, ["x",1] → both)',
    ],
    [
      'copy-field',
      { kind: 'copy-field', collection: 'users', from: 'old', to: 'now' },
      { old: { $exists: true }, $or: [{ now: { $exists: false } }, { $expr: { $ne: ['$now', '$old'] } }] },
      ['old', 'now'],
      'copy users.old over now',
    ],
    [
      'copy-by-reference',
      {
        kind: 'copy-by-reference',
        references: [{ collection: 'orders', field: 'customer' }],
        map: { collection: 'customers', from: 'uuid', to: 'legacy' },
      },
      { customer: { $exists: true } },
      ['customer'],
      'copy customers.legacy back over orders.customer',
    ],
  ])('%s', (_name, reversal, filter, fields, summary) => {
    const [unit] = expand([reversal]) as [DocumentUnit];
    const collection = 'collection' in reversal ? reversal.collection : reversal.references[0]?.collection;
    expect(unit).toMatchObject({ kind: 'documents', collection, fields, summary });
    expect(unit.filter).toEqual(filter);
    const [narrowed] = expand([{ ...reversal, where } as Reversal]) as [DocumentUnit];
    const within = '$and' in filter ? (filter.$and as object[]) : [filter];
    expect(narrowed.filter).toEqual({ $and: [tenant, ...within] });
    expect(narrowed.fields).toEqual(fields);
  });

  test('changes of specifications', () => {
    expect(
      expand([
        { kind: 'edit-validator', collection: 'users', rules: ['role', 'email'] },
        { kind: 'rename-collection', collection: 'audit', to: 'audit_old' },
        { kind: 'drop-indexes', collection: 'orders', indexes: ['a_1', 'b_1'] },
      ]).map(data),
    ).toEqual([
      {
        kind: 'spec',
        collection: 'users',
        change: { kind: 'edit-validator', rules: ['role', 'email'] },
        summary: 'remove the rules for role, email from the validator of users',
      },
      {
        kind: 'spec',
        collection: 'audit',
        change: { kind: 'rename-collection', to: 'audit_old' },
        summary: 'rename audit to audit_old',
      },
      {
        kind: 'spec',
        collection: 'orders',
        change: { kind: 'drop-index', index: 'a_1' },
        summary: 'drop the index a_1 of orders',
      },
      {
        kind: 'spec',
        collection: 'orders',
        change: { kind: 'drop-index', index: 'b_1' },
        summary: 'drop the index b_1 of orders',
      },
    ]);
  });

  test('units come in the order of the reversals, one for each reference', () => {
    const units = expand([
      {
        kind: 'copy-by-reference',
        references: [
          { collection: 'orders', field: 'customer' },
          { collection: 'carts', field: 'owner' },
        ],
        map: { collection: 'customers', from: 'uuid', to: 'legacy' },
      },
      { kind: 'unset-fields', collection: 'users', fields: ['a'] },
    ]);
    expect(units.map(({ collection }) => collection)).toEqual(['orders', 'carts', 'users']);
  });
});

describe('a lookup', () => {
  const made = () =>
    expand([
      {
        kind: 'copy-by-reference',
        references: [{ collection: 'orders', field: 'lines[].customer' }],
        map: { collection: 'customers', from: 'uuid', to: 'legacy' },
      },
    ]) as [DocumentUnit];

  test('names the other collection, and asks for each key that a document holds', () => {
    const [unit] = made();
    expect(unit.lookup).toMatchObject({ collection: 'customers', from: 'uuid', to: 'legacy' });
    const keys = unit.lookup?.keys(fieldsOf({ lines: [{ customer: 'a' }, {}, { customer: null }, 'x'] }));
    expect(keys?.map(plain)).toEqual(['a', null]);
    expect(unit.lookup?.keys(fieldsOf({ lines: 'none' }))).toEqual([]);
  });
});

describe('the edit of a field', () => {
  const never = () => {
    throw new Error('there is no leaf');
  };

  test.each<[string, string, object]>([
    ['a path through a number', 'a.b', { a: 1 }],
    ['a path through a missing field', 'a.b', { x: 1 }],
    ['each element of what is no list', 'a[].b', { a: { b: 1 } }],
    ['each element of a missing list', 'a[].b', {}],
    ['each element of a list of scalars', 'a[].b', { a: [1, 'b', null, ['c']] }],
  ])('%s: no leaf, no edit', (_name, path, document) => {
    expect(editAt(fieldsOf(document), knownPath(path), never)).toBeUndefined();
  });

  test('keeps a document and its order where nothing in it changes', () => {
    const same = editAt(fieldsOf({ a: [{ b: 1 }, { b: 2 }] }), knownPath('a[].b'), (leaf) => leaf);
    expect(same).toBeUndefined();
  });

  test('adds a missing leaf at the end, and replaces one in its place', () => {
    const set = (document: object) =>
      editAt(fieldsOf(document), knownPath('m.b'), () => rawOf(new Int32(9)))?.after;
    expect(Object.entries(plain(set({ m: { a: 1, c: 2 } })))).toEqual([
      ['a', 1],
      ['c', 2],
      ['b', 9],
    ]);
    expect(Object.entries(plain(set({ m: { a: 1, b: 5, c: 2 } })))).toEqual([
      ['a', 1],
      ['b', 9],
      ['c', 2],
    ]);
  });

  test('of leaves of several paths goes on from the one before, and is none where they cancel out', () => {
    const set = (value: unknown) => () => rawOf(value);
    const both = chainEdits(fieldsOf({ m: { a: 1 }, n: 1 }), [
      [knownPath('m.a'), set(new Int32(2))],
      [knownPath('m.b'), set(new Int32(3))],
      [knownPath('n'), set(new Int32(4))],
    ]);
    expect(both.map(({ field, before, after }) => [field, plain(before), plain(after)])).toEqual([
      ['m', { a: 1 }, { a: 2, b: 3 }],
      ['n', 1, 4],
    ]);
    expect(
      chainEdits(fieldsOf({ m: { a: 1 } }), [
        [knownPath('m.a'), set(new Int32(2))],
        [knownPath('m.a'), set(new Int32(1))],
      ]),
    ).toEqual([]);
  });

  test('leaves are told in order, missing ones left out', () => {
    const found = leaves(fieldsOf({ a: [{ b: 1 }, {}, { b: null }, { b: [2] }] }), knownPath('a[].b'));
    expect(found.map(plain)).toEqual([1, null, [2]]);
  });

  test('what a set field leads through is made where it is missing, lists aside', () => {
    const edited = (field: string, document: object) => {
      const [unit] = expand([{ kind: 'set-field', collection: 'c', field, value: 1 }]) as [DocumentUnit];
      return unit.edits(fieldsOf(document), new Map()).map(({ after }) => plain(after));
    };
    expect(edited('m.n.on', {})).toEqual([{ n: { on: 1 } }]);
    expect(edited('m.n.on', { m: { a: 2 } })).toEqual([{ a: 2, n: { on: 1 } }]);
    expect(edited('m.n.on', { m: { n: { on: 1 } } })).toEqual([]);
    expect(edited('m.n.on', { m: 'text' })).toEqual([]);
    expect(edited('m.n.on', { m: null })).toEqual([]);
    expect(edited('l[].n.on', {})).toEqual([]);
    expect(edited('l[].n.on', { l: 'text' })).toEqual([]);
    expect(edited('l[].n.on', { l: [{}, 'x', { n: null }, { n: { on: 2 } }] })).toEqual([
      [{ n: { on: 1 } }, 'x', { n: null }, { n: { on: 1 } }],
    ]);
    expect(edited('l[].a.b.on', { l: [{ a: { b: { on: 1 } } }, { a: { b: {} } }, { a: {} }, {}] })).toEqual([
      Array(4).fill({ a: { b: { on: 1 } } }),
    ]);
    expect(edited('l[].n.on', { l: [{}, 'x'] })).toEqual([[{ n: { on: 1 } }, 'x']]);
    expect(edited('m.l[].on', {})).toEqual([]);
    expect(edited('m.l[].on', { m: {} })).toEqual([]);
    expect(edited('m.l[].n.on', { m: { a: 1 } })).toEqual([]);
  });

  test('no changes make no edits', () => {
    expect(chainEdits(fieldsOf({ a: 1 }), [])).toEqual([]);
  });

  test('a text that is no path is a mistake of the program', () => {
    expect(() => knownPath('a..b')).toThrow("'a..b' is not a path");
  });
});

test('a map tells values of a list of leaves apart, one by one', () => {
  const [unit] = expand([{ kind: 'map-values', collection: 'c', field: 'l[].s', map: [['UP', 'up']] }]) as [
    DocumentUnit,
  ];
  const edits = unit.edits(fieldsOf({ l: [{ s: 'UP' }, { s: 'x' }, {}] }), new Map());
  expect(edits.map(({ after }) => plain(after))).toEqual([[{ s: 'up' }, { s: 'x' }, {}]]);
});
