import type { Collection, Db } from 'mongodb';
import { withLimit } from '../support/clock.ts';
import { messageOf } from '../support/errors.ts';
import { redactUserInfo } from '../support/redact.ts';
import type { StateOptions } from './open-store.ts';
import { type StateArea, type StateStore, StateUnavailableError } from './store.ts';

interface StateDocument {
  _id: string;
  /** Rises with each write; a write goes through only on the revision that was read. */
  revision: number;
  value: unknown;
  updatedAt: Date;
}

const COMMAND_LIMIT_MS = 10_000;
/** How long an update tries against other runs that are faster. */
const UPDATE_LIMIT_MS = 30_000;
const DUPLICATE_KEY = 11_000;

/**
 * One document a key. An update is compare-and-set on the document's revision, so it is safe under any
 * number of runs without transactions.
 */
export class MongoStateStore implements StateStore {
  readonly kind = 'mongodb';
  readonly description: string;
  readonly #db: Db;
  readonly #options: StateOptions;

  constructor(db: Db, options: StateOptions) {
    this.#db = db;
    this.#options = options;
    this.description = `MongoDB (${db.databaseName})`;
  }

  async read(area: StateArea, key: string): Promise<unknown> {
    return this.#guard(async () => readable((await this.#find(area, key))?.value));
  }

  async update<R>(
    area: StateArea,
    key: string,
    change: (current: unknown) => { next?: unknown; result: R },
  ): Promise<R> {
    return this.#guard(async () => {
      const { clock, random } = this.#options;
      const deadline = clock.monotonic() + UPDATE_LIMIT_MS;
      for (let attempt = 0; ; attempt++) {
        const current = await this.#find(area, key);
        const { next, result } = change(readable(current?.value));
        if (next === undefined) return result;
        if (await this.#write(area, key, current?.revision, storable(next))) return result;
        if (clock.monotonic() > deadline) {
          throw new StateUnavailableError(
            `${this.description}: other runs kept changing ${area}/${key} for ${UPDATE_LIMIT_MS / 1_000} s`,
          );
        }
        // Full jitter: those who lost must not meet again at the same instant.
        await clock.sleep(random() * Math.min(500, 4 * 2 ** Math.min(attempt, 10)));
      }
    });
  }

  async close(): Promise<void> {
    // The client belongs to whoever opened it.
  }

  #collection(area: StateArea): Collection<StateDocument> {
    return this.#db.collection<StateDocument>(area, {
      readPreference: 'primary',
      writeConcern: { w: 'majority' },
      ignoreUndefined: true,
    });
  }

  async #find(area: StateArea, key: string): Promise<StateDocument | null> {
    // A client whose first connection failed answers "Topology is closed" until it is told to connect again.
    await this.#db.client.connect();
    return this.#limited(this.#collection(area).findOne({ _id: key }));
  }

  /** @returns whether this run was the one that wrote. */
  async #write(area: StateArea, key: string, revision: number | undefined, value: unknown): Promise<boolean> {
    const updatedAt = new Date(this.#options.clock.now());
    const collection = this.#collection(area);
    if (revision === undefined) {
      try {
        await this.#limited(collection.insertOne({ _id: key, revision: 1, value, updatedAt }));
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
        throw error;
      }
    }
    const replaced = await this.#limited(
      collection.replaceOne({ _id: key, revision }, { revision: revision + 1, value, updatedAt }),
    );
    return replaced.matchedCount === 1;
  }

  /** The driver has no limit of its own for a connection that something on the way swallows. */
  async #limited<R>(command: Promise<R>): Promise<R> {
    try {
      return await withLimit(command, this.#options.commandLimitMs ?? COMMAND_LIMIT_MS);
    } catch (error) {
      if (isDriverError(error)) throw error;
      throw new StateUnavailableError(`${this.description}: ${messageOf(error)}`, { cause: error });
    }
  }

  async #guard<R>(work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } catch (error) {
      if (!isDriverError(error)) throw error;
      throw new StateUnavailableError(`${this.description}: ${redactUserInfo(messageOf(error))}`, {
        cause: error,
      });
    }
  }
}

/**
 * Names of fields in which some MongoDB-compatible services refuse a dot or a leading dollar: both are
 * written as their full-width look-alikes.
 */
function storable(value: unknown): unknown {
  return withKeys(value, (key) => key.replaceAll('.', '\uff0e').replace(/^\$/, '\uff04'));
}

function readable(value: unknown): unknown {
  return withKeys(value, (key) => key.replaceAll('\uff0e', '.').replace(/^\uff04/, '$'));
}

function withKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, rename));
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [rename(key), withKeys(inner, rename)]),
  );
}

/** Everything the driver throws; an error of the caller's own `change` goes through untouched. */
function isDriverError(error: unknown): boolean {
  return error instanceof Error && (/^Mongo/.test(error.name) || /^BSON/.test(error.name));
}
