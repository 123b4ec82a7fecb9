import type { Db, Document, UpdateResult } from 'mongodb';
import { withLimit } from '../../support/clock.ts';
import { formatDuration } from '../../support/duration.ts';
import { LeaseHeldError, messageOf } from '../../support/errors.ts';
import { holderName, type RollbackPorts } from '../model/ports.ts';
import type { ServerFacts } from '../mongo/server.ts';

export const LEASES = 'leases';

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
  readonly #db: Db;
  readonly #key: string;
  readonly #ports: RollbackPorts;
  readonly #facts: ServerFacts;
  readonly #ttl: number;
  readonly #stop = new AbortController();
  #validUntil: number;
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
  }) {
    this.#db = parts.db;
    this.#key = parts.key;
    this.token = parts.token;
    this.#ports = parts.ports;
    this.#facts = parts.facts;
    this.#ttl = parts.ttl;
    this.#validUntil = parts.validUntil;
  }

  /** @throws LeaseHeldError with the holder's name, where another run holds it. */
  static async acquire(
    ports: RollbackPorts,
    facts: ServerFacts,
    options: { ttlMs: number; operationId: string },
  ): Promise<Lease> {
    const key = leaseKey(ports.db.databaseName);
    const started = ports.clock.monotonic();
    const now = facts.serverNow();
    const leases = ports.state.collection<LeaseRecord>(LEASES);
    try {
      const found = await leases.findOneAndUpdate(
        { _id: key, $or: [{ holder: null }, { expiresAt: { $lte: new Date(now) } }] },
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
      });
      lease.#renewing = lease.#renewLoop();
      return lease;
    } catch (error) {
      if ((error as Document).code !== 11000) throw error;
      const held = await leases.findOne({ _id: key });
      throw new LeaseHeldError(held ? heldMessage(held, now) : 'another operation holds the lease');
    }
  }

  /** Called before each batch is written. @throws LeaseLost */
  assertHeld(): void {
    if (this.#lost === undefined && this.#ports.clock.monotonic() >= this.#validUntil) {
      this.#lost = 'it ran out before it could be renewed';
    }
    if (this.#lost !== undefined) throw new LeaseLost(`the lease on ${this.#key} is lost: ${this.#lost}`);
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
          { $set: { holder: null, operationId: null, expiresAt: new Date(0) } },
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
      try {
        // An answer that is swallowed on the way must leave time to ask again, by another connection.
        const { matchedCount } = await withLimit(this.#renew(), this.#ttl / 6);
        if (matchedCount === 0) this.#lost = 'another run has taken it';
        else this.#validUntil = started + this.#ttl;
        pause = this.#ttl / 3;
      } catch {
        // Tried again until it runs out; `assertHeld` watches that.
        pause = this.#ttl / 15;
      }
    }
  }

  #renew(): Promise<UpdateResult> {
    return this.#db
      .collection<LeaseRecord>(LEASES)
      .updateOne(
        { _id: this.#key, token: this.token },
        { $set: { expiresAt: new Date(this.#facts.serverNow() + this.#ttl) } },
      );
  }
}

/** In words for whoever came second. */
export function heldMessage(held: LeaseRecord, now: number): string {
  const left = held.expiresAt.getTime() - now;
  return (
    `another operation holds the lease on this database: ${held.holder ?? 'nobody'}, operation ` +
    `${held.operationId ?? 'unknown'}, since ${held.acquiredAt.toISOString()}. ` +
    `If it is dead, the lease runs out in ${formatDuration(Math.max(0, left))}; then run again.`
  );
}
