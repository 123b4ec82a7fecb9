import type { Binary, ClientSession, Db, Document } from 'mongodb';
import type { OperationState, Reversibility, Risk, StepState } from '../../report/vocabulary.ts';
import type { RunContext } from '../../support/run-context.ts';
import { holderName, type RollbackPorts } from '../model/ports.ts';
import type { Recording } from '../model/recording.ts';
import type { Retry } from '../mongo/retry.ts';
import { runWrite } from '../mongo/run-write.ts';
import type { ConflictReason } from '../reversals/batch.ts';

export const OPERATIONS_COLLECTION = 'rollback_operations';
const REFUSED = 'the record of the operation was refused';

/** How far one unit of a STEP has come: its checkpoint. */
export interface UnitRecord {
  collection: string;
  summary: string;
  /** Documents that the plan counted. */
  matched: number;
  state: 'pending' | 'running' | 'done';
  /** The scan that is under way, from 1: a later one fetches what came in behind the one before. */
  pass: number;
  /** Batches up to this one are written and acknowledged. */
  batch: number;
  /** Where the scan was then (`idBytes`); null = at the beginning. */
  lastId: Binary | null;
  /** Documents of those batches: journalled, now as they should be, left alone. */
  journaled: number;
  modified: number;
  conflicts: number;
  /** Of the conflicts by kind, so that only what another writer did can be passed over. */
  kinds?: Partial<Record<ConflictReason, number>>;
  /** Of the conflicts those that this operation may have written all the same, before another writer did. */
  doubts?: number;
  /** Bytes of their before- and after-images. */
  bytes: number;
  /** The hashes of their journal entries, folded: missing or foreign entries show. */
  fold: Binary | null;
}

export interface StepRecord {
  step: string;
  name: string;
  risk: Risk;
  reversibility: Reversibility;
  /** The STEP as it was applied, as JSON: `resume` and `restore` go by it, not by today's guard file. */
  definition: string;
  state: StepState;
  matched: number;
  durationMs: number;
  units: UnitRecord[];
  /** The fencing token of the run that worked on it last: tells which of two STEPs came later. */
  token?: number;
  /** The first documents that were left alone, id and reason. */
  conflictSamples: string[];
  error: string | null;
}

/** An `apply` or a `restore`, from its beginning to its end: the source of `status` and `history`. */
export interface OperationRecord {
  _id: string;
  kind: 'apply' | 'restore' | 'record';
  environment: string;
  database: string;
  state: OperationState;
  /** The fencing token of the run that works on it. */
  token: number;
  holder: string;
  planDigest: string;
  /** The operation that a `restore` undoes. */
  of: string | null;
  /** The `restore` that undid this one. */
  restoredBy: string | null;
  /** When its journal was purged: it cannot be undone any more. */
  purgedAt: Date | null;
  startedAt: Date;
  updatedAt: Date;
  finishedAt: Date | null;
  actor: string;
  run: { repository: string | null; runId: string | null; url: string | null; commit: string | null };
  steps: StepRecord[];
  error: string | null;
  /** Of a `record`: what is watched, and how far its sealing has come. */
  recording?: Recording;
}

/** Another run has taken the operation over: nothing more is written by this one. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** Operations in the state database. Every change is fenced by the token. */
export class Operations {
  readonly #db: Db;
  readonly #retry: Retry;

  constructor(stateDb: Db, retry: Retry) {
    this.#db = stateDb;
    this.#retry = retry;
  }

  async create(record: OperationRecord): Promise<void> {
    await this.#retry('record the operation', async () => {
      const command = { insert: OPERATIONS_COLLECTION, documents: [record] };
      await runWrite(this.#db, command, { refused: REFUSED, known: 11000 });
    });
  }

  async find(operationId: string): Promise<OperationRecord | undefined> {
    return this.#retry('read the operation', async () => {
      const found = await this.#collection().findOne({ _id: operationId });
      return found ?? undefined;
    });
  }

  /** Operations of a database, the newest first. */
  async list(
    database: string,
    options: { limit: number; skip?: number; filter?: Document },
  ): Promise<OperationRecord[]> {
    return this.#retry('read the history', () =>
      this.#collection()
        .find({ database, ...options.filter })
        .sort({ startedAt: -1, _id: -1 })
        .skip(options.skip ?? 0)
        .limit(options.limit)
        .toArray(),
    );
  }

  /** @throws Fenced where the token is not the newest any more. */
  async update(operationId: string, token: number, set: Document, session?: ClientSession): Promise<void> {
    const updates = [{ q: { _id: operationId, token }, u: { $set: { ...set, updatedAt: new Date() } } }];
    const send = async () => {
      const n = await this.#write(updates, session);
      if (n === 0) throw new Fenced(`operation ${operationId} was taken over by another run; this one stops`);
    };
    await (session ? send() : this.#retry('write the checkpoint', send));
  }

  /** A run takes an operation over; the token of whoever had it is stale from here on. */
  async takeOver(operationId: string, token: number, holder: string): Promise<void> {
    await this.#retry('take the operation over', async () => {
      const n = await this.#write([
        {
          q: { _id: operationId, token: { $lte: token } },
          u: {
            $set: { token, holder, state: 'running', finishedAt: null, error: null, updatedAt: new Date() },
          },
        },
      ]);
      if (n === 0) throw new Fenced(`operation ${operationId} is in the hands of a newer run`);
    });
  }

  /** Notes on an operation that it was undone, STEP by STEP. Called by the holder of the lease. */
  async markRestored(
    operationId: string,
    restoredBy: string,
    steps: readonly number[],
    whole: boolean,
  ): Promise<void> {
    const set: Document = Object.fromEntries(steps.map((step) => [`steps.${step}.state`, 'restored']));
    if (whole) set.restoredBy = restoredBy;
    const updates: Document[] = [{ q: { _id: operationId }, u: { $set: set } }];
    if (whole) {
      // Killed, and never resumed: nobody runs it any more.
      const killed = { _id: operationId, state: { $in: ['running', 'throttled'] } };
      updates.push({ q: killed, u: { $set: { state: 'interrupted' } } });
    }
    await this.#retry('record the restore', () => this.#write(updates));
  }

  /** Notes that an operation's journal is gone. */
  async markPurged(operationId: string, at: Date): Promise<void> {
    await this.#retry('record the purge', () =>
      this.#write([{ q: { _id: operationId }, u: { $set: { purgedAt: at } } }]),
    );
  }

  /**
   * Called by the new holder of a database's lease: operations that are recorded as running have lost theirs. Their
   * token becomes stale, so that neither a checkpoint nor a transaction that carries one goes through any more.
   */
  async fenceOff(database: string, token: number): Promise<void> {
    await this.#retry('end the operations that lost the lease', () =>
      this.#write([
        {
          q: { database, token: { $lt: token }, state: { $in: ['running', 'throttled'] } },
          u: { $set: { token, state: 'interrupted' } },
          multi: true,
        },
      ]),
    );
  }

  /** The highest token that an operation carries: a lease that lost its own goes on behind it. */
  async highestToken(): Promise<number> {
    const newest = await this.#retry('read the operations', () =>
      this.#collection().find().sort({ token: -1 }).limit(1).next(),
    );
    return newest?.token ?? 0;
  }

  /** Makes the token of whoever works on an operation stale, and says that it was cut short. */
  async cutShort(operationId: string, token: number): Promise<void> {
    await this.#retry('record the unlock', () =>
      this.#write([
        {
          q: { _id: operationId, token: { $lt: token }, state: { $in: ['running', 'throttled'] } },
          u: { $set: { token, state: 'interrupted' } },
        },
      ]),
    );
  }

  /** @returns how many were found; none of them was refused. */
  async #write(updates: readonly Document[], session?: ClientSession): Promise<number> {
    const command = { update: OPERATIONS_COLLECTION, updates };
    return (await runWrite(this.#db, command, { refused: REFUSED, session })).n;
  }

  #collection() {
    return this.#db.collection<OperationRecord>(OPERATIONS_COLLECTION);
  }
}

/** A unit that nothing was done of. */
export function newUnit(collection: string, summary: string, matched: number): UnitRecord {
  return {
    collection,
    summary,
    matched,
    state: 'pending',
    pass: 1,
    batch: 0,
    lastId: null,
    journaled: 0,
    modified: 0,
    conflicts: 0,
    bytes: 0,
    fold: null,
  };
}

/** A STEP that nothing was done of. */
export function newStep(
  parts: Pick<StepRecord, 'step' | 'name' | 'risk' | 'reversibility' | 'definition' | 'matched' | 'units'>,
): StepRecord {
  return { ...parts, state: 'pending', durationMs: 0, conflictSamples: [], error: null };
}

/** An operation at its beginning, by the run that begins it. */
export function newOperation(
  ports: Pick<RollbackPorts, 'clock' | 'db' | 'environment' | 'run'>,
  parts: Pick<OperationRecord, '_id' | 'kind' | 'token' | 'planDigest' | 'of' | 'steps'>,
): OperationRecord {
  const now = new Date(ports.clock.now());
  return {
    ...parts,
    environment: ports.environment,
    database: ports.db.databaseName,
    state: 'running',
    holder: holderName(ports),
    restoredBy: null,
    purgedAt: null,
    startedAt: now,
    updatedAt: now,
    finishedAt: null,
    actor: ports.run.actor,
    run: runRecord(ports.run),
    error: null,
  };
}

/** Where and by whom, as operations and audit entries keep it. */
export function runRecord(run: RunContext): OperationRecord['run'] {
  return {
    repository: run.repository ?? null,
    runId: run.runId ?? null,
    url: run.url ?? null,
    commit: run.commit ?? null,
  };
}
