import type { ModeResult } from '../report/schema.ts';
import { apply } from './apply.ts';
import {
  confirmationPhrase,
  effectiveOperation,
  requireConfirmation,
  requirePermission,
} from './guardrails.ts';
import { heldMessage, LEASES, type LeaseRecord, leaseKey } from './lease.ts';
import { type Bench, retryOf, unknownOperation } from './operation.ts';
import { Operations } from './operations.ts';
import type { RollbackOptions } from './options.ts';
import { makePlan } from './plan.ts';
import type { RollbackPorts } from './ports.ts';
import { restore } from './restore.ts';
import { historyEntry, operationResult, planResult } from './result.ts';
import { resume } from './resume.ts';
import { serverFacts } from './server.ts';

export type { RollbackOptions } from './options.ts';
export type { RollbackPorts } from './ports.ts';

/**
 * Reverses STEPs, or the reversal. Under a dry run, and in `plan`, `status` and `history`, nothing is written
 * anywhere: no lease, no collection, no index.
 * @throws ConfigurationError for what the user can mend, LeaseHeldError where another operation runs
 */
export async function rollback(options: RollbackOptions, ports: RollbackPorts): Promise<ModeResult> {
  const { operation, notice } = effectiveOperation(options.operation, ports.dryRun);
  const notices = notice === undefined ? [] : [notice];
  const writes = !(['plan', 'status', 'history'] as const).some((reading) => reading === operation);
  if (writes) await requirePermission(options, ports);
  if (operation === 'apply') requireConfirmation(options, ports.environment);

  const retry = retryOf(ports);
  const facts = await retry('reach the database', () => serverFacts(ports.db, () => ports.clock.now()));
  const bench: Bench = { options, ports, facts, retry, operations: new Operations(ports.state, retry) };
  switch (operation) {
    case 'plan':
      return showPlan(bench, notices);
    case 'apply': {
      const { record } = await apply(bench);
      return operationResult('apply', record, {}, notices);
    }
    case 'resume':
      return operationResult('resume', await resume(bench), {}, notices);
    case 'restore':
      return operationResult('restore', await restore(bench), {}, notices);
    case 'status':
      return status(bench, notices);
    case 'history':
      return history(bench, notices);
    default:
      throw new Error(`${operation} is not built yet`);
  }
}

async function showPlan(
  { options, ports, facts, retry }: Bench,
  notices: readonly string[],
): Promise<ModeResult> {
  const plan = await makePlan({ db: ports.db, facts, retry, batchSize: options.batchSize }, options.steps);
  const confirm = confirmationPhrase(options.steps, ports.environment);
  return planResult(plan, confirm === undefined ? {} : { confirm }, notices);
}

async function status(
  { options, ports, facts, operations }: Bench,
  notices: readonly string[],
): Promise<ModeResult> {
  const lease = await ports.state
    .collection<LeaseRecord>(LEASES)
    .findOne({ _id: leaseKey(ports.db.databaseName) });
  const now = ports.clock.now() + facts.clockOffsetMs;
  const held = lease?.holder && lease.expiresAt.getTime() > now ? [heldMessage(lease, now)] : [];
  const [latest] = options.operationId
    ? [await operations.find(options.operationId)]
    : await operations.list(ports.db.databaseName, { limit: 1 });
  if (latest === undefined) {
    if (options.operationId) throw unknownOperation(options.operationId);
    return nothingYet('status', [...notices, ...held]);
  }
  return operationResult('status', latest, {}, [...notices, ...held]);
}

async function history(
  { options, ports, operations }: Bench,
  notices: readonly string[],
): Promise<ModeResult> {
  const records = await operations.list(ports.db.databaseName, {
    limit: options.historyLimit,
    skip: options.historySkip,
  });
  const result = nothingYet('history', notices);
  if (result.rollback) result.rollback.history = records.map(historyEntry);
  return result;
}

function nothingYet(operation: 'status' | 'history', notices: readonly string[]): ModeResult {
  return {
    verdict: 'pass',
    failed: false,
    checks: [],
    alerts: [],
    rollback: { operation, operationId: '', planDigest: '', state: 'planned', steps: [] },
    notices:
      operation === 'status' ? [...notices, 'no operation is on record for this database'] : [...notices],
  };
}
