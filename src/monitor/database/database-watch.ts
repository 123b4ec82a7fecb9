import type { DatabaseAnswer } from '../model/answers.ts';
import { describeError } from '../model/redact-message.ts';
import { PoolWatch } from './pool.ts';
import { type EventSource, type MongoSource, type ResolvedMongo, resolveMongo } from './port.ts';

/** Two a minute is the most that a database is asked by one monitor. */
export const SHORTEST_PING_INTERVAL_MS = 30_000;

/** Pings that hang for good must not pile up; a few are allowed so that one of them does not end the watch. */
const MOST_OUTSTANDING = 3;

/** How soon the app is asked again for a database that it did not have yet. It costs a function call. */
const RETRY_MS = 1_000;

/** What an answer gets on top of its time limit. */
const GRACE_MS = 50;

export interface DatabaseWatchOptions {
  readonly mongo: MongoSource;
  readonly database: string | undefined;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Epoch milliseconds. */
  readonly wallClock: () => number;
  /** Called after each change of the status. */
  readonly onChange: () => void;
}

interface TopologyChange {
  readonly newDescription?: {
    readonly type?: string;
    readonly servers?: ReadonlyMap<string, { readonly type?: string }>;
  };
}

type State = Pick<DatabaseAnswer, 'status' | 'responseTimeMs' | 'consecutiveFailures' | 'error'>;

/**
 * Whether the database answers, and how fast. A `ping` at a fixed pace, never one a request; between two of
 * them the driver's own view of the servers is taken over at once, so that a lost database is not reported
 * as up until the next ping.
 */
export class DatabaseWatch {
  readonly #options: DatabaseWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #resolved: ResolvedMongo | null = null;
  #pool: PoolWatch | null = null;
  #outstanding = 0;
  #lastPingAt = Number.NEGATIVE_INFINITY;
  #checkedAt: number | null = null;
  #heardAt = Number.NEGATIVE_INFINITY;
  #lastResponseTimeMs: number | null = null;
  #closed = false;
  #state: State = { status: 'unknown', responseTimeMs: null, consecutiveFailures: 0, error: null };
  readonly #onTopology = (event: TopologyChange): void => this.#topologyChanged(event);

  constructor(options: DatabaseWatchOptions) {
    this.#options = options;
  }

  /** Starts sampling. @returns when the first ping was answered or given up */
  start(): Promise<void> {
    this.#timer = setInterval(() => void this.ping(), this.#options.intervalMs);
    this.#timer.unref();
    return this.ping();
  }

  /** The database, where the app has connected already. */
  get db(): ResolvedMongo['db'] | null {
    return this.#attach()?.db ?? null;
  }

  /** Pings, unless too many pings are still out or the last one is too fresh. Never rejects. */
  async ping(): Promise<void> {
    const { now, intervalMs, timeoutMs } = this.#options;
    // A timer may fire a little early; it must not push the pace over the limit.
    const startedAt = now();
    if (this.#closed || this.#outstanding >= MOST_OUTSTANDING) return;
    if (startedAt - this.#lastPingAt < intervalMs - 50) return;
    let db: ResolvedMongo['db'] | null;
    try {
      db = this.db;
    } catch (error) {
      this.#set({ status: 'down', error: describeError(error).message });
      return;
    }
    if (db === null) {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => void this.ping(), RETRY_MS);
      this.#retry.unref();
      return;
    }
    this.#outstanding++;
    this.#lastPingAt = startedAt;
    const answer = Promise.resolve()
      .then(() => db.command({ ping: 1 }))
      .finally(() => {
        this.#outstanding--;
      });
    // Whatever comes after the time limit is no longer waited for, and must not become an unhandled rejection.
    answer.catch(() => {});
    let limit: NodeJS.Timeout | undefined;
    try {
      await Promise.race([
        answer,
        new Promise<never>((_resolve, reject) => {
          limit = setTimeout(() => {
            // A blocked event loop fires this before it reads an answer that has long arrived.
            limit = setTimeout(() => reject(new Error(`no answer to ping within ${timeoutMs} ms`)), GRACE_MS);
            limit.unref();
          }, timeoutMs);
          limit.unref();
        }),
      ]);
      this.#lastResponseTimeMs = Math.round((now() - startedAt) * 1_000) / 1_000;
      this.#set({ status: 'up', responseTimeMs: this.#lastResponseTimeMs });
    } catch (error) {
      this.#set({ status: 'down', error: describeError(error).message });
    } finally {
      clearTimeout(limit);
    }
  }

  read(): DatabaseAnswer {
    const { now, intervalMs, timeoutMs } = this.#options;
    // Nothing heard for so long that the last answer says nothing any more: a hanging ping, a stopped timer.
    const stale = now() - this.#heardAt > 2 * intervalMs + timeoutMs;
    const state: State =
      stale && this.#state.status === 'up'
        ? { ...this.#state, status: 'unknown', responseTimeMs: null }
        : this.#state;
    return {
      status: state.status,
      responseTimeMs: state.responseTimeMs,
      name: this.#resolved?.db.databaseName ?? this.#options.database ?? null,
      checkedAt: this.#checkedAt === null ? null : new Date(this.#checkedAt).toISOString(),
      consecutiveFailures: state.consecutiveFailures,
      error: state.error,
      pool: this.#pool?.read() ?? null,
    };
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#retry);
    this.#resolved?.events?.off('topologyDescriptionChanged', this.#onTopology);
    this.#pool?.close();
  }

  #attach(): ResolvedMongo | null {
    if (this.#resolved !== null || this.#closed) return this.#resolved;
    this.#resolved = resolveMongo(this.#options.mongo, this.#options.database);
    const events: EventSource | null = this.#resolved?.events ?? null;
    if (events !== null) {
      this.#pool = new PoolWatch(events);
      events.on('topologyDescriptionChanged', this.#onTopology);
    }
    return this.#resolved;
  }

  #topologyChanged({ newDescription }: TopologyChange): void {
    if (newDescription === undefined) return;
    const usable = hasUsableServer(newDescription);
    // While the driver still connects for the first time nothing is lost yet.
    if (!usable && this.#state.status === 'up') {
      this.#set({ status: 'down', error: 'the driver has lost every server that can take a write' });
    } else if (usable && this.#state.status === 'down') {
      this.#set({ status: 'up', responseTimeMs: this.#lastResponseTimeMs });
    }
  }

  #set(next: { status: 'up'; responseTimeMs: number | null } | { status: 'down'; error: string }): void {
    if (this.#closed) return;
    const changed = this.#state.status !== next.status;
    this.#checkedAt = this.#options.wallClock();
    this.#heardAt = this.#options.now();
    this.#state =
      next.status === 'up'
        ? { status: 'up', responseTimeMs: next.responseTimeMs, consecutiveFailures: 0, error: null }
        : {
            status: 'down',
            responseTimeMs: null,
            consecutiveFailures: this.#state.consecutiveFailures + 1,
            error: next.error,
          };
    if (changed) this.#options.onChange();
  }
}

function hasUsableServer(description: NonNullable<TopologyChange['newDescription']>): boolean {
  const types = [...(description.servers?.values() ?? [])].map((server) => server.type ?? 'Unknown');
  if (description.type?.startsWith('ReplicaSet') === true) return types.includes('RSPrimary');
  return types.some((type) => !['Unknown', 'PossiblePrimary', 'RSGhost'].includes(type));
}
