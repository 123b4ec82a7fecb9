import { ConfigurationError } from '../support/errors.ts';
import { type Bench, holdOperation, unknownOperation } from './operation.ts';
import type { OperationRecord } from './operations.ts';
import { restoreSteps } from './restore.ts';
import { runSteps } from './run-steps.ts';

/** Finishes an operation that was cut short, on any runner: an `apply`, or a `restore`. */
export async function resume(bench: Bench): Promise<OperationRecord> {
  const { options, ports, operations } = bench;
  const wanted = options.operationId ?? (await latestUnfinished(bench));
  return holdOperation(
    bench,
    wanted,
    async () => {
      const record = await operations.find(wanted);
      if (record === undefined || record.database !== ports.db.databaseName) throw unknownOperation(wanted);
      if (record.restoredBy !== null) {
        throw new ConfigurationError({
          where: 'operation-id',
          message: `operation ${wanted} was undone by ${record.restoredBy}`,
        });
      }
      if (record.state === 'succeeded') {
        throw new ConfigurationError({
          where: 'operation-id',
          message: `operation ${wanted} is finished; there is nothing to resume`,
        });
      }
      return { record, resumed: true };
    },
    async (work) => (work.record.kind === 'apply' ? runSteps(work) : restoreSteps(work)),
  );
}

async function latestUnfinished({ operations, ports }: Bench): Promise<string> {
  const [latest] = await operations.list(ports.db.databaseName, {
    limit: 1,
    filter: { restoredBy: null, state: { $ne: 'succeeded' } },
  });
  if (latest === undefined) {
    throw new ConfigurationError({
      where: 'operation-id',
      message: 'there is no operation that was cut short',
    });
  }
  return latest._id;
}
