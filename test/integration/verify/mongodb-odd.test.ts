import { type AddressInfo, createServer } from 'node:net';
import { type Document, MongoClient } from 'mongodb';
import { afterEach, describe, expect, test } from 'vitest';
import { memberWatcher } from '../../../src/verify/mongodb/member-watch.ts';
import type { MongoOptions } from '../../../src/verify/mongodb/options.ts';
import { MongoSource } from '../../../src/verify/mongodb/source.ts';
import { mongoError, type ScriptedMongo, startScriptedMongo } from '../../support/mongo-script.ts';
import { startTlsFront } from '../../support/tls-front.ts';
import { options, run } from './options.ts';

/** What no engine at hand does, as it comes over the wire; the driver is the real one. */
const open: Array<() => unknown> = [];
afterEach(async () => {
  await Promise.all(
    open
      .splice(0)
      .reverse()
      .map((close) => close()),
  );
});

async function scripted(...given: Parameters<typeof startScriptedMongo>): Promise<ScriptedMongo> {
  const server = await startScriptedMongo(...given);
  open.push(() => server.close());
  return server;
}
function clientOf(...given: ConstructorParameters<typeof MongoClient>): MongoClient {
  const client = new MongoClient(...given);
  open.push(() => client.close());
  return client;
}

const mongo: MongoOptions = {
  timeoutMs: 1_000,
  samples: 3,
  warmup: 0,
  intervalMs: 0,
  collections: [],
  indexes: new Map(),
  longRunningMs: 60_000,
};
async function judged(uri: string, thresholds: readonly string[], rest: Partial<MongoOptions> = {}) {
  const client = clientOf(uri, { serverSelectionTimeoutMS: 1_000 });
  const result = await run(options([], { mongo: { ...mongo, ...rest }, thresholds, waitTimeoutMs: 0 }), {
    mongo: { client, db: client.db('shop') },
  });
  return { result, of: (id: string) => result.checks.find((check) => check.id.startsWith(id)) };
}
const cursor = (...firstBatch: Document[]) => ({ cursor: { id: 0n, ns: 'shop.$cmd', firstBatch }, ok: 1 });
const counted = (documents: number) => ({
  count: () => ({ n: documents }),
  aggregate: ({ pipeline }: Document) =>
    '$group' in (pipeline.at(-1) ?? {}) ? cursor(...(documents > 0 ? [{ n: documents }] : [])) : cursor(),
});

test('pings that fail in the middle of the samples fail', async () => {
  let pings = 0;
  const server = await scripted(() => ({
    listCollections: () => cursor(),
    // The first is that of the wait.
    ping: () => (++pings === 3 ? mongoError(91, 'ShutdownInProgress', 'shutting down') : { ok: 1 }),
  }));
  const { result, of } = await judged(server.uri, []);
  expect(result).toMatchObject({ verdict: 'fail', failed: true });
  expect(of('mongodb/reachable')?.verdict).toBe('pass');
  expect(of('mongodb/mongodb_up')).toMatchObject({
    verdict: 'fail',
    reason: '2 of 3 samples answered: shutting down',
  });
});

describe('a user who may not list collections', () => {
  const forbidden = {
    listCollections: () => mongoError(13, 'Unauthorized', 'not authorized on shop to execute command'),
  };
  const limit = 'mongodb_collection_documents{collection:orders}: value<10';
  const reason =
    'it is empty or does not exist: collections could not be listed: the user may not do this: not authorized on shop';

  test('is not told that one is empty: it may be missing, and no upper limit passes', async () => {
    const server = await scripted(() => ({ ...forbidden, ...counted(0) }));
    const { result, of } = await judged(server.uri, [limit]);
    expect(result).toMatchObject({ verdict: 'error', failed: true });
    expect(of('mongodb/orders/')).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining(reason) as unknown,
    });
  });

  test('may count what he names where it holds something', async () => {
    const server = await scripted(() => ({ ...forbidden, ...counted(7) }));
    const { of } = await judged(server.uri, [limit], { collections: ['orders'] });
    expect(of('mongodb/orders/')).toMatchObject({ verdict: 'pass', observed: 7 });
    expect(of('mongodb/collections')?.verdict).toBe('pass');
  });

  test('gets no verdict on all of them', async () => {
    const server = await scripted(() => ({ ...forbidden, ...counted(7) }));
    const { result, of } = await judged(server.uri, ['mongodb_collection_documents: value<10']);
    expect(result.verdict).toBe('error');
    expect(of('mongodb/(all)/')).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('collections could not be listed') as unknown,
    });
  });
});

test('a large collection is estimated, and the reason says so', async () => {
  const server = await scripted(() => ({
    listCollections: () => cursor({ name: 'orders', type: 'collection' }),
    count: () => ({ n: 250_000 }),
  }));
  const { of } = await judged(server.uri, ['mongodb_collection_documents{collection:orders}: value>1000']);
  expect(of('mongodb/orders/')).toMatchObject({
    verdict: 'pass',
    observed: 250_000,
    reason: expect.stringContaining('(estimated from metadata)') as unknown,
  });
});

test.each<[string, Document, string]>([
  [
    'Atlas',
    { code: 8000, codeName: 'AtlasError', message: 'bad auth : authentication failed' },
    'authentication failed: the user or password is wrong (AtlasError)',
  ],
  ['Atlas, of something else', { code: 8000, codeName: 'AtlasError', message: 'no such db' }, 'no such db'],
  [
    'a server without names',
    { code: 18, message: 'no' },
    'authentication failed: the user or password is wrong (18)',
  ],
  ['a lack of privileges', { code: 13, message: 'find' }, 'the user may not do this: find'],
])('an error of %s in words', (_name, { message, ...rest }, words) => {
  const client = clientOf('mongodb://127.0.0.1:1/');
  const source = new MongoSource({ client, db: client.db('shop') }, 1_000, (text) => text);
  expect(source.explain(Object.assign(new Error(String(message)), rest))).toBe(words);
});

describe('the members of a shard', () => {
  const watch = async (client: MongoClient, seeds: string, timeoutMs = 1_000) => {
    const watching = await memberWatcher(client, timeoutMs, String)(seeds);
    await watching.close();
    return watching.members();
  };
  const primary = (host: string) => ({
    setName: 's0',
    setVersion: 1,
    hosts: [host],
    me: host,
    isWritablePrimary: true,
  });

  test('are asked over TLS where the cluster is, with what it trusts', async () => {
    let host = '';
    const server = await scripted(() => ({ hello: () => primary(host) }));
    const front = await startTlsFront(server.port);
    open.push(() => front.close());
    host = `localhost:${front.port}`;
    const trusting = clientOf('mongodb://127.0.0.1:1/', { tls: true, ca: front.ca });
    expect(await watch(trusting, `s0/${host}`)).toMatchObject([{ name: host, state: 'primary' }]);
    const plain = clientOf('mongodb://127.0.0.1:1/');
    expect(await watch(plain, `s0/${host}`, 150)).toMatchObject([{ name: host, state: 'unreachable' }]);
    const distrusting = clientOf('mongodb://127.0.0.1:1/', { tls: true });
    const [member] = await watch(distrusting, `s0/${host}`, 150);
    expect(member).toMatchObject({ name: host, state: 'unreachable' });
    expect(member?.error).toMatch(/certificate/);
  });

  test('of a shard that is a single server: it serves nothing that could be behind', async () => {
    const server = await scripted(() => ({}));
    const host = `127.0.0.1:${server.port}`;
    expect(await watch(clientOf('mongodb://127.0.0.1:1/'), host)).toEqual([{ name: host, state: 'other' }]);
  });

  test('that accept connections and never answer are unreachable, with a reason', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    open.push(() => silent.close());
    const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const [member, ...others] = await watch(clientOf('mongodb://127.0.0.1:1/'), `s0/${host}`, 150);
    expect(others).toEqual([]);
    expect(member).toMatchObject({ name: host, state: 'unreachable' });
    expect(member?.error).not.toBe('');
    expect(member?.error).toBeDefined();
  });
});
