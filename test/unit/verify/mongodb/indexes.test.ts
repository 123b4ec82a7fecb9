import type { Document } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { compareIndexes, keyText, readIndexes } from '../../../../src/verify/mongodb/indexes.ts';
import { ago, ask, healthy, NOW, server } from './builders.ts';

/** What a server leaves out, or says otherwise than mongod, is not read as zero. */

const refuse =
  (code: number, message = 'no', codeName?: string) =>
  () => {
    throw Object.assign(new Error(message), { code, ...(codeName === undefined ? {} : { codeName }) });
  };

describe('indexes', () => {
  const found = readIndexes(
    [
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { customer_id: 1, at: -1 }, name: 'customer' },
      { v: 2, key: { email: 1 }, name: 'email_1', unique: true },
      { v: 2, key: { _fts: 'text', _ftsx: 1 }, name: 'words', weights: { title: 1 } },
      { spec: { v: 2, key: { late: 1 }, name: 'late_1' }, indexBuildInfo: { buildUUID: 'x' } },
    ],
    [
      { name: 'customer', accesses: { ops: 0n, since: ago(30 * 86_400) } },
      { name: 'email_1', accesses: { ops: 5, since: ago(30 * 86_400) } },
      { name: 'words', accesses: { ops: 0, since: ago(60) } },
    ],
  );
  const compare = (...expected: Parameters<typeof compareIndexes>[1] & object) =>
    compareIndexes('orders', expected, found, NOW);

  test('expected ones are found by fields, order and uniqueness', () => {
    expect(compare({ key: { customer_id: 1, at: -1 } }, { key: { email: 1 }, unique: true }).missing).toEqual(
      [],
    );
    expect(compare({ key: { at: -1, customer_id: 1 } }).missing).toEqual(['orders {at: -1, customer_id: 1}']);
    expect(compare({ key: { email: 1 }, unique: false }).missing).toEqual([
      'orders {email: 1} (there, but unique)',
    ]);
    expect(compare({ key: { email: 1 }, name: 'mail' }).missing).toEqual([
      'orders {email: 1} (there, but called email_1)',
    ]);
    expect(compare({ key: { title: 'text' } }).missing).toEqual([]);
  });

  test('one that is still being built is not there yet', () => {
    const findings = compare({ key: { late: 1 } });
    expect(findings.missing).toEqual(['orders {late: 1} (still being built)']);
    expect(findings.building).toEqual(['orders {late: 1}']);
  });

  test('unexpected and unused ones; those that had no time to be used are not told', () => {
    const findings = compare({ key: { email: 1 } });
    expect(findings.unexpected).toEqual([
      'orders {customer_id: 1, at: -1}',
      'orders {title: text}',
      'orders {late: 1}',
    ]);
    expect(findings.unused).toEqual(['orders {customer_id: 1, at: -1}']);
    expect(compareIndexes('orders', undefined, found, NOW).unexpected).toEqual([]);
  });

  test('numbers of any BSON type are the same direction', () => {
    expect(keyText({ a: 1, b: -1.0, c: '2dsphere' })).toBe('{a: 1, b: -1, c: 2dsphere}');
  });
});

describe('indexes', () => {
  test('of a collection that does not exist are missing, whichever option the server knows', async () => {
    const missing = async (listIndexes: (command: Document) => Document) =>
      (await ask(server({ ...healthy, listIndexes }))).values.get('mongodb_missing_indexes');
    const expected = { value: 1, unit: '', detail: 'orders {n: 1}' };
    expect(await missing(refuse(26, 'ns does not exist', 'NamespaceNotFound'))).toEqual(expected);
    expect(
      await missing(({ includeIndexBuildInfo }) =>
        includeIndexBuildInfo ? refuse(40_415, 'unknown field')() : refuse(26, 'ns does not exist')(),
      ),
    ).toEqual(expected);
  });

  test('many of them are counted, five are named', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => ({ key: { [name]: 1 } }));
    const { values } = await ask(server(healthy), { indexes: new Map([['orders', keys]]) });
    expect(values.get('mongodb_missing_indexes')).toEqual({
      value: 7,
      unit: '',
      detail: 'orders {a: 1}, orders {b: 1}, orders {c: 1}, orders {d: 1}, orders {e: 1} and 2 more',
    });
  });

  const found = readIndexes(
    [
      { key: { email: 1 }, name: 'email_1' },
      { key: { kind: 1, _fts: 'text', _ftsx: 1 }, name: 'words', weights: { title: 1 } },
    ],
    [{ name: 'email_1' }],
  );

  test('one that is not unique does not do where a unique one is expected', () => {
    const { missing } = compareIndexes('users', [{ key: { email: 1 }, unique: true }], found, NOW);
    expect(missing).toEqual(['users {email: 1} (there, but not unique)']);
  });

  test('a text index keeps the fields before its words, in order', () => {
    const { missing } = compareIndexes(
      'users',
      [{ key: { kind: 1, title: 'text' } }, { key: { title: 'text', kind: 1 } }],
      found,
      NOW,
    );
    expect(missing).toEqual(['users {title: text, kind: 1}']);
  });

  test('one whose use is not told is not called unused', () => {
    expect(compareIndexes('users', undefined, found, NOW).unused).toEqual([]);
  });
});
