import { type Document, MongoClient } from 'mongodb';
import { afterEach, describe, expect, test } from 'vitest';
import type { Check } from '../../../src/report/schema.ts';
import { systemClock } from '../../../src/support/clock.ts';
import type { MongoOptions } from '../../../src/verify/mongodb/options.ts';
import { mongoError, type ScriptedMongo, startScriptedMongo } from '../../support/mongo-script.ts';
import { options, run } from './options.ts';

/** Servers that no engine at hand can be, as they answer on the wire; the driver is the real one. */
const open: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function scripted(...given: Parameters<typeof startScriptedMongo>): Promise<ScriptedMongo> {
  const server = await startScriptedMongo(...given);
  open.push(() => server.close());
  return server;
}

const mongo: MongoOptions = {
  timeoutMs: 1_000,
  samples: 2,
  warmup: 0,
  intervalMs: 0,
  collections: [],
  indexes: new Map(),
  longRunningMs: 60_000,
};
/** Waits between two readings need not be waited for. */
const clock = {
  ...systemClock,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 50, signal),
};

async function judged(uri: string, rest: Partial<MongoOptions> = {}, thresholds: readonly string[] = []) {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 1_000 });
  open.push(() => client.close());
  const result = await run(options([], { mongo: { ...mongo, ...rest }, thresholds, waitTimeoutMs: 0 }), {
    clock,
    mongo: { client, db: client.db('shop') },
  });
  const of = (metric: string): Check | undefined => result.checks.find((check) => check.metric === metric);
  return { result, of };
}

const cursor = (...firstBatch: Document[]) => ({ cursor: { id: 0n, ns: 'shop.$cmd', firstBatch }, ok: 1 });
const nothing = { listCollections: () => cursor(), buildInfo: () => ({ version: '8.0.4' }) };

describe('a server that asks for a user', () => {
  const unauthorized = (name: string) => () =>
    mongoError(13, 'Unauthorized', `Command ${name} requires authentication`);

  test('though ping answers without one: red, and the reason says so', async () => {
    const server = await scripted(() =>
      Object.fromEntries(
        ['listCollections', 'buildInfo', 'serverStatus', 'dbStats'].map((name) => [name, unauthorized(name)]),
      ),
    );
    const { result } = await judged(server.uri);
    expect(server.commands).toContain('ping');
    expect(result).toMatchObject({ verdict: 'fail', failed: true });
    expect(result.checks[0]).toMatchObject({
      id: 'mongodb/reachable',
      verdict: 'fail',
      reason: expect.stringContaining(
        'the server asks for authentication, and `mongodb-uri` gives no user',
      ) as unknown,
    });
  });

  test('a user who may do little is let in all the same', async () => {
    const server = await scripted(() => ({
      ...nothing,
      listCollections: () =>
        mongoError(13, 'Unauthorized', 'not authorized on shop to execute command { listCollections: 1 }'),
    }));
    const { of } = await judged(server.uri);
    expect(of('reachable')?.verdict).toBe('pass');
  });
});

describe('a replica set', () => {
  const member = (port: number, hello: Document) => ({
    ...nothing,
    hello: () => ({
      setName: 'rs0',
      setVersion: 1,
      hosts: [`127.0.0.1:${port}`],
      me: `127.0.0.1:${port}`,
      isWritablePrimary: false,
      secondary: true,
      ...hello,
    }),
  });

  test('that lost its primary fails, though its secondaries answer pings', async () => {
    const server = await scripted(({ port }) => member(port, {}));
    const { result, of } = await judged(`${server.uri}?directConnection=true`);
    expect(of('reachable')?.verdict).toBe('pass');
    expect(of('mongodb_up')?.verdict).toBe('pass');
    expect(of('topology')).toMatchObject({
      verdict: 'fail',
      observed: 'replica-set',
      reason: 'it is the replica set rs0 without a primary; nothing can be written there',
    });
    expect(result.failed).toBe(true);
  });

  test('in the middle of an election is waited for', async () => {
    let asked = 0;
    const server = await scripted(({ port }) => ({
      ...member(port, {}),
      hello: () => ({
        ...member(port, {}).hello(),
        // The driver's own monitoring asks as well.
        ...(asked++ > 4 ? { isWritablePrimary: true, secondary: false } : {}),
      }),
    }));
    const { of } = await judged(`${server.uri}?directConnection=true`);
    expect(of('topology')?.verdict).toBe('pass');
  });

  test('whose secondary is read is no clean pass', async () => {
    const server = await scripted(({ port }) => member(port, { primary: 'elsewhere:27017' }));
    const { of } = await judged(`${server.uri}?directConnection=true`);
    expect(of('topology')).toMatchObject({ verdict: 'warn' });
    expect(of('topology')?.reason).toMatch(/answered, which is not its primary: reads there may be stale/);
  });
});

describe('a sharded cluster', () => {
  interface MemberState {
    readonly behindSeconds?: number;
    readonly state?: 'primary' | 'secondary';
  }
  const NOW = Date.now();

  async function shard(set: string, states: readonly MemberState[]) {
    const hosts: string[] = [];
    const members: ScriptedMongo[] = [];
    for (const { behindSeconds = 0, state = 'secondary' } of states) {
      const server = await scripted(({ port }) => ({
        hello: () => ({
          setName: set,
          setVersion: 1,
          hosts,
          me: `127.0.0.1:${port}`,
          isWritablePrimary: state === 'primary',
          secondary: state === 'secondary',
          ...(state === 'primary' ? { electionId: undefined } : {}),
          lastWrite: { lastWriteDate: new Date(NOW - behindSeconds * 1_000) },
        }),
      }));
      hosts.push(`127.0.0.1:${server.port}`);
      members.push(server);
    }
    return { seeds: `${set}/${hosts.join(',')}`, members };
  }
  const router = (...seeds: string[]) =>
    scripted(() => ({
      ...nothing,
      hello: () => ({ msg: 'isdbgrid' }),
      listShards: () => ({ shards: seeds.map((host) => ({ _id: host.split('/')[0], host, state: 1 })) }),
      replSetGetStatus: () =>
        mongoError(76, 'NoReplicationEnabled', 'replSetGetStatus is not supported through mongos'),
    }));

  test('has its lag read at the members of each shard, without a user', async () => {
    const one = await shard('shard01', [{ state: 'primary' }, { behindSeconds: 3 }]);
    const two = await shard('shard02', [{ state: 'primary' }, { behindSeconds: 42 }]);
    const mongos = await router(one.seeds, two.seeds);
    const { of, result } = await judged(mongos.uri, { topology: 'sharded' }, [
      'mongodb_replication_lag: value<10s',
    ]);
    expect(of('topology')).toMatchObject({ verdict: 'pass', observed: 'sharded' });
    expect(of('mongodb_replication_lag')).toMatchObject({ verdict: 'fail', observed: 42 });
    expect(of('mongodb_replication_lag')?.reason).toMatch(/42 s, limit < 10 s: shard02 127\.0\.0\.1:\d+/);
    expect(of('mongodb_unhealthy_members')?.verdict).toBe('pass');
    expect(result.notices?.[0]).toContain('2 shards');
    expect(of('feature-compatibility-version')).toMatchObject({
      verdict: 'skipped',
      reason: 'not reported by mongos: each shard has its own',
    });
    for (const { commands } of [...one.members, ...two.members]) {
      expect(commands.filter((name) => !['hello', 'endSessions', 'ping'].includes(name))).toEqual([]);
    }
    expect(mongos.commands).not.toContain('replSetGetStatus');
  });

  test('of which a shard has no primary fails', async () => {
    const one = await shard('shard01', [{ state: 'primary' }]);
    const two = await shard('shard02', [{}, {}]);
    const { of } = await judged((await router(one.seeds, two.seeds)).uri);
    expect(of('topology')).toMatchObject({
      verdict: 'fail',
      reason: 'it is a sharded cluster, and without a primary: shard02; nothing can be written there',
    });
  });

  test('a member that is down is told', async () => {
    const one = await shard('shard01', [{ state: 'primary' }, {}, {}]);
    await one.members[2]?.close();
    const { of } = await judged((await router(one.seeds)).uri);
    expect(of('mongodb_unhealthy_members')).toMatchObject({ verdict: 'warn', observed: 1 });
    expect(of('mongodb_unhealthy_members')?.reason).toMatch(/shard01 127\.0\.0\.1:\d+ \(.*ECONNREFUSED/);
  });

  test('whose shards cannot be reached: skipped with the reason, an error where lag was asked for', async () => {
    const gone = await shard('shard01', [{ state: 'primary' }]);
    await gone.members[0]?.close();
    const mongos = await router(gone.seeds);
    const { of } = await judged(mongos.uri);
    expect(of('mongodb_replication_lag')).toMatchObject({ verdict: 'skipped' });
    expect(of('mongodb_replication_lag')?.reason).toMatch(
      /^not reported by mongos, and these shards cannot be reached from here: shard01 \(.*ECONNREFUSED/,
    );
    const asked = await judged(mongos.uri, {}, ['mongodb_replication_lag: value<10s']);
    expect(asked.of('mongodb_replication_lag')?.verdict).toBe('error');
  });

  test('whose user may not list shards is told the privilege', async () => {
    const mongos = await router();
    mongos.answers.listShards = () => mongoError(13, 'Unauthorized', 'not authorized on admin');
    const { of } = await judged(mongos.uri);
    expect(of('mongodb_replication_lag')).toMatchObject({
      verdict: 'skipped',
      reason: 'the user lacks the privilege `listShards` on { cluster: true }',
    });
  });
});

describe('what the server is', () => {
  const range = { text: '>=7.0 <8', includes: (version: string) => version.startsWith('7.') };
  const answers = {
    ...nothing,
    getParameter: () => ({ featureCompatibilityVersion: { version: '7.0' } }),
  };

  test('is reported though nobody expects anything, and judged where somebody does', async () => {
    const server = await scripted(() => answers);
    const plain = await judged(server.uri);
    expect(
      ['version', 'topology', 'feature-compatibility-version'].map((metric) => plain.of(metric)),
    ).toMatchObject([
      { verdict: 'pass', observed: '8.0.4' },
      { verdict: 'pass', observed: 'standalone' },
      { verdict: 'pass', observed: '7.0' },
    ]);
    const { of } = await judged(server.uri, {
      version: range,
      topology: 'replica-set',
      featureCompatibilityVersion: '8.0',
    });
    expect(
      ['version', 'topology', 'feature-compatibility-version'].map((metric) => of(metric)),
    ).toMatchObject([
      { verdict: 'fail', observed: '8.0.4', threshold: '>=7.0 <8' },
      { verdict: 'fail', observed: 'standalone', reason: 'it is a standalone server, expected replica-set' },
      { verdict: 'fail', observed: '7.0', threshold: '== 8.0' },
    ]);
  });

  test('a feature compatibility version that is being changed is worth a look', async () => {
    const server = await scripted(() => ({
      ...answers,
      getParameter: () => ({ featureCompatibilityVersion: { version: '7.0', targetVersion: '8.0' } }),
    }));
    const { of } = await judged(server.uri);
    expect(of('feature-compatibility-version')).toMatchObject({
      verdict: 'warn',
      reason: 'the feature compatibility version is 7.0, and it is being changed to 8.0',
    });
  });

  test('where the user may not ask: skipped with the privilege; an error where it was asked for', async () => {
    const server = await scripted(() => ({
      ...answers,
      getParameter: () => mongoError(13, 'Unauthorized', 'not authorized on admin'),
    }));
    const hidden = {
      reason: 'the user lacks the privilege `getParameter` on { cluster: true }',
      hint: 'Grant the role `clusterMonitor` on `admin`, or a role with { resource: { cluster: true }, actions: ["getParameter"] }.',
      observed: null,
    };
    const plain = await judged(server.uri);
    expect(plain.of('feature-compatibility-version')).toMatchObject({ verdict: 'skipped', ...hidden });
    const { of } = await judged(server.uri, { featureCompatibilityVersion: '7.0' });
    expect(of('feature-compatibility-version')).toMatchObject({ verdict: 'error', ...hidden });
  });
});
