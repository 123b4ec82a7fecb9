import type { Db, Document, UpdateResult } from 'mongodb';
import { withLimit } from '../../support/clock.ts';
import { formatDuration } from '../../support/duration.ts';
import { LeaseHeldError, messageOf } from '../../support/errors.ts';
import { holderName, type RollbackPorts } from '../model/ports.ts';
import type { ServerFacts } from '../mongo/server.ts';

export const LEASES = 'leases';
const LONGEST_MARGIN_MS = 1_000;
/** No run writes a lease that is longer than this ahead: `lease` is limited to it. */
const LONGEST_WAIT_MS = 10 * 60_000;
const WAIT_STEP_MS = 1_000;

/** One operation at a time on a database, whatever environment names point at it. */
export function leaseKey(database: string): string {
  return `rollback:${database}`;
}

export interface LeaseRecord {
  _id: string;
  /** null = free. The document stays, so that tokens only grow. */
  holder: string | null;
  operationId: string | null;
  environment: string;
  token: number;
  acquiredAt: Date;
  expiresAt: Date;
  /** The server session of the holder's transactions: whoever follows a dead holder ends it. */
  session?: Document | null;
}

/** The lease ran out or was taken: this run must not write any more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/**
 * Mutual exclusion between runs. The lease keeps honest runs apart; the token, which grows with every
 * holder and stands in each checkpoint's condition, stops one that was thought dead.
 */
export class Lease {
  readonly token: number;
  /** The session of a holder that did not give the lease back: its transaction may still hold documents. */
  readonly deadSession: Document | undefined;
  readonly #db: Db;
  readonly #key: string;
  readonly #ports: RollbackPorts;
  readonly #facts: ServerFacts;
  readonly #ttl: number;
  readonly #stop = new AbortController();
  /** Monotonic milliseconds, and the same moment by the server's clock. */
  #validUntil: number;
  #expiresAt: number;
  #lost: string | undefined;
  #renewing: Promise<void> = Promise.resolve();

  private constructor(parts: {
    db: Db;
    key: string;
    token: number;
    ports: RollbackPorts;
    facts: ServerFacts;
    ttl: number;
    validUntil: number;
    expiresAt: number;
    deadSession: Document | undefined;
  }) {
    this.deadSession = parts.deadSession;
    this.#db = parts.db;
    this.#key = parts.key;
    this.token = parts.token;
    this.#ports = parts.ports;
    this.#facts = parts.facts;
    this.#ttl = parts.ttl;
    this.#validUntil = parts.validUntil;
    this.#expiresAt = parts.expiresAt;
  }

  /**
   * Takes the lease; with `wait`, a dead holder's lease is waited for, and what it waits for is shown. A holder that
   * renews its lease meanwhile is alive.
   * @throws LeaseHeldError with the holder's name if another run holds it
   */
  static async acquire(
    ports: RollbackPorts,
    facts: ServerFacts,
    options: { ttlMs: number; operationId: string; wait?: boolean },
  ): Promise<Lease> {
    let seen: LeaseRecord | undefined;
    for (;;) {
      const taken = await Lease.#take(ports, facts, options);
      if (taken instanceof Lease) return taken;
      const { held, now } = taken;
      const refusal = new LeaseHeldError(held ? heldMessage(held, now) : 'another operation holds the lease');
      if (!options.wait || held === null || !isWellFormed(held)) throw refusal;
      const left = held.expiresAt.getTime() - now;
      if (left > LONGEST_WAIT_MS) throw refusal;
      if (seen !== undefined && isRenewed(seen, held)) throw refusal;
      if (seen === undefined) {
        ports.log.notice(
          `waiting up to ${formatDuration(Math.max(0, left))} for the lease of ${held.holder ?? 'a former holder'}, operation ${held.operationId ?? 'unknown'}; if it is renewed meanwhile, that run is alive and this one ends`,
        );
      }
      seen = held;
      await ports.clock.sleep(Math.min(WAIT_STEP_MS, Math.max(50, left + 20)), ports.signal);
    }
  }

  static async #take(
    ports: RollbackPorts,
    facts: ServerFacts,
    options: { ttlMs: number; operationId: string },
  ): Promise<Lease | { held: LeaseRecord | null; now: number }> {
    const key = leaseKey(ports.db.databaseName);
    const started = ports.clock.monotonic();
    const now = facts.serverNow();
    const leases = ports.state.collection<LeaseRecord>(LEASES);
    try {
      const found = await leases.findOneAndUpdate(
        // Not `holder: null`: an unlock empties the holder, and its writes may go on until the time is over.
        { _id: key, expiresAt: { $lte: new Date(now) } },
        {
          $set: {
            holder: holderName(ports),
            operationId: options.operationId,
            environment: ports.environment,
            acquiredAt: new Date(now),
            expiresAt: new Date(now + options.ttlMs),
          },
          $inc: { token: 1 },
        },
        { upsert: true, returnDocument: 'after', writeConcern: { w: 'majority' } },
      );
      if (found === null) throw new Error('the lease could not be read back');
      const lease = new Lease({
        db: ports.state,
        key,
        token: found.token,
        ports,
        facts,
        ttl: options.ttlMs,
        validUntil: started + options.ttlMs,
        expiresAt: now + options.ttlMs,
        deadSession: found.session ?? undefined,
      });
      lease.#renewing = lease.#renewLoop();
      return lease;
    } catch (error) {
      if ((error as Document).code !== 11000) throw error;
      return { held: await leases.findOne({ _id: key }), now };
    }
  }

  /**
   * The server's time until which a write of this run may happen: each attempt asks, and carries it as a condition
   * of the write, so that one which was on its way for too long changes nothing. Another run may take the lease
   * from `expiresAt` on; the margin is for its idea of the server's clock.
   * @throws LeaseLost
   */
  writeUntil(): Date {
    this.assertHeld();
    return new Date(this.#expiresAt - Math.min(LONGEST_MARGIN_MS, this.#ttl / 10));
  }

  /** Milliseconds for which the lease is held without another renewal. */
  get leftMs(): number {
    return Math.max(0, this.#validUntil - this.#ports.clock.monotonic());
  }

  /** Called before each attempt to write. @throws LeaseLost */
  assertHeld(): void {
    if (this.#lost === undefined && this.#ports.clock.monotonic() >= this.#validUntil) {
      this.#lost = 'it ran out before it could be renewed';
    }
    if (this.#lost !== undefined) throw new LeaseLost(`the lease on ${this.#key} is lost: ${this.#lost}`);
  }

  /** Notes the session of this run's transactions, before the first of them. */
  async noteSession(session: Document): Promise<void> {
    await this.#db
      .collection<LeaseRecord>(LEASES)
      .updateOne(
        { _id: this.#key, token: this.token },
        { $set: { session } },
        { writeConcern: { w: 'majority' } },
      );
  }

  /** Gives the lease back; never throws, because a lease that stays runs out by itself. */
  async release(): Promise<void> {
    this.#stop.abort();
    await this.#renewing;
    try {
      await this.#db
        .collection<LeaseRecord>(LEASES)
        .updateOne(
          { _id: this.#key, token: this.token },
          { $set: { holder: null, operationId: null, expiresAt: new Date(0), session: null } },
          { writeConcern: { w: 'majority' } },
        );
    } catch (error) {
      this.#ports.log.info(
        `the lease could not be given back (${this.#ports.redact(messageOf(error))}); it runs out in ${formatDuration(this.#ttl)}`,
      );
    }
  }

  async #renewLoop(): Promise<void> {
    const { clock } = this.#ports;
    let pause = this.#ttl / 3;
    while (this.#lost === undefined) {
      try {
        await clock.sleep(pause, this.#stop.signal);
      } catch {
        return;
      }
      const started = clock.monotonic();
      const expiresAt = this.#facts.serverNow() + this.#ttl;
      try {
        // An answer that is swallowed on the way must leave time to ask again, by another connection.
        const { matchedCount } = await withLimit(this.#renew(expiresAt), this.#ttl / 6);
        if (matchedCount === 0) this.#lost = 'another run has taken it';
        else {
          this.#validUntil = started + this.#ttl;
          this.#expiresAt = expiresAt;
        }
        pause = this.#ttl / 3;
      } catch {
        // Tried again until it runs out; `assertHeld` watches that.
        pause = this.#ttl / 15;
      }
    }
  }

  #renew(expiresAt: number): Promise<UpdateResult> {
    return this.#db.collection<LeaseRecord>(LEASES).updateOne(
      { _id: this.#key, token: this.token },
      { $set: { expiresAt: new Date(expiresAt) } },
      // A renewal that a new primary does not know of would be none.
      { writeConcern: { w: 'majority' } },
    );
  }
}

/** In words for whoever came second. */
export function heldMessage(held: LeaseRecord, now: number): string {
  if (!isWellFormed(held)) {
    return 'the lease on this database is malformed (its holder or its times cannot be read). Make sure that no operation runs, then unlock it.';
  }
  const left = held.expiresAt.getTime() - now;
  if (held.holder === null) {
    return `the lease on this database was taken from its holder and is free in ${formatDuration(Math.max(0, left))}: until then the former holder may still write`;
  }
  return (
    `another operation holds the lease on this database: ${held.holder}, operation ` +
    `${held.operationId ?? 'unknown'}, since ${held.acquiredAt.toISOString()}. ` +
    `If it is dead, the lease runs out in ${formatDuration(Math.max(0, left))}; then run again.`
  );
}

/** Whether the same holder is alive: the lease moved, by more than an idea of the server's clock can differ. */
function isRenewed(before: LeaseRecord, now: LeaseRecord): boolean {
  return before.token === now.token && now.expiresAt.getTime() > before.expiresAt.getTime();
}

/** Whether a lease document is one that a run wrote: another form never passes on by itself. */
export function isWellFormed(held: LeaseRecord): boolean {
  return held.expiresAt instanceof Date && held.acquiredAt instanceof Date && Number.isFinite(held.token);
}

/** Whether a lease stands in the way of a new holder, for `plan` and `status`: held, not free yet, or malformed. */
export function isTaken(held: LeaseRecord, now: number): boolean {
  return !isWellFormed(held) || held.expiresAt.getTime() > now;
}
