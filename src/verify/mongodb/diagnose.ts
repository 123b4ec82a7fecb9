import type { Document } from 'mongodb';
import type { Clock } from '../../support/clock.ts';
import { plural } from '../../support/format.ts';
import type { Unit } from '../metrics/catalogue.ts';
import { firstBatch, indexDiagnostics } from './diagnose-indexes.ts';
import { setReplication, shardedReplication } from './diagnose-replication.ts';
import type { ExpectedIndex } from './indexes.ts';
import { buildingIndexes, longOperations, slowQueries } from './operations.ts';
import { oplogWindow } from './replication.ts';
import { readServer, type ServerReading, topologyText } from './server.ts';
import type { WatchMembers } from './sharded.ts';
import { type Privilege, type Skip, skipOf } from './skip.ts';

/** Sends a command to a database of the server. Read-only commands alone are sent from here. */
export type SendCommand = (database: string, command: Document) => Promise<Document>;

export interface DiagnosticOptions {
  readonly database: string;
  /** What is expected of collections, by name. */
  readonly indexes: ReadonlyMap<string, readonly ExpectedIndex[]>;
  /** Collections whose indexes are read, expected or not. */
  readonly collections: readonly string[];
  readonly longRunningMs: number;
  /** No single command may take longer. */
  readonly timeoutMs: number;
}

/** What the diagnostics found. Each stands by itself: what cannot be had is a skip, with its reason. */
export interface Diagnosis {
  readonly values: Map<string, { value: number; unit: Unit; detail?: string }>;
  readonly skips: Map<string, Skip>;
  /** In a line, for people: version, topology, size. */
  readonly facts: string[];
  /** Version, topology and feature compatibility version. */
  readonly server: ServerReading;
  /** Shards of a cluster that have no primary. */
  readonly headless: string[];
  /** Names of the indexes of each collection that was read, for the baseline. */
  readonly indexes: Map<string, string[]>;
}

const CLUSTER = '{ cluster: true }';
const MONITOR = '`clusterMonitor` on `admin`';

/** A reading of the server's counters, for what is counted from the start of the gate to its end. */
export interface StartReading {
  readonly cursorTimeouts?: number;
  readonly serverTime: Date;
}

/** Reads what is compared at the end. Never throws. */
export async function readStart(send: SendCommand, clock: Clock): Promise<StartReading> {
  const [hello, status] = await Promise.allSettled([
    send('admin', { hello: 1 }),
    send('admin', { serverStatus: 1, ...LIGHT }),
  ]);
  const localTime = hello.status === 'fulfilled' ? hello.value.localTime : undefined;
  const timeouts = status.status === 'fulfilled' ? status.value.metrics?.cursor?.timedOut : undefined;
  return {
    serverTime: localTime instanceof Date ? localTime : new Date(clock.now()),
    ...(timeouts === undefined ? {} : { cursorTimeouts: Number(timeouts) }),
  };
}

/** Sections of `serverStatus` that are large and not read. */
const LIGHT = {
  repl: 0,
  wiredTiger: 0,
  tcmalloc: 0,
  locks: 0,
  transactions: 0,
  sharding: 0,
  mirroredReads: 0,
};

/** Everything that the server reports about itself. Throws nothing but the signal's reason. */
export async function diagnose(
  send: SendCommand,
  options: DiagnosticOptions,
  start: StartReading,
  ports: {
    clock: Clock;
    signal: AbortSignal;
    explain: (error: unknown) => string;
    /** Watches the members of a shard; absent if they cannot be reached. */
    watchMembers?: WatchMembers;
  },
): Promise<Diagnosis> {
  const command: SendCommand = async (database, document) => {
    ports.signal.throwIfAborted();
    return send(database, document);
  };
  const sleep = (ms: number) => ports.clock.sleep(ms, ports.signal);
  const server = await readServer(command, { ...ports, sleep });
  const diagnosis: Diagnosis = {
    values: new Map(),
    skips: new Map(),
    facts: factsOf(server),
    server,
    headless: [],
    indexes: new Map(),
  };
  const { values, skips, facts } = diagnosis;

  /** One diagnostic and the metrics that it fills; a failure of it skips those and nothing else. */
  async function attempt(
    metrics: readonly string[],
    privilege: Privilege,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      ports.signal.throwIfAborted();
      const skip = skipOf(error, privilege, ports.explain);
      for (const metric of metrics) if (!values.has(metric)) skips.set(metric, skip);
    }
  }
  const cluster = (action: string): Privilege => ({ action, resource: CLUSTER, role: MONITOR });
  const set = (metric: string, value: unknown, unit: Unit, detail?: string) => {
    const number = Number(value);
    if (value === undefined || value === null || !Number.isFinite(number)) {
      skips.set(metric, { kind: 'unsupported', reason: 'not reported by this server' });
    } else values.set(metric, { value: number, unit, ...(detail ? { detail } : {}) });
  };

  await attempt(
    ['mongodb_connections_used', 'mongodb_open_cursors', 'mongodb_cursor_timeouts'],
    cluster('serverStatus'),
    async () => {
      const status = await command('admin', { serverStatus: 1, ...LIGHT });
      const { current, available } = (status.connections ?? {}) as { current?: number; available?: number };
      const all = Number(current) + Number(available);
      set(
        'mongodb_connections_used',
        all > 0 ? (100 * Number(current)) / all : undefined,
        '%',
        `${current} of ${all}`,
      );
      set('mongodb_open_cursors', status.metrics?.cursor?.open?.total, '');
      const timeouts = status.metrics?.cursor?.timedOut;
      // What was not read at the start has nothing to be compared with: no difference is not none.
      const before = start.cursorTimeouts;
      const during = timeouts === undefined || before === undefined ? undefined : Number(timeouts) - before;
      set('mongodb_cursor_timeouts', during, '');
    },
  );

  const sharded = server.topology.ok && server.topology.value.kind === 'sharded';
  await attempt(
    ['mongodb_replication_lag', 'mongodb_unhealthy_members'],
    cluster(sharded ? 'listShards' : 'replSetGetStatus'),
    async () => {
      const tools = { command, sleep, diagnosis, set };
      if (sharded) await shardedReplication(tools, ports.watchMembers);
      else await setReplication(tools);
    },
  );

  const oplog: Privilege = {
    action: 'find',
    resource: '{ db: "local", collection: "oplog.rs" }',
    role: '`read` on `local`',
  };
  await attempt(['mongodb_oplog_window'], oplog, async () => {
    const end = async (direction: 1 | -1) => {
      const answer = await command('local', {
        find: 'oplog.rs',
        sort: { $natural: direction },
        limit: 1,
        projection: { ts: 1 },
        maxTimeMS: options.timeoutMs,
      });
      return firstBatch(answer)[0];
    };
    set('mongodb_oplog_window', oplogWindow(await end(1), await end(-1)), 's');
  });

  let building: string[] = [];
  await attempt(['mongodb_long_running_operations'], cluster('inprog'), async () => {
    const answer = await command('admin', {
      aggregate: 1,
      pipeline: [{ $currentOp: { allUsers: true, idleConnections: false } }],
      cursor: { batchSize: 10_000 },
      maxTimeMS: options.timeoutMs,
    });
    const operations = firstBatch(answer);
    const long = longOperations(operations, options.longRunningMs / 1_000);
    building = buildingIndexes(operations);
    const shown = long.slice(0, 3).map(({ what, seconds }) => `${what} for ${Math.round(seconds)} s`);
    set('mongodb_long_running_operations', long.length, '', shown.join('; '));
  });

  await attempt(['mongodb_slow_queries'], cluster('getLog'), async () => {
    const { log } = await command('admin', { getLog: 'global' });
    const slow = Array.isArray(log) ? slowQueries(log, options.database, start.serverTime) : undefined;
    set('mongodb_slow_queries', slow, '');
  });

  const onDatabase = (action: string, role = 'read'): Privilege => ({
    action,
    resource: `{ db: "${options.database}", collection: "" }`,
    role: `\`${role}\` on \`${options.database}\``,
  });
  await attempt(['mongodb_storage_size'], onDatabase('dbStats'), async () => {
    const stats = await command(options.database, { dbStats: 1 });
    const data = Number(stats.storageSize) + Number(stats.indexSize ?? 0);
    set('mongodb_storage_size', stats.totalSize ?? data, 'B');
    if (stats.collections !== undefined) facts.push(plural(Number(stats.collections), 'collection'));
  });

  await indexDiagnostics(command, options, diagnosis, building, attempt, onDatabase, ports.clock);
  return diagnosis;
}

function factsOf({ version, topology, compatibility }: ServerReading): string[] {
  return [
    ...(version.ok ? [`MongoDB ${version.value}`] : []),
    ...(compatibility.ok ? [`feature compatibility ${compatibility.value.version}`] : []),
    ...(topology.ok ? [topologyText(topology.value)] : []),
  ];
}
