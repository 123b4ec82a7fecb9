import { ConfigurationError } from '../../support/errors.ts';
import { input, text } from '../../support/problem.ts';
import { Audit } from '../store/audit.ts';
import { heldMessage, LEASES, type LeaseRecord, leaseKey } from '../store/lease.ts';
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
  if (held === null || held.holder === null) {
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
  const token = held.token + 1;
  const { matchedCount } = await retry('unlock', () =>
    leases.updateOne(
      { _id: key, token: held.token },
      { $set: { holder: null, operationId: null, expiresAt: new Date(0), token } },
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
    outcome: `taken from ${held.holder}`,
  });
  return { message: `the lease was taken from ${held.holder}`, operationId: held.operationId ?? undefined };
}
