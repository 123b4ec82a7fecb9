import { MongoServerError } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { rawOf } from '../../../src/rollback/bson/raw.ts';
import { confirmationPhrase, effectiveOperation } from '../../../src/rollback/commands/guardrails.ts';
import { chunks } from '../../../src/rollback/mongo/chunks.ts';
import { lagOfMajority, lagOfMembers } from '../../../src/rollback/mongo/lag.ts';
import { isPassing } from '../../../src/rollback/mongo/retry.ts';
import { WriteConcernFailed } from '../../../src/rollback/mongo/run-write.ts';
import { canonicalJson } from '../../../src/rollback/plan/canonical.ts';
import { describeSums } from '../../../src/rollback/plan/impact.ts';
import { showValue } from '../../../src/rollback/plan/mask.ts';
import { nextBatchSize } from '../../../src/rollback/run/throttle.ts';
import { mentions, withoutRules } from '../../../src/rollback/specs/validator-rules.ts';
import { BUILT_IN_STEPS } from '../../../src/rollback/steps/catalogue.ts';
import { selectionEntries, selectSteps } from '../../../src/rollback/steps/select.ts';

describe('which STEPs', () => {
  const chosen = (text: string) => {
    const found = selectSteps(text, BUILT_IN_STEPS);
    return 'steps' in found
      ? found.steps.map(({ step }) => step)
      : found.problems.map(({ message, hint }) => `${message} | ${hint}`);
  };
  test.each([
    ['19', ['19']],
    ['19,21', ['21', '19']],
    ['19-22', ['22', '21', '20', '19']],
    ['19\n30, 19', ['30', '19']],
    ['indexes, order-status', ['30', '22']],
    ['28 - 30', ['30', '29', '28']],
  ])('%j', (text, expected) => expect(chosen(text)).toEqual(expected));

  test.each([
    ['18', /STEP '18' is not known \| Known are 19, 20/],
    ['22-19', /runs backwards \| Write `19-22`/],
    ['29-31', /STEP 31 of '29-31' is not known/],
    ['indexs', /Did you mean `indexes`/],
    [',', /names no STEP/],
    ['19-99999999', /is not known/],
  ])('%j is refused', (text, message) => expect(chosen(text).join()).toMatch(message));

  test('of an operation, by number or name, whatever the catalogue', () => {
    expect(selectionEntries('19-21, ours')).toEqual({ entries: ['19', '20', '21', 'ours'] });
    expect(selectionEntries('22-19, 20, 9-8')).toEqual({
      problems: [{ message: "'22-19' runs backwards" }, { message: "'9-8' runs backwards" }],
    });
  });
});

test('the size of the next batch follows the time that the last took', () => {
  const next = (current: number, ms: number, documents = current) =>
    nextBatchSize({ current, ms, documents, targetMs: 500, most: 1_000 });
  expect(next(500, 500)).toBe(500);
  expect(next(500, 100)).toBe(600);
  expect(next(500, 700)).toBe(357);
  expect(next(500, 60_000)).toBe(250);
  expect(next(1_000, 1)).toBe(1_000);
  expect(next(20, 60_000)).toBe(20);
});

describe('replication lag', () => {
  const at = (seconds: number) => new Date(seconds * 1_000);
  const primary = { stateStr: 'PRIMARY', optimeDate: at(10) };
  test.each([
    [
      'the slowest counts',
      [primary, { stateStr: 'SECONDARY', optimeDate: at(9) }, { stateStr: 'SECONDARY', optimeDate: at(4) }],
      { kind: 'known', ms: 6_000 },
    ],
    ['an arbiter does not', [primary, { stateStr: 'ARBITER' }], { kind: 'known', ms: 0 }],
    [
      'a member that is away is unknown, not zero',
      [primary, { stateStr: '(not reachable/healthy)', health: 0 }],
      { kind: 'unknown', why: 'a member is (not reachable/healthy)' },
    ],
    [
      'so is one that says nothing of itself',
      [primary, { health: 0 }],
      { kind: 'unknown', why: 'a member is not reachable' },
    ],
    ['no list of members', undefined, { kind: 'unknown', why: 'there is no primary' }],
    [
      'no primary',
      [{ stateStr: 'SECONDARY', optimeDate: at(1) }],
      { kind: 'unknown', why: 'there is no primary' },
    ],
  ])('%s', (_name, members, expected) => expect(lagOfMembers({ members })).toEqual(expected));

  test('by what a majority has, for a user who may not see the members', () => {
    expect(lagOfMajority({ lastWrite: { lastWriteDate: at(10), majorityWriteDate: at(8) } })).toEqual({
      kind: 'known',
      ms: 2_000,
    });
    expect(lagOfMajority({})).toMatchObject({ kind: 'unknown' });
  });
});

describe('guardrails', () => {
  test.each([
    ['apply', 'plan'],
    ['restore', 'status'],
    ['resume', 'status'],
    ['unlock', 'status'],
    ['purge', 'status'],
    ['plan', 'plan'],
    ['history', 'history'],
  ] as const)('under a dry run %s becomes %s', (operation, instead) => {
    expect(effectiveOperation(operation, true).operation).toBe(instead);
    expect(effectiveOperation(operation, false).operation).toBe(operation);
  });

  test('the phrase names STEPs and environment, and only risky ones have it', () => {
    expect(confirmationPhrase([{ step: '19', risk: 'medium' }], 'production')).toBeUndefined();
    expect(
      confirmationPhrase(
        [
          { step: '24', risk: 'critical' },
          { step: '19', risk: 'medium' },
        ],
        'production',
      ),
    ).toBe('roll back 24 19 in production');
  });
});

describe('a validator without some rules', () => {
  const toMap = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(toMap)
      : value !== null && typeof value === 'object'
        ? new Map(Object.entries(value).map(([key, inner]) => [key, toMap(inner)]))
        : value;
  const toObject = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(toObject)
      : value instanceof Map
        ? Object.fromEntries([...value].map(([key, inner]) => [key, toObject(inner)]))
        : value;
  const without = (validator: object, ...fields: string[]) =>
    toObject(withoutRules(toMap(validator) as Map<string, unknown>, fields));
  test.each([
    [
      'of a schema',
      { $jsonSchema: { required: ['a', 'role'], properties: { a: {}, role: {} } } },
      ['role'],
      { $jsonSchema: { required: ['a'], properties: { a: {} } } },
    ],
    [
      'the last required one',
      { $jsonSchema: { required: ['role'], properties: { role: {}, a: {} } } },
      ['role'],
      { $jsonSchema: { properties: { a: {} } } },
    ],
    [
      'nothing is left',
      { $jsonSchema: { bsonType: 'object', required: ['role'], properties: { role: {} } } },
      ['role'],
      {},
    ],
    [
      'a nested one',
      { $jsonSchema: { properties: { dates: { properties: { start: {}, end: {} }, required: ['start'] } } } },
      ['dates.start'],
      { $jsonSchema: { properties: { dates: { properties: { end: {} } } } } },
    ],
    [
      'of operators',
      { role: { $in: ['a'] }, email: { $exists: true } },
      ['role'],
      { email: { $exists: true } },
    ],
    ['within $and', { $and: [{ role: { $in: ['a'] } }, { x: 1 }] }, ['role'], { $and: [{ x: 1 }] }],
    [
      'other rules stay',
      { $jsonSchema: { properties: { roles: {} }, additionalProperties: false } },
      ['role'],
      { $jsonSchema: { properties: { roles: {} }, additionalProperties: false } },
    ],
  ])('%s', (_name, validator, fields, expected) => expect(without(validator, ...fields)).toEqual(expected));

  test('a rule that cannot be taken out alone is noticed', () => {
    const left = withoutRules(toMap({ $or: [{ role: 'a' }, { x: 1 }] }) as Map<string, unknown>, ['role']);
    expect(mentions(left, 'role')).toBe(true);
    expect(mentions(toMap({ $expr: { $eq: ['$role', 1] } }), 'role')).toBe(true);
    expect(mentions(toMap({ roles: 1 }), 'role')).toBe(false);
  });
});

test('sensitive values are masked, wherever they stand in a sample', () => {
  expect(showValue('Email', rawOf('a@b.c'), ['email'])).toBe('***');
  expect(showValue('user', rawOf({ email: 'a@b.c', n: [{ token: 'x', y: 1 }] }), ['email', 'token'])).toBe(
    '{"email":"***","n":[{"token":"***","y":1}]}',
  );
  expect(showValue('a', undefined, [])).toBe('(missing)');
  expect(showValue('a', rawOf(null), [])).toBe('null');
  expect(showValue('a', rawOf('x'.repeat(500)), [])).toHaveLength(100);
});

test('sums are told by currency, and by year where there is enough of one', () => {
  const group = {
    total: '600000',
    count: 1_200,
    first: new Date('2025-01-01'),
    last: new Date('2026-01-01'),
  };
  expect(
    describeSums([
      { _id: 'USD', ...group, total: 10, count: 2, first: null, last: null },
      { _id: 'INR', ...group },
    ]),
  ).toBe('INR 600,000.00 on 1,200 documents (about INR 600,411 a year); USD 10.00 on 2 documents');
  expect(describeSums([])).toBe('no money is concerned');
  expect(describeSums([{ _id: null, total: 5, count: 1, first: null, last: null }])).toBe(
    'without currency 5.00 on 1 documents',
  );
});

test('canonical JSON does not depend on the order of keys, but on types', () => {
  expect(canonicalJson({ b: 1, a: [{ d: 1, c: 2 }] })).toBe(canonicalJson({ a: [{ c: 2, d: 1 }], b: 1 }));
  expect(canonicalJson({ a: 1 })).not.toBe(canonicalJson({ a: '1' }));
});

test('lists are parted by bytes and count, nothing lost', () => {
  const parts = [...chunks([5, 5, 5, 50, 1], (size) => size, 2, 12)];
  expect(parts).toEqual([[5, 5], [5], [50], [1]]);
  expect([...chunks([], () => 1, 2)]).toEqual([]);
});

test('what passes by itself is told from what does not', () => {
  expect(isPassing(new WriteConcernFailed('x'))).toBe(true);
  expect(isPassing(Object.assign(new Error('x'), { code: 10107 }))).toBe(true);
  expect(isPassing(Object.assign(new Error('x'), { name: 'MongoNetworkError' }))).toBe(true);
  expect(isPassing(Object.assign(new Error('x'), { code: 13 }))).toBe(false);
  expect(isPassing('x')).toBe(false);
  const labelled = (label: string) => {
    const error = new MongoServerError({ message: 'x', code: 1 });
    error.addErrorLabel(label);
    return error;
  };
  expect(isPassing(labelled('RetryableWriteError'))).toBe(true);
  expect(isPassing(labelled('TransientTransactionError'))).toBe(true);
  expect(isPassing(labelled('NonResumableChangeStreamError'))).toBe(false);
});
