import { BSON, Decimal128, Double, Int32, Long } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { rawOf, readElements, writeElements } from '../../../src/rollback/bson/raw.ts';
import { expand, type Reversal } from '../../../src/rollback/reversals/expand.ts';
import { leafFilter } from '../../../src/rollback/reversals/path.ts';
import { parsePath } from '../../../src/rollback/reversals/path-grammar.ts';
import type { DocumentUnit } from '../../../src/rollback/reversals/unit.ts';
import { BUILT_IN_STEPS } from '../../../src/rollback/steps/catalogue.ts';
import { checkReversal } from '../../../src/rollback/steps/validate.ts';

/** What a reversal makes of a document, as plain values: field → [before, after]. */
function edited(reversal: Reversal, document: object, references: Record<string, unknown> = {}) {
  const [unit] = expand([reversal]) as [DocumentUnit];
  const known = new Map(Object.entries(references).map(([from, to]) => [identity(from), rawOf(to)]));
  const edits = unit.edits(readElements(BSON.serialize(document)), known);
  const plain = (value: (typeof edits)[number]['before']) =>
    value === undefined ? 'missing' : BSON.deserialize(writeElements([['v', value]])).v;
  return Object.fromEntries(edits.map(({ field, before, after }) => [field, [plain(before), plain(after)]]));
}

function identity(text: string): string {
  const raw = rawOf(text);
  return `${raw.type}:${Buffer.from(raw.bytes).toString('base64')}`;
}

describe('reversals', () => {
  test.each<[string, Reversal, object, object]>([
    ['a field is unset', unset('a'), { a: 1, b: 2 }, { a: [1, 'missing'] }],
    ['null too', unset('a'), { a: null }, { a: [null, 'missing'] }],
    ['nothing where it is missing', unset('a'), { b: 1 }, {}],
    [
      'a nested one, order kept',
      unset('m.x'),
      { m: { a: 1, x: 2, z: 3 } },
      {
        m: [
          { a: 1, x: 2, z: 3 },
          { a: 1, z: 3 },
        ],
      },
    ],
    ['not through an array', unset('m.x'), { m: [{ x: 1 }] }, {}],
    [
      'each element',
      unset('i[].q'),
      { i: [{ q: 1, s: 1 }, { s: 2 }, 3, [{ q: 9 }]] },
      {
        i: [
          [{ q: 1, s: 1 }, { s: 2 }, 3, [{ q: 9 }]],
          [{ s: 1 }, { s: 2 }, 3, [{ q: 9 }]],
        ],
      },
    ],
    [
      'elements of elements',
      unset('i[].j[].q'),
      { i: [{ j: [{ q: 1 }] }] },
      { i: [[{ j: [{ q: 1 }] }], [{ j: [{}] }]] },
    ],
    [
      'two paths of one field make one edit',
      { kind: 'unset-fields', collection: 'c', fields: ['m.a', 'm.b'] },
      { m: { a: 1, b: 2, c: 3 } },
      { m: [{ a: 1, b: 2, c: 3 }, { c: 3 }] },
    ],
    ['a value is set', set('a', true), { a: false }, { a: [false, true] }],
    ['also where it is missing', set('a', true), {}, { a: ['missing', true] }],
    ['not twice', set('a', true), { a: true }, {}],
    ['a map goes back', map(['UP', 'up']), { s: 'UP' }, { s: ['UP', 'up'] }],
    ['what it does not name stays', map(['UP', 'up']), { s: 'other' }, {}],
    [
      'a copy',
      { kind: 'copy-field', collection: 'c', from: 'old', to: 'now' },
      { old: 1, now: 2 },
      { now: [2, 1] },
    ],
    [
      'not from a missing field',
      { kind: 'copy-field', collection: 'c', from: 'old', to: 'now' },
      { now: 2 },
      {},
    ],
  ])('%s', (_name, reversal, document, expected) => {
    expect(edited(reversal, document)).toEqual(expected);
  });

  test('a number is named by its value, as the server compares: 1 is the double 1, and not the text', () => {
    const reversal: Reversal = { kind: 'map-values', collection: 'c', field: 's', map: [[1, 'one']] };
    expect(edited(reversal, { s: new Int32(1) })).toEqual({ s: [1, 'one'] });
    expect(edited(reversal, { s: new Double(1) })).toEqual({ s: [1, 'one'] });
    for (const s of [Long.fromNumber(1), Decimal128.fromString('1.00'), Decimal128.fromString('10E-1')])
      expect(edited(reversal, { s })).toMatchObject({ s: [expect.anything(), 'one'] });
    for (const s of ['1', true, [1], 1.5, -1, 10, Decimal128.fromString('1.01'), null])
      expect(edited(reversal, { s })).toEqual({});
  });

  test('a field is set below what is missing, and not below what is no document', () => {
    const reversal: Reversal = { kind: 'set-field', collection: 'c', field: 'a.b.c', value: 1 };
    expect(edited(reversal, {})).toEqual({ a: ['missing', { b: { c: 1 } }] });
    expect(edited(reversal, { a: { x: 1 } })).toEqual({ a: [{ x: 1 }, { x: 1, b: { c: 1 } }] });
    for (const a of [null, 'text', [], [{}], { b: null }, { b: { c: 1 } }])
      expect(edited(reversal, { a })).toEqual({});
  });

  test('references go back by the map, unknown ones stay', () => {
    const reversal: Reversal = {
      kind: 'copy-by-reference',
      references: [{ collection: 'orders', field: 'customer_id' }],
      map: { collection: 'customers', from: 'customer_id', to: 'legacy_id' },
    };
    expect(edited(reversal, { customer_id: 'uuid-1' }, { 'uuid-1': 'CUST-1' })).toEqual({
      customer_id: ['uuid-1', 'CUST-1'],
    });
    expect(edited(reversal, { customer_id: 'uuid-2' }, { 'uuid-1': 'CUST-1' })).toEqual({});
  });

  test('extended JSON in a definition becomes BSON', () => {
    const reversal: Reversal = {
      kind: 'set-field',
      collection: 'c',
      field: 'at',
      value: { $date: '2026-01-01T00:00:00Z' },
    };
    expect(edited(reversal, {})).toEqual({ at: ['missing', new Date('2026-01-01T00:00:00Z')] });
  });
});

describe('paths', () => {
  test.each([
    '',
    'a..b',
    '$a',
    'a.$b',
    'a[]',
    'a[0].b',
    '_id',
    '_id.x',
    '__proto__',
    'a.__proto__',
    'a[].',
    '.a',
    'a\0b',
  ])('%j is none', (text) => {
    expect(parsePath(text)).toBeUndefined();
  });

  test('the filter does not look into arrays that the path does not name', () => {
    const filter = (text: string) => leafFilter(parsePath(text) ?? [], { $exists: true });
    expect(filter('a')).toEqual({ a: { $exists: true } });
    expect(filter('a.b')).toEqual({ a: { $not: { $type: 4 } }, 'a.b': { $exists: true } });
    expect(filter('a[].b')).toEqual({ a: { $elemMatch: { b: { $exists: true } } } });
    expect(filter('a.b[].c')).toEqual({
      a: { $not: { $type: 4 } },
      'a.b': { $elemMatch: { c: { $exists: true } } },
    });
  });
});

describe('definitions', () => {
  test('every built-in STEP is sound, has a name, an effect, and STEPs that exist behind it', () => {
    const known = new Set(BUILT_IN_STEPS.map(({ step }) => step));
    expect([...known]).toEqual(Array.from({ length: 12 }, (_, index) => String(19 + index)));
    for (const step of BUILT_IN_STEPS) {
      expect(step.reversals.flatMap(checkReversal)).toEqual([]);
      expect(step.dependents.filter((other) => !known.has(other))).toEqual([]);
      expect(step.effect).toMatch(/^[A-Z].*\.$/);
    }
  });

  test.each<[string, Reversal, RegExp]>([
    ['a path that is none', unset('$x'), /not a field that can be changed/],
    ['the id', unset('_id'), /not a field that can be changed/],
    [
      'one field within the other',
      { kind: 'unset-fields', collection: 'c', fields: ['a', 'a.b'] },
      /one within the other/,
    ],
    ['a swap', map(['A', 'B'], ['B', 'A']), /both an old and a new value/],
    ['a chain', map(['A', 'B'], ['B', 'C']), /both an old and a new value/],
    ['a value twice', map(['A', 'x'], ['A', 'y']), /stands there twice/],
    [
      'code in a filter',
      { ...unset('a'), where: { $and: [{ $where: 'sleep(1000)' }] } } as Reversal,
      /`\$where` is not allowed/,
    ],
    ['broken extended JSON', set('a', { $oid: 'zz' }), /no extended JSON/],
    ['the index on _id', { kind: 'drop-indexes', collection: 'c', indexes: ['_id_'] }, /cannot be dropped/],
    ['all indexes', { kind: 'drop-indexes', collection: 'c', indexes: ['*'] }, /cannot be dropped/],
    [
      'a collection of the system',
      { kind: 'rename-collection', collection: 'system.users', to: 'x' },
      /no collection of yours/,
    ],
    ['a copy of itself', { kind: 'copy-field', collection: 'c', from: 'a', to: 'a' }, /the field itself/],
    ['a nested copy', { kind: 'copy-field', collection: 'c', from: 'a.b', to: 'c' }, /not at the top/],
  ])('%s is refused', (_name, reversal, message) => {
    expect(
      checkReversal(reversal)
        .map((problem) => problem.message)
        .join(),
    ).toMatch(message);
  });
});

function unset(field: string): Reversal {
  return { kind: 'unset-fields', collection: 'c', fields: [field] };
}
function set(field: string, value: unknown): Reversal {
  return { kind: 'set-field', collection: 'c', field, value };
}
function map(...pairs: [string, string][]): Reversal {
  return { kind: 'map-values', collection: 'c', field: 's', map: pairs };
}
