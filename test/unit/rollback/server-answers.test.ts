import { BSON, type Db, type Document, type MongoClient, MongoNetworkError } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { type RawElement, rawOf } from '../../../src/rollback/bson/raw.ts';
import { collectionFacts } from '../../../src/rollback/mongo/collections.ts';
import { replicationLag } from '../../../src/rollback/mongo/lag.ts';
import { runWrite, sendWrite, WriteConcernFailed } from '../../../src/rollback/mongo/run-write.ts';
import { lookUp } from '../../../src/rollback/mongo/scan.ts';
import { hasTransactions, type ServerFacts, serverFacts } from '../../../src/rollback/mongo/server.ts';
import { isIndexed, mapsTwice, referencesLeft } from '../../../src/rollback/plan/references.ts';
import { copyByReference } from '../../../src/rollback/reversals/copy-by-reference.ts';
import type { Lookup } from '../../../src/rollback/reversals/unit.ts';
import { indexSpec } from '../../../src/rollback/specs/index-spec.ts';

/** Answers that the engine of these tests does not give: of routers, of old servers, of refusals. */
const failure = (code: number) => Object.assign(new Error(`code ${code}`), { code });
const commands = (answer: (command: Document) => Document | Error): Db => {
  const command = async (given: Document) => {
    const found = answer(given);
    if (found instanceof Error) throw found;
    return found;
  };
  return { command, admin: () => ({ command }) } as unknown as Db;
};
const collections = (methods: object): Db => ({ collection: () => methods }) as unknown as Db;
const facts = (more: Partial<ServerFacts>): ServerFacts => ({
  maxWriteBatch: 1_000,
  replicaSet: undefined,
  sharded: false,
  serverNow: () => 0,
  ...more,
});

describe('what a server says of itself', () => {
  const clock = { now: () => 5_000, monotonic: () => 0 };
  test.each<[string, Document, object]>([
    [
      'a member of a replica set',
      { localTime: new Date(7_000), maxWriteBatchSize: 100_000, setName: 'rs0' },
      { maxWriteBatch: 100_000, replicaSet: 'rs0', sharded: false, now: 7_000 },
    ],
    [
      'a router',
      { localTime: new Date(7_000), maxWriteBatchSize: 100_000, msg: 'isdbgrid' },
      { maxWriteBatch: 100_000, replicaSet: undefined, sharded: true, now: 7_000 },
    ],
    [
      'one that says little: our clock, and batches that every server takes',
      {},
      { maxWriteBatch: 1_000, replicaSet: undefined, sharded: false, now: 5_000 },
    ],
  ])('%s', async (_name, hello, expected) => {
    const { serverNow, ...rest } = await serverFacts(
      commands(() => hello),
      clock,
    );
    expect({ ...rest, now: serverNow() }).toEqual(expected);
  });

  test('the lag behind a router is unknown, of a single server there is none', async () => {
    const db = commands(() => failure(13));
    expect(await replicationLag(db, facts({ sharded: true }))).toMatchObject({ kind: 'unknown' });
    expect(await replicationLag(db, facts({}))).toEqual({ kind: 'none' });
  });
});

describe('transactions', () => {
  const probe = async (known: Partial<ServerFacts>, answer: () => Promise<unknown>) => {
    const calls: string[] = [];
    const session = {
      startTransaction: () => calls.push('start'),
      abortTransaction: async () => calls.push('abort'),
      endSession: async () => calls.push('end'),
    };
    const client = { startSession: () => session } as unknown as MongoClient;
    const found = await hasTransactions(client, collections({ findOne: answer }), facts(known));
    return { found, calls };
  };
  const works = async () => null;
  const fails = async () => {
    throw failure(20);
  };
  test.each<[string, Partial<ServerFacts>, () => Promise<unknown>, boolean, string[]]>([
    ['a single server is not asked', {}, works, false, []],
    ['of a replica set', { replicaSet: 'rs0' }, works, true, ['start', 'abort', 'end']],
    ['of a router', { sharded: true }, works, true, ['start', 'abort', 'end']],
    ['a server that has none', { replicaSet: 'rs0' }, fails, false, ['start', 'end']],
  ])('%s', async (_name, known, answer, expected, asked) => {
    const { found, calls } = await probe(known, answer);
    expect(found).toBe(expected);
    expect(calls).toEqual(asked);
  });
});

describe('a write', () => {
  test('that no majority acknowledged is told by what the server says of it, if only a number', async () => {
    const answering = (writeConcernError: Document) =>
      sendWrite(
        commands(() => ({ writeConcernError })),
        {},
      );
    await expect(answering({ code: 64, errmsg: 'timed out' })).rejects.toThrow('write concern: timed out');
    await expect(answering({ code: 64 })).rejects.toThrow('write concern: 64');
    await expect(answering({ code: 64 })).rejects.toThrow(WriteConcernFailed);
  });

  test('of which the server says no number has changed nothing', async () => {
    expect(
      await sendWrite(
        commands(() => ({ ok: 1 })),
        {},
      ),
    ).toEqual({ n: 0, nModified: 0, writeErrors: [] });
  });

  test('that was refused is an error with the server’s code, but for what is known', async () => {
    const errors = [11000, 14031].map((code, index) => ({ code, index, errmsg: `code ${code}` }));
    const answering = (writeErrors: Document[], known?: number) =>
      runWrite(
        commands(() => ({ ok: 1, writeErrors })),
        {},
        { refused: 'refused', ...(known === undefined ? {} : { known }) },
      );
    await expect(answering(errors, 11000)).rejects.toThrow(
      expect.objectContaining({ message: 'refused: code 14031', code: 14031 }),
    );
    await expect(answering(errors.slice(0, 1), 11000)).resolves.toMatchObject({ n: 0 });
    await expect(answering(errors.slice(0, 1))).rejects.toThrow('refused: code 11000');
  });
});

describe('whether an index makes a map cheap', () => {
  const index = (more: object) => ({ key: { id: 1 }, ...more });
  const asked = (indexes: object[] | Error, from = 'id') =>
    isIndexed(
      collections({
        listIndexes: () => ({
          toArray: async () => {
            if (indexes instanceof Error) throw indexes;
            return indexes;
          },
        }),
      }),
      { collection: 'map', from } as Lookup,
    );
  test.each<[string, object[], boolean]>([
    ['its own', [{}, index({})], true],
    ['as the first of several fields', [{ key: { id: 1, b: 1 } }], true],
    ['as the second', [{ key: { b: 1, id: 1 } }], false],
    ['of a part of the documents', [index({ partialFilterExpression: { a: 1 } })], false],
    ['hidden', [index({ hidden: true })], false],
    ['by a language', [index({ collation: { locale: 'de' } })], false],
    ['by the bytes', [index({ collation: { locale: 'simple' } })], true],
  ])('%s', async (_name, indexes, expected) => expect(await asked(indexes)).toBe(expected));

  test('_id always has one; a map that does not exist maps nothing; else the error counts', async () => {
    expect(await asked(failure(13), '_id')).toBe(true);
    expect(await asked(failure(26))).toBe(true);
    await expect(asked(failure(13))).rejects.toThrow('code 13');
  });
});

describe('whether references are left', () => {
  const [unit] = copyByReference({
    kind: 'copy-by-reference',
    references: [{ collection: 'orders', field: 'customer_id' }],
    map: { collection: 'customers', from: '_id', to: 'legacy_id' },
  });
  test('is not asked for documents that refer to nothing', async () => {
    const never = collections({
      find: () => {
        throw new Error('asked');
      },
    });
    const lookingUp = (fields: RawElement[]) => lookUp(never, unit as never, [{ id: rawOf(1), fields }]);
    expect((await lookingUp([['other', rawOf(1)]])).size).toBe(0);
    await expect(lookingUp([['customer_id', rawOf(1)]])).rejects.toThrow('asked');
  });

  const left = (error: Error) =>
    referencesLeft(
      collections({
        aggregate: () => ({
          toArray: async () => {
            throw error;
          },
        }),
      }),
      unit as NonNullable<typeof unit>,
    );
  test('is unknown where the server has no such command, so that the documents are read', async () => {
    expect(await left(failure(40324))).toBeUndefined();
  });
  test('is not unknown for a network that fails: that is tried again', async () => {
    await expect(left(new MongoNetworkError('cut'))).rejects.toThrow('cut');
  });
});

test.each([
  [{ locale: 'de' }, true],
  [{ locale: 'simple' }, false],
  [undefined, false],
])('a collection compares by a language: %j', async (collation, collated) => {
  const db = {
    databaseName: 'shop',
    client: { db: () => collections({ findOne: async () => null }) },
    listCollections: () => ({ toArray: async () => [{ type: 'collection', options: { collation } }] }),
  } as unknown as Db;
  expect(await collectionFacts(db, 'orders')).toMatchObject({ exists: true, collated });
});

describe('an index', () => {
  const { act, read } = indexSpec('orders', 'by_n');
  const drop = { from: undefined, to: undefined };
  test.each([26, 27])('that is gone already (%i) is what was wanted', async (code) => {
    await expect(
      act(
        commands(() => failure(code)),
        drop,
      ),
    ).resolves.toBeUndefined();
  });
  test('that may not be dropped, or read, is a failure', async () => {
    await expect(
      act(
        commands(() => failure(13)),
        drop,
      ),
    ).rejects.toThrow('code 13');
    const cursor = Object.assign(
      // biome-ignore lint/correctness/useYield: it fails before the first
      (async function* () {
        throw failure(13);
      })(),
      { close: async () => {} },
    );
    await expect(read({ runCursorCommand: () => cursor } as unknown as Db)).rejects.toThrow('code 13');
  });
});

describe('a map without an index that maps once more what it has mapped', () => {
  const twice = (pairs: Document[]) => {
    const queries: number[] = [];
    const found = (filter: Document) => {
      const wanted: string[] | undefined = filter.id?.$in;
      if (wanted !== undefined) queries.push(wanted.length);
      const among = wanted && new Set(wanted);
      return pairs
        .filter(({ id }) => among === undefined || among.has(id))
        .map((pair) => BSON.serialize(pair));
    };
    const db = collections({ listIndexes: () => ({ toArray: async () => [] }), find: found });
    return mapsTwice(db, { collection: 'map', from: 'id', to: 'old' } as Lookup).then((answer) => ({
      answer,
      queries,
    }));
  };
  const many = Array.from({ length: 5_003 }, (_, n) => ({ id: `n-${n}`, old: `o-${n}` }));

  test('is found out however far apart the two stand, a part of the map at a time', async () => {
    expect(await twice(many)).toEqual({ answer: false, queries: [5_000, 3] });
    expect((await twice([...many, { id: 'o-7', old: 'further' }])).answer).toBe(true);
    expect((await twice([{ id: 'o-5002', old: 'further' }, ...many])).answer).toBe(true);
  });

  test('is none where it keeps a value, or lacks one', async () => {
    const kept = [{ id: 'o-7', old: 'o-7' }, { id: 'o-8' }, { old: 'o-9' }];
    expect((await twice([...many, ...kept])).answer).toBe(false);
    expect((await twice([])).queries).toEqual([]);
  });
});
