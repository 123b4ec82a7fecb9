import type { Document } from 'mongodb';
import { NotThere, type Privilege, type Skip, skipOf } from './skip.ts';

export const TOPOLOGIES = ['standalone', 'replica-set', 'sharded'] as const;
export type Topology = (typeof TOPOLOGIES)[number];

/** A fact that the server reports about itself, or why it cannot be read. */
export type ServerFact<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly skip: Skip };

export interface TopologyReading {
  readonly kind: Topology;
  /** Name of the replica set. */
  readonly set?: string;
  /** Whether writes are accepted. A replica set without a primary accepts none. */
  readonly primary: boolean;
  /** The member that answered, where it is not the primary: what is read there may be old. */
  readonly secondary?: string;
}

export interface CompatibilityReading {
  readonly version: string;
  /** The version that it is changing to right now. */
  readonly changingTo?: string;
}

/** What the server is. */
export interface ServerReading {
  readonly version: ServerFact<string>;
  readonly topology: ServerFact<TopologyReading>;
  readonly compatibility: ServerFact<CompatibilityReading>;
}

/** Readings of `hello` until there is a primary: an election takes seconds. */
const READINGS = 4;
const PAUSE_MS = 2_500;

/** Reads what the server is. Never throws but for the signal's reason. */
export async function readServer(
  command: (database: string, document: Document) => Promise<Document>,
  ports: {
    sleep: (ms: number) => Promise<void>;
    signal: AbortSignal;
    explain: (error: unknown) => string;
  },
): Promise<ServerReading> {
  const fact = async <T>(privilege: Privilege, work: () => Promise<T>): Promise<ServerFact<T>> => {
    try {
      return { ok: true, value: await work() };
    } catch (error) {
      ports.signal.throwIfAborted();
      return { ok: false, skip: skipOf(error, privilege, ports.explain) };
    }
  };
  const cluster = (action: string): Privilege => ({
    action,
    resource: '{ cluster: true }',
    role: '`clusterMonitor` on `admin`',
  });
  const [version, topology] = await Promise.all([
    fact(cluster('buildInfo'), async () => {
      const { version } = await command('admin', { buildInfo: 1 });
      if (typeof version !== 'string') throw new NotThere('the version is not reported by this server');
      return version;
    }),
    fact(cluster('hello'), async () => {
      let reading = topologyOf(await command('admin', { hello: 1 }));
      for (let count = 1; count < READINGS && !reading.primary; count++) {
        await ports.sleep(PAUSE_MS);
        reading = topologyOf(await command('admin', { hello: 1 }));
      }
      return reading;
    }),
  ]);
  const compatibility = await fact(cluster('getParameter'), async () => {
    if (topology.ok && topology.value.kind === 'sharded') {
      throw new NotThere('not reported by mongos: each shard has its own');
    }
    const answer = await command('admin', { getParameter: 1, featureCompatibilityVersion: 1 });
    return compatibilityOf(answer);
  });
  return { version, topology, compatibility };
}

/** Reads the answer of `hello`. Pure. */
export function topologyOf(hello: Document): TopologyReading {
  if (hello.msg === 'isdbgrid') return { kind: 'sharded', primary: true };
  if (typeof hello.setName !== 'string') return { kind: 'standalone', primary: true };
  const writable = hello.isWritablePrimary === true || hello.ismaster === true;
  return {
    kind: 'replica-set',
    set: hello.setName,
    primary: writable || typeof hello.primary === 'string',
    ...(writable ? {} : { secondary: String(hello.me ?? 'a member that is not the primary') }),
  };
}

/** Reads the answer of `getParameter`. Pure. */
function compatibilityOf(answer: Document): CompatibilityReading {
  const found = answer.featureCompatibilityVersion as Document | string | undefined;
  const version = typeof found === 'string' ? found : found?.version;
  if (typeof version !== 'string') throw new NotThere('not reported by this server');
  const target = typeof found === 'object' ? found.targetVersion : undefined;
  return { version, ...(typeof target === 'string' ? { changingTo: target } : {}) };
}

/** In a few words, for people. Pure. */
export function topologyText({ kind, set }: TopologyReading): string {
  if (kind === 'sharded') return 'sharded cluster';
  return kind === 'standalone' ? 'standalone' : `replica set${set === undefined ? '' : ` ${set}`}`;
}
