import { ConfigurationError } from '../../support/errors.ts';
import { input, text } from '../../support/problem.ts';
import { runSteps } from '../run/steps.ts';
import type { Journal } from '../store/journal.ts';
import type { OperationRecord } from '../store/operations.ts';
import { cutShortRestore, isInEffect, refuseOutOfOrder } from './overlap.ts';
import { refusePurged } from './purge.ts';
import { requireWholeJournal, restoreSteps } from './restore.ts';
import { type Bench, holdOperation, unknownOperation } from './with-operation.ts';

/** Finishes an operation that was cut short, on any runner: an `apply`, or a `restore`. */
export async function resume(bench: Bench): Promise<OperationRecord> {
  const { options, ports, operations } = bench;
  const wanted = options.operationId ?? (await latestUnfinished(bench));
  return holdOperation(
    bench,
    wanted,
    async (_lease, journal) => {
      const record = await operations.find(wanted);
      if (record === undefined || record.database !== ports.db.databaseName) throw unknownOperation(wanted);
      if (record.restoredBy !== null) {
        throw new ConfigurationError({
          code: 'nothing-to-resume',
          where: 'operation-id',
          message: `operation ${wanted} was undone by ${record.restoredBy}`,
        });
      }
      if (record.state === 'succeeded') {
        throw new ConfigurationError({
          code: 'nothing-to-resume',
          where: 'operation-id',
          message: `operation ${wanted} is finished; there is nothing to resume`,
        });
      }
      if (record.kind === 'apply') await refuseBesideItsRestore(bench, record);
      else await refuseWhereUndone(bench, record, journal);
      return { record, resumed: true };
    },
    async (work) => (work.record.kind === 'apply' ? runSteps(work) : restoreSteps(work)),
    { wait: true },
  );
}

/** An `apply` of which some was brought back by a restore that was cut short: that one is to be finished. */
async function refuseBesideItsRestore({ operations }: Bench, record: OperationRecord): Promise<void> {
  const restore = await cutShortRestore(operations, record);
  if (restore === undefined) return;
  throw new ConfigurationError({
    code: 'operation-open',
    where: 'operation-id',
    message: `operation ${record._id} is being undone by ${restore}, which was cut short`,
    hint: text`Write ${input('operation', 'resume')} with ${input('operation-id', restore)} to finish the undo; then apply again if that is wanted.`,
  });
}

/** A `restore` whose work another one has done since, that something newer stands in the way of, or without its journal. */
async function refuseWhereUndone(bench: Bench, record: OperationRecord, journal: Journal): Promise<void> {
  const original = await bench.operations.find(record.of ?? '');
  if (original === undefined) throw unknownOperation(record.of ?? '');
  refusePurged(original);
  const left = record.steps.filter((step) => step.state !== 'restored');
  const inEffect = original.steps.filter(
    (step) => step.state !== 'restored' && left.some((other) => other.step === step.step),
  );
  if (left.length > 0 && inEffect.length === 0) {
    throw new ConfigurationError({
      code: 'nothing-to-resume',
      where: 'operation-id',
      message: `nothing to resume: operation ${original._id} is already restored${original.restoredBy ? ` by ${original.restoredBy}` : ''}`,
    });
  }
  await refuseOutOfOrder(bench, original, inEffect);
  // Looked at when the restore began; who knows how long ago that was.
  await requireWholeJournal(bench, journal, original._id, inEffect);
}

/** The newest operation that was cut short and is worth resuming. */
async function latestUnfinished({ operations, ports }: Bench): Promise<string> {
  const unfinished = await operations.list(ports.db.databaseName, {
    limit: 100,
    filter: { restoredBy: null, state: { $ne: 'succeeded' } },
  });
  for (const operation of unfinished) {
    if (operation.kind === 'apply') return operation._id;
    const original = await operations.find(operation.of ?? '');
    if (original?.steps.some(isInEffect)) return operation._id;
  }
  throw new ConfigurationError({
    code: 'nothing-to-resume',
    where: 'operation-id',
    message: 'there is no operation that was cut short',
  });
}
