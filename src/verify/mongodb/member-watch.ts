import type { MongoClient, MongoClientOptions, ServerDescription } from 'mongodb';
import type { MemberWatch, ShardMember, WatchMembers } from './sharded.ts';

const STATES: Readonly<Record<string, ShardMember['state']>> = {
  RSPrimary: 'primary',
  RSSecondary: 'secondary',
  RSArbiter: 'arbiter',
  Unknown: 'unreachable',
};
/** The driver's own least. */
const HEARTBEAT_MS = 500;
/** How the driver speaks TLS with the cluster; it speaks so with the shards. */
const TLS = [
  'tls',
  'ca',
  'cert',
  'key',
  'passphrase',
  'checkServerIdentity',
  'rejectUnauthorized',
  'secureContext',
] as const;

/**
 * Watches the members of a replica set by the driver's own monitoring, which sends `hello` and nothing else. It
 * gives no user and no password: shards have users of their own, and `hello` asks for none.
 */
export function memberWatcher(
  client: MongoClient,
  timeoutMs: number,
  explain: (error: unknown) => string,
): WatchMembers {
  // The driver is not imported here: a run without MongoDB would load it.
  const Client = client.constructor as new (uri: string, options: MongoClientOptions) => MongoClient;
  const known = client.options as unknown as Record<string, unknown>;
  const tls = Object.fromEntries(
    TLS.flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]]])),
  );
  return async (seeds) => {
    const [set = '', hosts = ''] = seeds.includes('/') ? seeds.split('/') : ['', seeds];
    const watcher = new Client(`mongodb://${hosts}/`, {
      ...tls,
      ...(set === '' ? {} : { replicaSet: set }),
      appName: 'deploy-guard',
      readPreference: 'nearest',
      heartbeatFrequencyMS: HEARTBEAT_MS,
      serverMonitoringMode: 'poll',
      connectTimeoutMS: timeoutMs,
      serverSelectionTimeoutMS: timeoutMs,
    });
    const servers = new Map<string, ServerDescription>();
    watcher.on('serverDescriptionChanged', ({ address, newDescription }) => {
      servers.set(address, newDescription);
    });
    watcher.on('serverClosed', ({ address }) => {
      servers.delete(address);
    });
    // Where no member answers, `members` says so.
    const failure = await watcher.connect().then(
      () => undefined,
      (error: unknown) => explain(error),
    );
    await settled(servers, failure === undefined ? timeoutMs : 0);
    const members = (): ShardMember[] =>
      servers.size === 0
        ? hosts.split(',').map((name) => ({ name, state: 'unreachable', error: failure ?? 'no answer' }))
        : [...servers.values()].map((server) => memberOf(server, failure, explain));
    // What was seen stays, after the watcher is closed.
    let seen: ShardMember[] | undefined;
    return {
      members: () => seen ?? members(),
      async close() {
        seen = members();
        await watcher.close();
      },
    } satisfies MemberWatch;
  };
}

function memberOf(
  { address, type, lastWriteDate, error }: ServerDescription,
  failure: string | undefined,
  explain: (error: unknown) => string,
): ShardMember {
  const state = STATES[type] ?? 'other';
  // The driver counts in milliseconds since the epoch.
  const lastWrite = Number(lastWriteDate);
  return {
    name: address,
    state,
    ...(lastWriteDate !== undefined && lastWriteDate !== null && lastWrite > 0
      ? { lastWrite: new Date(lastWrite) }
      : {}),
    ...(state === 'unreachable' ? { error: error ? explain(error) : (failure ?? 'no answer') } : {}),
  };
}

/** Until each server that is known of has answered, or failed to. */
async function settled(servers: ReadonlyMap<string, ServerDescription>, timeoutMs: number): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (
    performance.now() < end &&
    [...servers.values()].some(({ type, error }) => type === 'Unknown' && !error)
  ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
