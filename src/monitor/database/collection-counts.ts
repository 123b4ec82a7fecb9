import type { DiagnosticsAnswer } from '../model/answers.ts';
import { describeError } from '../model/redact-message.ts';
import type { MongoDbPort } from './port.ts';

type Counts = NonNullable<DiagnosticsAnswer['collections']>;

const AT_ONCE = 5;

export interface CollectionCountsOptions {
  /** The collections to count; without them those that the database lists, up to `limit`. */
  readonly names: readonly string[] | undefined;
  readonly limit: number;
  /** How old a count may be before the next reader causes a new one. */
  readonly maxAgeMs: number;
  /** How long a reader waits, and how long the server may take for one collection. */
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly wallClock: () => number;
}

/** Estimated numbers of documents, asked for only when somebody reads them, and then kept for a while. */
export class CollectionCounts {
  readonly #options: CollectionCountsOptions;
  #cached: { readonly at: number; readonly counts: Counts } | null = null;
  #running: Promise<Counts> | null = null;

  constructor(options: CollectionCountsOptions) {
    this.#options = options;
  }

  /** Never rejects: what went wrong is in the answer. */
  async read(db: MongoDbPort): Promise<Counts> {
    const { now, maxAgeMs, timeoutMs } = this.#options;
    if (this.#cached !== null && now() - this.#cached.at < maxAgeMs) return this.#cached.counts;
    this.#running ??= this.#count(db).finally(() => {
      this.#running = null;
    });
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<Counts>((resolve) => {
      limit = setTimeout(
        () => resolve(this.#cached?.counts ?? this.#failed(`no answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      limit.unref();
    });
    return Promise.race([this.#running, late]).finally(() => clearTimeout(limit));
  }

  async #count(db: MongoDbPort): Promise<Counts> {
    const { limit, timeoutMs, now, wallClock } = this.#options;
    try {
      const listed = this.#options.names ?? (await listNames(db));
      const names = listed.slice(0, limit);
      const counts: { name: string; documents: number | null }[] = [];
      let firstError: string | null = null;
      for (let from = 0; from < names.length; from += AT_ONCE) {
        const some = names.slice(from, from + AT_ONCE).map(async (name) => {
          try {
            const documents = await db.collection?.(name).estimatedDocumentCount({ maxTimeMS: timeoutMs });
            return { name, documents: documents ?? null };
          } catch (error) {
            firstError ??= describeError(error).message;
            return { name, documents: null };
          }
        });
        counts.push(...(await Promise.all(some)));
      }
      const answer: Counts = {
        countedAt: new Date(wallClock()).toISOString(),
        counts,
        truncated: listed.length > limit,
        error: firstError,
      };
      // A count that failed is not kept: the next reader tries again.
      if (firstError === null) this.#cached = { at: now(), counts: answer };
      return answer;
    } catch (error) {
      return this.#failed(describeError(error).message);
    }
  }

  #failed(error: string): Counts {
    return {
      countedAt: new Date(this.#options.wallClock()).toISOString(),
      counts: [],
      truncated: false,
      error,
    };
  }
}

async function listNames(db: MongoDbPort): Promise<string[]> {
  const listed = (await db.listCollections?.({}, { nameOnly: true }).toArray()) ?? [];
  return (listed as readonly { name?: unknown; type?: unknown }[])
    .filter(({ name, type }) => typeof name === 'string' && !name.startsWith('system.') && type !== 'view')
    .map(({ name }) => String(name))
    .sort();
}
