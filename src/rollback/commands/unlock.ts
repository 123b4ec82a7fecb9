import type { Filter } from 'mongodb';
import { formatDuration } from '../../support/duration.ts';
import { ConfigurationError } from '../../support/errors.ts';
import { input, text } from '../../support/problem.ts';
import { Audit } from '../store/audit.ts';
import { heldMessage, isWellFormed, LEASES, type LeaseRecord, leaseKey } from '../store/lease.ts';
import type { Bench } from './with-operation.ts';

/**
 * Takes the lease from whoever holds it, after a look at who that is and a confirmation. The token grows, so
 * that a holder that is not dead after all writes no checkpoint any more.
 * @returns what was done, in words
 */
export async function unlock(bench: Bench): Promise<{ message: string; operationId: string | undefined }> {
  const { options, ports, facts, retry, operations } = bench;
  const key = leaseKey(ports.db.databaseName);
  const leases = ports.state.collection<LeaseRecord>(LEASES);
  const held = await retry('read the lease', () => leases.findOne({ _id: key }));
  const now = facts.serverNow();
  if (held === null || (isWellFormed(held) && held.holder === null && held.expiresAt.getTime() <= now)) {
    return { message: 'nobody holds the lease on this database', operationId: undefined };
  }
  const phrase = `unlock ${held.operationId ?? ports.db.databaseName}`;
  if (options.confirm !== phrase) {
    throw new ConfigurationError({
      code: 'confirmation',
      where: 'confirm',
      message: `${options.confirm === undefined ? 'is missing' : 'is not the phrase'}; ${heldMessage(held, now)}`,
      hint: text`Make sure that this run is dead, then write ${input('confirm', phrase)}.`,
    });
  }
  const malformed = !isWellFormed(held);
  const token = (Number.isFinite(held.token) ? held.token : await operations.highestToken()) + 1;
  // Its time stays: until then the former holder may still write. Nobody else gets the lease before.
  const until = malformed ? now + options.leaseMs : held.expiresAt.getTime();
  const { matchedCount } = await retry('unlock', () =>
    leases.updateOne(
      { _id: key, token: held.token ?? null } as Filter<LeaseRecord>,
      {
        $set: {
          holder: null,
          operationId: null,
          acquiredAt: new Date(now),
          expiresAt: new Date(until),
          token,
        },
      },
      { writeConcern: { w: 'majority' } },
    ),
  );
  if (matchedCount === 0) {
    throw new ConfigurationError({
      code: 'lease-moved',
      where: 'operation',
      message: 'the lease changed hands meanwhile; look again',
    });
  }
  if (held.operationId !== null) await operations.cutShort(held.operationId, token);
  await new Audit(ports, retry).write({
    event: 'lease.unlocked',
    operationId: held.operationId ?? '',
    operation: 'unlock',
    outcome: `taken from ${held.holder ?? 'no holder'}`,
  });
  const left = until - facts.serverNow();
  if (left > 0) {
    ports.log.notice(
      `waiting ${formatDuration(left)} until the former holder of the lease can certainly not write any more`,
    );
    await ports.clock.sleep(left, ports.signal);
  }
  return {
    message: `the lease was taken from ${held.holder ?? 'no holder'}`,
    operationId: held.operationId ?? undefined,
  };
}
