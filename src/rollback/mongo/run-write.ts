import type { ClientSession, Db, Document } from 'mongodb';

export interface WriteError {
  readonly index: number;
  readonly code: number;
  readonly errmsg: string;
}

export interface WriteReply {
  readonly n: number;
  readonly nModified: number;
  readonly writeErrors: readonly WriteError[];
}

/** The write may not be durable: a majority did not acknowledge it. Writing again is harmless. */
export class WriteConcernFailed extends Error {
  override readonly name = 'WriteConcernFailed';
}

/** An attempt was given up when its time was over; whether another one follows is its caller's to decide. */
export class AttemptTimedOut extends Error {
  override readonly name = 'AttemptTimedOut';
}

/**
 * Sends one write command as it is, its documents as a list or as a `RawSequence`. The driver's `bulkWrite` measures
 * every operation a second time and hides which error belongs to which document; here both are known already.
 * The reply may hold refusals; where each write counts, use `runWrite`.
 * @throws WriteConcernFailed where a majority did not acknowledge, AttemptTimedOut after `signal`
 */
export async function sendWrite(
  db: Db,
  command: Document,
  { session, signal }: { session?: ClientSession | undefined; signal?: AbortSignal | undefined } = {},
): Promise<WriteReply> {
  const inTransaction = session?.inTransaction() ?? false;
  const reply = await db
    .command(inTransaction ? command : { ...command, writeConcern: { w: 'majority' } }, {
      ...(session ? { session } : {}),
      ...(signal ? { signal } : {}),
    })
    .catch((error: unknown) => {
      if (signal?.aborted) throw new AttemptTimedOut('the write was not answered in time', { cause: error });
      throw error;
    });
  const writeErrors = (reply.writeErrors ?? []) as WriteError[];
  if (reply.writeConcernError) {
    throw new WriteConcernFailed(
      `write concern: ${String(reply.writeConcernError.errmsg ?? reply.writeConcernError.code)}`,
    );
  }
  return { n: Number(reply.n ?? 0), nModified: Number(reply.nModified ?? 0), writeErrors };
}

/**
 * `sendWrite` where each of the writes counts. The server answers a command whose writes it refused (a full disk, a
 * validator) as one that worked; that must not pass for done.
 * @param expected what a refusal is called, and the code of what is none: 11000 for an insert that may meet its own
 *   first try
 * @throws Error with the server's words and code, WriteConcernFailed
 */
export async function runWrite(
  db: Db,
  command: Document,
  { refused: what, known, session }: { refused: string; known?: number; session?: ClientSession | undefined },
): Promise<WriteReply> {
  const reply = await sendWrite(db, command, { session });
  const refused = reply.writeErrors.find(({ code }) => code !== known);
  if (refused) throw Object.assign(new Error(`${what}: ${refused.errmsg}`), { code: refused.code });
  return reply;
}
