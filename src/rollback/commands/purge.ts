import { formatDuration } from '../../support/duration.ts';
import { ConfigurationError } from '../../support/errors.ts';
import { bytesInWords } from '../../support/format.ts';
import { input, text } from '../../support/problem.ts';
import { runWrite } from '../mongo/run-write.ts';
import { Audit } from '../store/audit.ts';
import { JOURNAL } from '../store/journal.ts';
import { Lease } from '../store/lease.ts';
import type { OperationRecord } from '../store/operations.ts';
import { cutShortRestore } from './overlap.ts';
import { type Bench, unknownOperation } from './with-operation.ts';

/**
 * Deletes the journal of one operation, which cannot be undone afterwards. Nothing else ever deletes journals:
 * there is no time to live.
 * @throws ConfigurationError while an undo is promised: the operation is not over, or the retention has not passed
 */
export async function purge(bench: Bench): Promise<{ record: OperationRecord; entries: number }> {
  const { options, ports, facts, retry, operations } = bench;
  const { operationId } = options;
  if (operationId === undefined) {
    throw new ConfigurationError({
      code: 'required',
      where: 'operation-id',
      message: 'is required for `purge`',
      hint: text`Run ${input('operation', 'history')} to see the operations and their ids.`,
    });
  }
  const found = await purgeable(bench, operationId);
  const phrase = `purge ${operationId}`;
  if (options.confirm !== phrase) {
    throw new ConfigurationError({
      code: 'confirmation',
      where: 'confirm',
      message: `${options.confirm === undefined ? 'is missing' : 'is not the phrase'}; ${sizeInWords(found)} would be deleted, and the operation could not be undone any more`,
      hint: text`Write ${input('confirm', phrase)}.`,
    });
  }
  const lease = await Lease.acquire(ports, facts, { ttlMs: options.leaseMs, operationId });
  try {
    // Somebody may have begun to undo it since.
    const record = await purgeable(bench, operationId);
    // Noted first: a purge that is cut short leaves a journal that nothing is restored from.
    await operations.markPurged(operationId, new Date(ports.clock.now()));
    const command = {
      delete: JOURNAL,
      deletes: [{ q: { _id: { $gte: { o: operationId }, $lt: { o: `${operationId}\u0001` } } }, limit: 0 }],
    };
    const entries = await retry('purge the journal', () =>
      runWrite(ports.state, command, { refused: 'the journal was not deleted' }),
    );
    await new Audit(ports, retry).write({
      event: 'journal.purged',
      operationId,
      operation: 'purge',
      records: entries.n,
      outcome: 'purged',
    });
    return { record: { ...record, purgedAt: new Date(ports.clock.now()) }, entries: entries.n };
  } finally {
    await lease.release();
  }
}

/** @throws ConfigurationError where the journal is still needed */
async function purgeable(
  { operations, options, ports }: Bench,
  operationId: string,
): Promise<OperationRecord> {
  const database = ports.db.databaseName;
  const record = await operations.find(operationId);
  if (record === undefined || record.database !== database) throw unknownOperation(operationId);
  refuseWhilePromised(record, ports.clock.now(), options.journalRetentionMs);
  const restore = await cutShortRestore(operations, record);
  if (restore !== undefined) {
    throw new ConfigurationError({
      code: 'operation-open',
      where: 'operation-id',
      message: `operation ${operationId} is being undone by ${restore}, which was cut short; its journal is needed`,
      hint: text`Write ${input('operation', 'resume')} with ${input('operation-id', restore)} first.`,
    });
  }
  return record;
}

/** @throws ConfigurationError where there is no journal any more: an undo would find nothing to do, and say it is done */
export function refusePurged(record: OperationRecord): void {
  if (!record.purgedAt) return;
  throw new ConfigurationError({
    code: 'journal-purged',
    where: 'operation-id',
    message: `the journal of operation ${record._id} was purged at ${record.purgedAt.toISOString()}; it cannot be undone`,
    hint: 'Restore from a backup; see ROLLBACK_PROCEDURES.md.',
  });
}

function refuseWhilePromised(record: OperationRecord, now: number, retentionMs: number): void {
  const refuse = (message: string, hint: string) => {
    throw new ConfigurationError({ code: 'journal-needed', where: 'operation-id', message, hint });
  };
  if (record.kind === 'restore')
    refuse(`operation ${record._id} is a restore and has no journal`, 'Name the apply.');
  if (record.restoredBy !== null) return;
  if (record.finishedAt === null || record.state !== 'succeeded') {
    refuse(
      `operation ${record._id} is ${record.state}; its journal is needed`,
      'Resume or restore it first.',
    );
    return;
  }
  const left = record.finishedAt.getTime() + retentionMs - now;
  if (left > 0) {
    refuse(
      `an undo of operation ${record._id} is promised for another ${formatDuration(left)}`,
      'Wait, or lower `rollback.journal-retention` in the guard file.',
    );
  }
}

/** Of an operation, for `status`. */
export function journalInWords(record: OperationRecord): string {
  if (record.kind === 'restore') return 'a restore keeps none of its own';
  if (record.purgedAt) return `purged at ${record.purgedAt.toISOString()}`;
  return sizeInWords(record);
}

/** `9,600 before-images (1.2 MB)`. */
function sizeInWords(record: OperationRecord): string {
  let entries = 0;
  let bytes = 0;
  for (const step of record.steps) {
    for (const unit of step.units) {
      entries += unit.journaled;
      bytes += unit.bytes;
    }
  }
  return `${entries.toLocaleString('en-US')} before-images (${bytesInWords(bytes)})`;
}
