// Import this file lazily: it loads the driver.
import type { Document, MongoClient } from 'mongodb';
import { openMongodb } from '../../mongo/client.ts';
import { BUILT_IN_STEPS } from '../../rollback/steps/catalogue.ts';
import { formatDuration } from '../../support/duration.ts';
import { messageOf } from '../../support/errors.ts';
import { howToGive } from '../arguments/inputs.ts';
import { about, type Finding } from './finding.ts';
import {
  collectionsOf,
  type Databases,
  grantCommand,
  missing,
  type Need,
  needsInWords,
  type Privilege,
  type Purpose,
  purposes,
} from './privileges.ts';

interface MongodbCheck extends Databases {
  readonly uri: string;
  /** State is kept in MongoDB. */
  readonly keepsState: boolean;
  readonly timeoutMs: number;
  redact(text: string): string;
}

const SUBJECT = 'MongoDB';
const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;

/** Connects and asks what the user may do. Writes nothing. */
export async function checkMongodb(check: MongodbCheck): Promise<Finding[]> {
  const client = openMongodb(check.uri, {
    serverSelectionTimeoutMS: check.timeoutMs,
    connectTimeoutMS: check.timeoutMs,
    socketTimeoutMS: check.timeoutMs,
  });
  try {
    return await examineMongodb(client, check);
  } finally {
    await client.close().catch(() => undefined);
  }
}

/** The same with a client of the caller's, which it closes. */
export async function examineMongodb(
  client: MongoClient,
  check: Omit<MongodbCheck, 'uri' | 'timeoutMs'>,
): Promise<Finding[]> {
  const reached = await reach(client, check);
  return reached.status === 'failed' ? [reached] : [reached, ...(await mayDo(client, check))];
}

type Check = Parameters<typeof examineMongodb>[1];

async function reach(client: MongoClient, check: Check): Promise<Finding> {
  const { ok, failed } = about('mongodb', SUBJECT);
  const begun = performance.now();
  try {
    // `hello` answers before a login; `ping` after it.
    const hello = await client.db('admin').command({ hello: 1 });
    await client.db('admin').command({ ping: 1 });
    const took = formatDuration(performance.now() - begun);
    return ok(`answers in ${took}; ${topology(hello)}; database ${check.database}`);
  } catch (error) {
    const text = check.redact(messageOf(error));
    const code = (error as { code?: unknown }).code;
    if (code === AUTHENTICATION_FAILED)
      return failed(
        `refused the login (${text})`,
        'Check user and password in the connection string (percent-encode special characters), and add `?authSource=admin` where the user is kept in admin.',
      );
    return failed(
      `could not be reached (${text})`,
      'Check host and port, whether the cluster runs, and whether its network access list has the address of this machine.',
    );
  }
}

function topology(hello: Document): string {
  if (hello.msg === 'isdbgrid') return 'sharded cluster';
  if (typeof hello.setName === 'string') return `replica set ${hello.setName}`;
  return 'standalone server (no transactions; rollback works without them)';
}

async function mayDo(client: MongoClient, check: Check): Promise<Finding[]> {
  const all = purposes(check);
  const wanted = [all.verify, all.diagnostics, all.plan, all.apply, ...(check.keepsState ? [all.state] : [])];
  let info: Document;
  try {
    const answer = await client.db('admin').command({ connectionStatus: 1, showPrivileges: true });
    info = answer.authInfo ?? {};
  } catch {
    // Some services that speak MongoDB's protocol do not know the command.
    return tryReads(client, check, wanted);
  }
  const users = (info.authenticatedUsers ?? []) as { user: string; db: string }[];
  if (users.length === 0) return withoutLogin(client, check);
  const privileges = (info.authenticatedUserPrivileges ?? []) as Privilege[];
  // A user without a single privilege could not have logged in to anything: the server does not list them.
  if (privileges.length === 0) return tryReads(client, check, wanted);
  return wanted.map((purpose) => judge(purpose, missing(purpose.needs, privileges), users[0]));
}

function judge(purpose: Purpose, lacks: readonly Need[], user?: { user: string; db: string }): Finding {
  const { ok, warning, failed } = about(`mongodb/${purpose.id}`, `${SUBJECT}: ${purpose.id}`);
  if (lacks.length === 0) return ok(purpose.words);
  const found = `the user may not: ${needsInWords(lacks)}`;
  const todo = `So that ${purpose.words}, grant: ${grantCommand(purpose, user)}`;
  // Without these two nothing works; the others are wanted by some runs only.
  return purpose.id === 'verify' || purpose.id === 'state' ? failed(found, todo) : warning(found, todo);
}

async function withoutLogin(client: MongoClient, check: Check): Promise<Finding[]> {
  const { warning, failed } = about('mongodb/access', `${SUBJECT}: access`);
  const refused = await refusal(() =>
    client.db(check.database).listCollections({}, { nameOnly: true }).toArray(),
  );
  return [
    refused === undefined
      ? warning(
          'the server has no access control: every client that reaches it may do everything',
          'Switch access control on (`security.authorization: enabled`), and create a user for this tool alone.',
        )
      : failed(
          `the connection string names no user, and the server wants one (${check.redact(refused)})`,
          `Write user and password into it; ${howToGive('mongodb-uri')}.`,
        ),
  ];
}

/** Reads that do no harm, where the server cannot say what a user may do. Writes cannot be tried so. */
async function tryReads(client: MongoClient, check: Check, wanted: readonly Purpose[]): Promise<Finding[]> {
  const db = client.db(check.database);
  const collections = collectionsOf(BUILT_IN_STEPS.flatMap((step) => step.reversals));
  const tries: Readonly<Record<string, () => Promise<unknown>>> = {
    listCollections: () => db.listCollections({}, { nameOnly: true }).toArray(),
    find: async () => {
      for (const name of collections) await db.collection(name).findOne({}, { projection: { _id: 1 } });
    },
    listIndexes: async () => {
      const [first] = await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
      if (first) await db.collection(first.name).listIndexes().toArray();
    },
    dbStats: () => db.command({ dbStats: 1 }),
    serverStatus: () => client.db('admin').command({ serverStatus: 1 }),
    state: () =>
      client
        .db(check.state)
        .collection('rollback_operations')
        .findOne({}, { projection: { _id: 1 } }),
  };
  const lacks = new Map<string, string>();
  for (const [name, attempt] of Object.entries(tries)) {
    const refused = await refusal(attempt);
    if (refused !== undefined) lacks.set(name, check.redact(refused));
  }
  const needed: Readonly<Record<string, readonly string[]>> = {
    verify: ['listCollections', 'find'],
    diagnostics: ['listIndexes', 'dbStats', 'serverStatus'],
    plan: ['listCollections', 'find', 'listIndexes', 'state'],
    state: ['state'],
  };
  return wanted.map((purpose) => {
    const { ok, warning, failed } = about(`mongodb/${purpose.id}`, `${SUBJECT}: ${purpose.id}`);
    const names = (needed[purpose.id] ?? []).filter((name) => lacks.has(name));
    const todo = `So that ${purpose.words}, grant: ${grantCommand(purpose, undefined)}`;
    if (names.length > 0) {
      const found = `refused when tried: ${names.map((name) => `${name} (${lacks.get(name)})`).join('; ')}`;
      return purpose.id === 'verify' || purpose.id === 'state' ? failed(found, todo) : warning(found, todo);
    }
    if (purpose.id === 'apply' || purpose.id === 'state')
      return warning(
        `this server does not say what a user may do, and writing was not tried (${purpose.words}?)`,
        `If a run is refused, grant: ${grantCommand(purpose, undefined)}`,
      );
    return ok(`${purpose.words} (tried)`);
  });
}

/** Why the server refused, undefined if it did not. Other failures count as refusals too, with their words. */
async function refusal(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    const { code, codeName } = (error ?? {}) as { code?: unknown; codeName?: unknown };
    return code === UNAUTHORIZED ? `not authorized (${codeName ?? code})` : messageOf(error);
  }
}
