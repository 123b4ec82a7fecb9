import { type Document, MongoClient, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { examineMongodb } from '../../../src/cli/doctor/mongodb.ts';
import { freshDatabaseName } from '../../support/mongo.ts';

/**
 * What doctor makes of the answers to `connectionStatus` and of refused reads. Everything goes to the real server
 * but the commands that a case answers itself: the engine at hand may have no users.
 */
let client: MongoClient;
const database = freshDatabaseName('shop');
const state = freshDatabaseName('guard');
beforeAll(async () => {
  client = new MongoClient(inject('mongoUri'));
  await client.db(database).collection('orders').insertOne({ a: 1 });
});
afterAll(async () => {
  await client.db(database).dropDatabase();
  await client.close();
});

type Answers = Record<string, (command: Document) => Document>;

/** The client, with some commands answered in its place; also those that the driver's helpers send. */
function answering(answers: Answers): MongoClient {
  const through = (target: object, overlay: Record<PropertyKey, unknown>) =>
    new Proxy(target, {
      get(real, key) {
        if (key in overlay) return overlay[key];
        const value = Reflect.get(real, key, real);
        return typeof value === 'function' ? value.bind(real) : value;
      },
    });
  const answer = (name: string, command: Document) => {
    const own = answers[name];
    return own === undefined ? undefined : async () => own(command);
  };
  const db = (name: string) => {
    const real = client.db(name);
    return through(real, {
      command: (command: Document) =>
        (answer(Object.keys(command)[0] ?? '', command) ?? (() => real.command(command)))(),
      listCollections: (...args: Parameters<typeof real.listCollections>) => {
        const own = answer('listCollections', {});
        return own ? { toArray: own } : real.listCollections(...args);
      },
      collection: (of: string) => {
        const collection = real.collection(of);
        const own = answer('find', { db: name });
        return own ? through(collection, { findOne: own }) : collection;
      },
    });
  };
  return through(client, { db }) as MongoClient;
}

const refuse = (code: number, codeName: string) => () => {
  throw new MongoServerError({ message: `not authorized on ${database} to execute command`, code, codeName });
};
const examine = async (answers: Answers, keepsState = true) => {
  const found = await examineMongodb(answering(answers), {
    database,
    state,
    keepsState,
    redact: (text) => text,
  });
  return { found, of: (id: string) => found.find((finding) => finding.id === `mongodb/${id}`) };
};
const user = (privileges: Document[]): Answers => ({
  connectionStatus: (command) => {
    expect(command).toMatchObject({ showPrivileges: true });
    return {
      authInfo: {
        authenticatedUsers: [{ user: 'guard', db: 'admin' }],
        authenticatedUserPrivileges: privileges,
      },
    };
  },
});
const READ = ['find', 'listCollections', 'listIndexes', 'collStats', 'dbStats'];

describe('a server that says what the user may do', () => {
  test('a user who may only read can verify, and doctor names the grants that a plan needs', async () => {
    const { of } = await examine(user([{ resource: { db: database, collection: '' }, actions: READ }]));
    expect(of('verify')).toMatchObject({ status: 'ok' });
    expect(of('apply')).toMatchObject({
      status: 'warning',
      todo: expect.stringContaining(
        `db.getSiblingDB("admin").grantRolesToUser("guard", [{ role: "readWrite", db: "${database}" }, { role: "dbAdmin", db: "${database}" }])`,
      ),
    });
    expect(of('state')).toMatchObject({ status: 'failed', found: expect.stringContaining('insert') });
  });

  test('without state in MongoDB nothing is asked of it', async () => {
    const { of } = await examine(
      user([{ resource: { db: database, collection: '' }, actions: READ }]),
      false,
    );
    expect(of('state')).toBeUndefined();
  });

  test('a user without privileges fails', async () => {
    const { of } = await examine(user([]));
    expect(of('verify')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('find, listCollections'),
    });
  });

  test('a connection without a login to a server with access control is a failure', async () => {
    const { of } = await examine({
      connectionStatus: () => ({ authInfo: { authenticatedUsers: [], authenticatedUserPrivileges: [] } }),
      listCollections: refuse(13, 'Unauthorized'),
    });
    expect(of('access')).toMatchObject({ status: 'failed', todo: expect.stringContaining('MONGODB_URI') });
  });
});

describe('what the server is', () => {
  test.each([
    [{ msg: 'isdbgrid' }, 'sharded cluster'],
    [{ setName: 'rs0', isWritablePrimary: true }, 'replica set rs0'],
    [{ isWritablePrimary: true }, 'standalone server (no transactions; rollback works without them)'],
  ])('%j', async (hello, words) => {
    const { found } = await examine({ hello: () => hello });
    expect(found[0]).toMatchObject({ status: 'ok', found: expect.stringContaining(`; ${words}; `) });
  });
});

describe('a server that says less than it might', () => {
  test.each<[string, Document]>([
    ['nothing of users', {}],
    ['nothing of this one', { authInfo: {} }],
  ])('%s counts as no access control', async (_name, answer) => {
    const { of } = await examine({ connectionStatus: () => answer });
    expect(of('access')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('no access control'),
    });
  });

  test('a user without a word of privileges has none', async () => {
    const authInfo = { authenticatedUsers: [{ user: 'guard', db: 'admin' }] };
    const { of } = await examine({ connectionStatus: () => ({ authInfo }) });
    expect([of('verify')?.status, of('state')?.status]).toEqual(['failed', 'failed']);
  });
});

describe('a server that does not know connectionStatus', () => {
  const unknown: Answers = { connectionStatus: refuse(59, 'CommandNotFound') };
  test('reads are tried for real, writes are left open', async () => {
    const { of } = await examine(unknown);
    expect(of('verify')).toMatchObject({ status: 'ok', found: expect.stringContaining('(tried)') });
    expect(of('plan')).toMatchObject({ status: 'ok' });
    expect(of('apply')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('writing was not tried'),
    });
  });

  test('an empty database has no indexes to try, and is no refusal', async () => {
    const { of } = await examine({ ...unknown, listCollections: () => [] });
    expect(of('diagnostics')).toMatchObject({ status: 'ok' });
  });

  test.each<[string, () => Document, string]>([
    [
      'a refusal without its name',
      () => {
        throw new MongoServerError({ message: 'no', code: 13 });
      },
      'find (not authorized (13))',
    ],
    ['another failure', refuse(50, 'MaxTimeMSExpired'), 'find (not authorized on'],
  ])('%s is told', async (_name, find, words) => {
    const { of } = await examine({ ...unknown, find });
    expect(of('verify')).toMatchObject({ status: 'failed', found: expect.stringContaining(words) });
  });

  test('a refused read is reported with the grant that it needs', async () => {
    const { of } = await examine({ ...unknown, find: refuse(13, 'Unauthorized') });
    expect(of('verify')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('find (not authorized (Unauthorized))'),
      todo: expect.stringContaining('role: "read"'),
    });
  });
});

test('a login that the server refuses', async () => {
  const { found } = await examine({ ping: refuse(18, 'AuthenticationFailed') });
  expect(found).toEqual([
    expect.objectContaining({
      id: 'mongodb',
      status: 'failed',
      todo: expect.stringContaining('authSource=admin'),
    }),
  ]);
});
