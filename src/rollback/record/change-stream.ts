import { BSON, type ClientSession, type Db, type Document, Timestamp } from 'mongodb';
import { isPassing, type Retry } from '../mongo/retry.ts';
import { type ChangeEvent, EventReader } from './change-event.ts';

/** From where changes are read: behind an event (its resume token), or from a cluster time on. */
export type StartPoint = { readonly token: Uint8Array } | { readonly at: bigint };

/** Events in the order in which they happened, and the token to go on behind them. */
export interface Changes {
  readonly events: readonly ChangeEvent[];
  /** undefined = the server gave none, or the last event is half read. */
  readonly token: Uint8Array | undefined;
  /** Everything up to the wanted time was read. */
  readonly reached: boolean;
}

/** The server does not have the changes since the wanted time any more. */
export class HistoryLost extends Error {
  override readonly name = 'HistoryLost';
}

/** Events that one answer of the server holds at most. */
const EVENTS_AT_ONCE = 2_000;
/** How long the server waits for something to happen before it answers that nothing did. */
const AWAIT_MS = 200;
/** A quiet shard says only every 10 s how far it is. */
const QUIET_ROUTER_MS = 60_000;

/** The stages that read changes; where the server cannot split large events it is asked without. */
function stages(
  start: StartPoint,
  uuids: readonly string[],
  names: readonly string[],
  split: boolean,
): Document[] {
  const from =
    'token' in start
      ? { resumeAfter: BSON.deserialize(start.token) }
      : { startAtOperationTime: new Timestamp(start.at) };
  const watched = [
    { collectionUUID: { $in: uuids.map((uuid) => new BSON.Binary(Buffer.from(uuid, 'hex'), 4)) } },
    { 'ns.coll': { $in: [...names] } },
    { operationType: { $nin: ['insert', 'update', 'replace', 'delete'] } },
  ];
  return [
    { $changeStream: { ...from, fullDocumentBeforeChange: 'whenAvailable', showExpandedEvents: true } },
    { $match: { $or: watched } },
    { $unset: ['fullDocument', 'updateDescription', 'stateBeforeChange', 'lsid', 'txnNumber'] },
    ...(split ? [{ $changeStreamSplitLargeEvent: {} }] : []),
  ];
}

export interface ReadOptions {
  readonly start: StartPoint;
  /** Cluster time up to which everything is to be read; it is acknowledged by a majority. */
  readonly until: bigint;
  /** The collections that exist, by their UUIDs, and the names that are watched. */
  readonly uuids: readonly string[];
  readonly names: readonly string[];
  readonly sharded: boolean;
  readonly retry: Retry;
  readonly monotonic: () => number;
}

/**
 * Reads what happened to the watched collections, raw, until everything up to a time was read; may return some
 * events that came later. A stream that is lost is opened again behind the last event that was handed out.
 * @throws HistoryLost, Error
 */
export async function* readChanges(db: Db, options: ReadOptions): AsyncGenerator<Changes, void> {
  let start = options.start;
  let stream: Stream | undefined;
  let quietSince = options.monotonic();
  try {
    for (;;) {
      const changes = await options.retry('read the changes', async () => {
        try {
          stream ??= await Stream.open(db, start, options);
          return await stream.next();
        } catch (error) {
          await stream?.close();
          stream = undefined;
          throw historyLost(error) ?? error;
        }
      });
      if (changes.token) start = { token: changes.token };
      const last = changes.events.at(-1)?.at ?? 0n;
      const position = positionOf(changes.token);
      const now = options.monotonic();
      if (changes.events.length > 0) quietSince = now;
      const reached =
        last > options.until ||
        (position !== undefined
          ? position >= options.until
          : changes.events.length === 0 && (!options.sharded || now - quietSince > QUIET_ROUTER_MS));
      yield { ...changes, reached };
      if (reached) return;
      if (changes.events.some((event) => event.kind === 'structure' && event.type === 'invalidate')) return;
    }
  } finally {
    await stream?.close();
  }
}

/**
 * How far a stream has read, from its token: MongoDB's begin with 82 and the cluster time, seconds and counter.
 * @returns undefined where the token is of another kind. Pure.
 */
export function positionOf(token: Uint8Array | undefined): bigint | undefined {
  if (token === undefined) return undefined;
  const { _data: data } = BSON.deserialize(token);
  if (typeof data !== 'string' || !/^82[0-9a-f]{16}/i.test(data)) return undefined;
  return BigInt(`0x${data.slice(2, 18)}`);
}

/** One open stream. */
class Stream {
  readonly #cursor: ReturnType<Db['runCursorCommand']>;
  readonly #reader = new EventReader();
  readonly #session: ClientSession;
  #token: Uint8Array | undefined;

  private constructor(db: Db, session: ClientSession, pipeline: Document[]) {
    this.#session = session;
    const command = {
      aggregate: 1,
      pipeline,
      cursor: { batchSize: EVENTS_AT_ONCE },
      readConcern: { level: 'majority' },
    };
    this.#cursor = db.runCursorCommand(command, { raw: true, session } as Document);
    this.#cursor.setBatchSize(EVENTS_AT_ONCE).setMaxTimeMS(AWAIT_MS);
    this.#keepTokens();
  }

  static async open(db: Db, start: StartPoint, { uuids, names }: ReadOptions): Promise<Stream> {
    for (const split of [true, false]) {
      const session = db.client.startSession();
      const stream = new Stream(db, session, stages(start, uuids, names, split));
      try {
        await stream.#first();
        return stream;
      } catch (error) {
        await stream.close();
        if (!split || !isUnknownStage(error)) throw error;
      }
    }
    throw new Error('the change stream could not be opened');
  }

  #opened: Uint8Array | null | undefined;

  async #first(): Promise<void> {
    this.#opened = (await this.#cursor.tryNext()) as Uint8Array | null;
  }

  async next(): Promise<Omit<Changes, 'reached'>> {
    const first =
      this.#opened === undefined ? ((await this.#cursor.tryNext()) as Uint8Array | null) : this.#opened;
    this.#opened = undefined;
    const documents = first === null ? [] : [first, ...(this.#cursor.readBufferedDocuments() as never[])];
    const events: ChangeEvent[] = [];
    for (const bytes of documents) {
      const event = this.#reader.read(bytes as Uint8Array);
      if (event !== undefined) events.push(event);
    }
    return { events, token: this.#reader.halfRead ? undefined : this.#token };
  }

  async close(): Promise<void> {
    await this.#cursor.close().catch(() => {});
    await this.#session.endSession().catch(() => {});
  }

  /** The driver gives a raw cursor's documents, and keeps the token that came with them to itself. */
  #keepTokens(): void {
    const cursor = this.#cursor as unknown as {
      _initialize(session: unknown): Promise<{ response: { postBatchResumeToken?: Document | null } }>;
      getMore(): Promise<{ postBatchResumeToken?: Document | null }>;
    };
    const keep = (token: Document | null | undefined) => {
      if (token) this.#token = BSON.serialize(token);
    };
    const initialize = cursor._initialize.bind(cursor);
    cursor._initialize = async (session) => {
      const state = await initialize(session);
      keep(state.response.postBatchResumeToken);
      return state;
    };
    const getMore = cursor.getMore.bind(cursor);
    cursor.getMore = async () => {
      const response = await getMore();
      keep(response.postBatchResumeToken);
      return response;
    };
  }
}

/** 40324: the server does not know a stage; before 6.0.9 and 7.0 it has none that splits events. */
function isUnknownStage(error: unknown): boolean {
  return (error as Document)?.code === 40324;
}

// 286 ChangeStreamHistoryLost; 136 CappedPositionLost; 280 ChangeStreamFatalError; 260 InvalidResumeToken.
const LOST = new Set([286, 136, 280, 260]);

function historyLost(error: unknown): HistoryLost | undefined {
  if (isPassing(error)) return undefined;
  const { code, message } = error as Document;
  return LOST.has(code) ? new HistoryLost(String(message), { cause: error }) : undefined;
}
