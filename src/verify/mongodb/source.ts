import type { Db, Document, MongoClient } from 'mongodb';
import { withLimit } from '../../support/clock.ts';
import { messageOf } from '../../support/errors.ts';
import type { Sample } from '../metrics/samples.ts';
import { memberWatcher } from './member-watch.ts';
import type { WatchMembers } from './sharded.ts';

/** One ping: how long it took, or why it failed. */
export interface Ping {
  readonly durationMs: number;
  readonly failure?: string;
}

/** Above this many documents a collection is estimated from its metadata, not counted. */
const COUNT_EXACTLY_TO = 100_000;

/** Reads MongoDB. Every error is redacted: the driver's messages can carry the URI. */
export class MongoSource {
  readonly #client: MongoClient;
  readonly #db: Db;
  readonly #timeoutMs: number;
  readonly #redact: (text: string) => string;

  constructor(mongo: { client: MongoClient; db: Db }, timeoutMs: number, redact: (text: string) => string) {
    this.#client = mongo.client;
    this.#db = mongo.db;
    this.#timeoutMs = timeoutMs;
    this.#redact = redact;
  }

  get database(): string {
    return this.#db.databaseName;
  }

  /** Sends a read-only command; no longer than the limit of a probe. */
  readonly send = (database: string, command: Document): Promise<Document> =>
    this.#limited(this.#client.db(database).command(command));

  /** Pings the server; connects where it is not connected yet. Never throws. */
  async ping(): Promise<Ping> {
    const begun = performance.now();
    try {
      await this.#limited(this.#pingConnected());
      return { durationMs: performance.now() - begun };
    } catch (error) {
      return { durationMs: performance.now() - begun, failure: this.explain(error) };
    }
  }

  /**
   * Why this user may not ask the server anything; undefined where it may. `ping` needs no user, so a server that
   * asks for one answers it all the same. Never throws.
   */
  async login(): Promise<string | undefined> {
    try {
      await this.send(this.database, { listCollections: 1, nameOnly: true, authorizedCollections: true });
      return undefined;
    } catch (error) {
      const { code } = (error ?? {}) as { code?: unknown };
      const asked =
        code === 13 &&
        /requires authentication|no users authenticated|not authenticated/i.test(messageOf(error));
      // Anything else is for the diagnostics to report: a compatible service may not know the command.
      return asked ? 'the server asks for authentication, and `mongodb-uri` gives no user' : undefined;
    }
  }

  /** Looks at the members of a shard. */
  readonly watchMembers: WatchMembers = (seeds) =>
    memberWatcher(this.#client, this.#timeoutMs, (error) => this.explain(error))(seeds);

  /** The driver's own limits do not cover every wait (a hanging name look-up, a stalled socket). */
  #limited<T>(work: Promise<T>): Promise<T> {
    return withLimit(work, this.#timeoutMs + 500, this.#timeoutMs);
  }

  async #pingConnected(): Promise<void> {
    // A client whose first connection failed stays closed, and answers "Topology is closed" for ever, until it
    // connects again; one that is connected returns at once.
    await this.#client.connect();
    await this.#client.db('admin').command({ ping: 1 });
  }

  /** How many documents a collection holds: counted where it is small, else estimated. */
  async count(collection: string): Promise<{ documents: number; estimated: boolean }> {
    const handle = this.#db.collection(collection);
    const estimate = await this.#limited(handle.estimatedDocumentCount({ maxTimeMS: this.#timeoutMs }));
    if (estimate > COUNT_EXACTLY_TO) return { documents: estimate, estimated: true };
    const documents = await this.#limited(handle.countDocuments({}, { maxTimeMS: this.#timeoutMs }));
    return { documents, estimated: false };
  }

  /** The names of the database's collections, without those of the system. */
  async collections(): Promise<string[]> {
    // `authorizedCollections`: a user who may read some of them gets those.
    const options = { nameOnly: true, authorizedCollections: true, maxTimeMS: this.#timeoutMs };
    const found = await this.#limited(this.#db.listCollections({}, options).toArray());
    return found
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('system.'))
      .sort();
  }

  /** An error of the driver in words, without secrets. */
  explain(error: unknown): string {
    const { code, codeName } = (error ?? {}) as { code?: unknown; codeName?: unknown };
    const text = this.#redact(messageOf(error));
    // 8000 is Atlas's; the driver gives the same for a wrong password.
    if (code === 18 || (code === 8000 && /auth/i.test(text)))
      return `authentication failed: the user or password is wrong (${codeName ?? code})`;
    if (code === 13) return `the user may not do this: ${text}`;
    return text;
  }
}

/** The samples of one measured ping. */
export function pingSamples(ping: Ping, at: number): Sample[] {
  const samples: Sample[] = [
    { metric: 'mongodb_up', labels: {}, value: ping.failure === undefined ? 1 : 0, unit: 'ratio', at },
  ];
  if (ping.failure === undefined) {
    samples.push({ metric: 'mongodb_ping_duration', labels: {}, value: ping.durationMs, unit: 'ms', at });
  }
  return samples;
}
