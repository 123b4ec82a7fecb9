import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeError, redactMessage } from '../../../src/monitor/model/redact-message.ts';

describe('error messages', () => {
  test.each([
    [
      'E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "jane@example.com" }',
      'E11000 duplicate key error collection: shop.users index: email_1 dup key: {…}',
    ],
    [
      'Cast to ObjectId failed for value "abc" (type string) at path "_id"',
      'Cast to ObjectId failed for value "…" (type string) at path "…"',
    ],
    ['connect ECONNREFUSED 127.0.0.1:27017', 'connect ECONNREFUSED 127.0.0.1:27017'],
    [
      'failed: mongodb://root:hunter2@db.example.com/shop?authSource=admin',
      'failed: mongodb://***@db.example.com/shop',
    ],
    ['GET https://api.example.com/v1/x?key=abc failed', 'GET https://api.example.com/v1/x failed'],
    ['email jane.doe+x@example.co.uk is taken', 'email …@… is taken'],
    ['sent Authorization: Bearer abc.def.ghi', 'sent Authorization: … …'],
    ['password=hunter2 is wrong', 'password=… is wrong'],
    ['card 4111111111111111 declined', 'card … declined'],
    ['order 5f1d7f3b9c1e4a0017c0ffee not found', 'order … not found'],
    ['got [1, 2, "x"] and `code`', 'got […] and `…`'],
    ["it can't be", "it can't be"],
    ["unknown value 'Jane'", "unknown value '…'"],
    ['several\n  lines', 'several lines'],
  ])('%j is shown as %j', (message, shown) => {
    expect(redactMessage(message)).toBe(shown);
  });

  test('that are cut in the middle of a value do not show the rest of it', () => {
    expect(redactMessage(`dup key: { name: "${'Jane Doe '.repeat(500)}" }`)).toBe('dup key: {…}');
    expect(redactMessage(`value "${'Jane Doe '.repeat(500)}"`)).toBe('value "…"');
  });

  test('stay short, whatever they hold, and do not take long', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 5_000 }), (text) => {
        expect(redactMessage(text).length).toBeLessThanOrEqual(300);
      }),
    );
    for (const bad of ['"', "'", '{', '[', '`', '\\', 'a@', 'a://', 'password=', '1-', '"\\']) {
      expect(redactMessage(bad.repeat(100_000)).length).toBeLessThanOrEqual(300);
    }
  });

  test('never show what stood in braces or quotes', () => {
    const secret = fc.stringMatching(/^[a-z]{8,20}$/);
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('{ v: S }', '"S"', "'S'", '`S`', '[S]', '{ a: { b: "S" } }'),
        (value, form) => {
          expect(redactMessage(`failed with ${form.replace('S', value)} here`)).not.toContain(value);
        },
      ),
    );
  });
});

describe('thrown things', () => {
  test.each([
    [
      Object.assign(new TypeError('x'), { code: 'ERR_X' }),
      { name: 'TypeError', code: 'ERR_X', message: 'x' },
    ],
    [Object.assign(new Error('x'), { code: 11000 }), { name: 'Error', code: 11000, message: 'x' }],
    [Object.assign(new Error('x'), { code: 'a b {secret}' }), { name: 'Error', code: null, message: 'x' }],
    [Object.assign(new Error('x'), { name: 'Jane Doe <x>' }), { name: 'Error', code: null, message: 'x' }],
    ['text', { name: 'Error', code: null, message: 'text' }],
    [undefined, { name: 'Error', code: null, message: 'undefined' }],
    [null, { name: 'Error', code: null, message: 'null' }],
    [{ message: 'plain' }, { name: 'Error', code: null, message: 'plain' }],
  ])('%o', (thrown, described) => {
    expect(describeError(thrown)).toEqual(described);
  });
});

test('a thrown value that cannot become text is described by its kind', () => {
  expect(describeError({ toString: 1 }).message).toBe('a thrown object');
});
