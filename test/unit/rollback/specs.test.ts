import { Binary } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { BsonType, type RawValue, rawOf, writeElements } from '../../../src/rollback/bson/raw.ts';
import { renameSpec } from '../../../src/rollback/specs/rename-spec.ts';
import { mentions, rulesFor, withoutRules } from '../../../src/rollback/specs/validator-rules.ts';
import { validatorSpec } from '../../../src/rollback/specs/validator-spec.ts';

const toMap = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(toMap)
    : value !== null && typeof value === 'object'
      ? new Map(Object.entries(value).map(([key, inner]) => [key, toMap(inner)]))
      : value;
const rules = (validator: object) => toMap(validator) as Map<string, unknown>;

describe('the rules of a field that go', () => {
  const nested = {
    properties: { dates: { properties: { start: { bsonType: 'date' } }, required: ['start'] } },
  };
  test.each<[string, object, string, unknown[], object]>([
    [
      'an operator at the top, on the field and below it',
      { role: { $in: ['a'] }, 'role.x': { $gt: 1 }, roles: 1 },
      'role',
      [{ $in: ['a'] }, { $gt: 1 }],
      { roles: 1 },
    ],
    [
      'a list of conditions, whole or in part',
      { $and: [{ role: { $ne: '' } }, { role: { $gt: 'a' }, x: 1 }, 'no condition'] },
      'role',
      [{ $ne: '' }, { $gt: 'a' }],
      { $and: [{ x: 1 }, 'no condition'] },
    ],
    ['all conditions of a list', { $and: [{ role: 1 }], x: 1 }, 'role', [1], { x: 1 }],
    [
      'below another field',
      { $jsonSchema: nested },
      'dates.start',
      ['is required', { bsonType: 'date' }],
      { $jsonSchema: { properties: { dates: {} } } },
    ],
    [
      'within allOf',
      {
        $jsonSchema: { allOf: [{ required: ['role', 'a'] }, { properties: { role: { enum: [1] } } }, true] },
      },
      'role',
      ['is required', { enum: [1] }],
      { $jsonSchema: { allOf: [{ required: ['a'] }, {}, true] } },
    ],
    [
      'where it is only required',
      { $jsonSchema: { required: ['role'], properties: { a: {} } } },
      'role',
      ['is required'],
      { $jsonSchema: { properties: { a: {} } } },
    ],
    [
      'none of a field that is not there',
      { $jsonSchema: { ...nested, required: ['a'] } },
      'other.start',
      [],
      { $jsonSchema: { ...nested, required: ['a'] } },
    ],
    [
      'none of a field of which nothing is said but its type',
      { $jsonSchema: { properties: { dates: 'no schema' } } },
      'dates.start',
      [],
      { $jsonSchema: { properties: { dates: 'no schema' } } },
    ],
    [
      'a schema and a list that are none',
      { $jsonSchema: 1, $and: 2 },
      'role',
      [],
      { $jsonSchema: 1, $and: 2 },
    ],
    [
      'allOf that is no list',
      { $jsonSchema: { allOf: 1, properties: { a: {} } } },
      'role',
      [],
      { $jsonSchema: { allOf: 1, properties: { a: {} } } },
    ],
  ])('%s', (_name, validator, field, gone, kept) => {
    expect(new Set(rulesFor(rules(validator), field))).toEqual(new Set(gone.map(toMap)));
    const left = withoutRules(rules(validator), [field]);
    expect(left).toEqual(toMap(kept));
    expect(mentions(left, field)).toBe(false);
  });
});

describe('a validator', () => {
  const state = (validator: object | undefined, more: Record<string, string> = {}): RawValue => ({
    type: BsonType.document,
    bytes: writeElements([
      ...(validator ? ([['validator', rawOf(rules(validator))]] as const) : []),
      ...Object.entries(more).map(([name, value]) => [name, rawOf(value)] as const),
    ]),
  });
  const { loss, same, show, target } = validatorSpec('users', ['role', 'a.b']);

  test.each<[string, RawValue | undefined, object]>([
    ['is not there', undefined, { nothing: 'users has no validator' }],
    [
      'is not there, but its level',
      state(undefined, { validationLevel: 'off' }),
      { nothing: 'users has no validator' },
    ],
    ['has no such rule', state({ x: 1 }), { nothing: 'the validator of users has no rule for role, a.b' }],
    [
      'speaks of it where it cannot be taken out',
      state({ role: 1, $or: [{ role: 'a' }, { x: 1 }], $expr: { $eq: ['$a.b.c', 1] } }),
      { blocked: expect.stringContaining('speaks of role, a.b in a place that cannot be taken out alone') },
    ],
  ])('%s', (_name, current, expected) => expect(target(current)).toEqual(expected));

  test('changes alone; level and action stay', () => {
    const before = state({ role: 1, x: 2 }, { validationLevel: 'moderate', validationAction: 'warn' });
    const found = target(before);
    if (!('change' in found)) throw new Error('no change');
    const after = state({ x: 2 }, { validationLevel: 'moderate', validationAction: 'warn' });
    expect(same(found.change.after, after)).toBe(true);
    expect(same(found.change.after, before)).toBe(false);
    expect(loss?.(before)).toBe('the rule that goes: role 1');
  });

  test('none, an empty one and the defaults written out are the same', () => {
    const written = state({}, { validationLevel: 'strict', validationAction: 'error' });
    expect(same(undefined, written)).toBe(true);
    expect(same(state({}), written)).toBe(true);
    expect(same(state({}, { validationAction: 'warn' }), written)).toBe(false);
    expect(same(state({ x: 1 }), written)).toBe(false);
  });

  test('is shown, and so is none', () => {
    expect(show(state({ role: { $in: ['a'] } }))).toBe('{"role":{"$in":["a"]}}');
    expect(show(undefined)).toBe('no validator');
    expect(show(state(undefined, { validationLevel: 'off' }))).toBe('no validator');
    expect(loss?.(undefined)).toBe('');
  });
});

describe('a collection’s name', () => {
  const { act, show, target } = renameSpec('old', 'new');
  const uuid = rawOf(new Binary(Buffer.alloc(16, 7), 4));
  const names = (...found: string[]): RawValue => ({
    type: BsonType.document,
    bytes: writeElements(found.map((name) => [name, uuid])),
  });
  test.each<[string, RawValue | undefined, object]>([
    ['of one that is not there', names(), { nothing: 'the collection old does not exist' }],
    ['of one that was renamed already', names('new'), { nothing: 'the collection old does not exist' }],
    [
      'that another one has',
      names('old', 'new'),
      { blocked: 'old cannot be renamed to new, because new exists already' },
    ],
    ['that is free', names('old'), { change: { before: names('old'), after: names('new') } }],
  ])('%s', (_name, current, expected) => expect(target(current)).toEqual(expected));

  test('is shown with what stands under both', () => {
    expect(show(names('old', 'new'))).toBe('old and new');
    expect(show(names())).toBe('no collection');
    expect(show(undefined)).toBe('no collection');
  });

  test('is not changed to none', async () => {
    await expect(act({} as never, { from: names('old'), to: names() })).rejects.toThrow(
      'no name to rename to',
    );
  });
});
