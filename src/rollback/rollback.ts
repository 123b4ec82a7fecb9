import type { ModeResult } from '../report/schema.ts';
import { messageOf } from '../support/errors.ts';
import { keepHeapSteady } from '../support/heap.ts';
import { apply } from './commands/apply.ts';
import {
  confirmationPhrase,
  effectiveOperation,
  requireConfirmation,
  requirePermission,
  unprotectedNotice,
} from './commands/guardrails.ts';
import { journalInWords, purge } from './commands/purge.ts';
import { restore } from './commands/restore.ts';
import { historyEntry, operationResult, planResult } from './commands/result.ts';
import { resume } from './commands/resume.ts';
import { unlock } from './commands/unlock.ts';
import { type Bench, planPorts, retryOf, unknownOperation } from './commands/with-operation.ts';
import type { Operation, RollbackOptions } from './model/options.ts';
import type { RollbackPorts } from './model/ports.ts';
import { reach } from './mongo/reach.ts';
import { serverFacts } from './mongo/server.ts';
import { detailsOf, planWarnings } from './plan/details.ts';
import { planMarkdown } from './plan/markdown.ts';
import { makePlan } from './plan/plan.ts';
import { heldMessage, isTaken, LEASES, type LeaseRecord, leaseKey } from './store/lease.ts';
import { Operations } from './store/operations.ts';

export type { RollbackOptions } from './model/options.ts';
export type { RollbackPorts } from './model/ports.ts';

/**
 * Reverses STEPs, or the reversal. Under a dry run, and in `plan`, `status` and `history`, nothing is written
 * anywhere: no lease, no collection, no index.
 * @throws ConfigurationError for what the user can mend, LeaseHeldError where another operation runs
 */
export async function rollback(options: RollbackOptions, ports: RollbackPorts): Promise<ModeResult> {
  const { operation, notice } = effectiveOperation(options.operation, ports.dryRun);
  const notices = notice === undefined ? [] : [notice];
  if (notice !== undefined) ports.log.notice(notice);
  if (!READS.has(operation)) notices.push(...(await requirePermission(options, ports)));
  if (operation === 'apply') {
    requireConfirmation(options, ports.environment);
    notices.push(...(await unprotectedNotice(options, ports)));
  }

  // Batches come and go by the hundred thousand documents.
  if (!READS.has(operation)) keepHeapSteady();
  const retry = retryOf(ports);
  const facts = await reach(ports.client, retry, () => serverFacts(ports.db, ports.clock));
  const bench: Bench = { options, ports, facts, retry, operations: new Operations(ports.state, retry) };
  switch (operation) {
    case 'plan':
      return showPlan(bench, notices);
    case 'apply':
      return operationResult('apply', (await apply(bench)).record, {}, notices);
    case 'resume':
      return operationResult('resume', await resume(bench), {}, notices);
    case 'restore':
      return operationResult('restore', await restore(bench), {}, notices);
    case 'status':
      return status(bench, notices);
    case 'history':
      return history(bench, notices);
    case 'unlock': {
      const { message, operationId } = await unlock(bench);
      ports.log.notice(message);
      const record = operationId === undefined ? undefined : await bench.operations.find(operationId);
      return record === undefined
        ? nothingYet('unlock', [...notices, message])
        : operationResult('unlock', record, {}, [...notices, message]);
    }
    case 'purge': {
      const { record, entries } = await purge(bench);
      ports.log.notice(`${entries} journal entries were deleted`);
      return operationResult('purge', record, {}, [...notices, `${entries} journal entries were deleted`]);
    }
  }
}

const READS: ReadonlySet<Operation> = new Set<Operation>(['plan', 'status', 'history']);

async function showPlan(bench: Bench, notices: readonly string[]): Promise<ModeResult> {
  const { options, ports } = bench;
  const plan = await makePlan(planPorts(bench), options.steps);
  const details = await detailsOf(bench, plan);
  const warnings = await planWarnings(bench, plan);
  const confirm = confirmationPhrase(options.steps, ports.environment);
  const said = [...notices];
  if (ports.comment) {
    const around = { environment: ports.environment, database: ports.db.databaseName, confirm, warnings };
    try {
      await ports.comment(ports.redact(planMarkdown(plan, details, around)));
    } catch (error) {
      // The plan itself stands; who may not comment still reads it in the summary.
      said.push(`the plan could not be shown on the pull request: ${ports.redact(messageOf(error))}`);
    }
  }
  return planResult(plan, details, { warnings, ...(confirm === undefined ? {} : { confirm }) }, said);
}

async function status(
  { options, ports, facts, operations }: Bench,
  notices: readonly string[],
): Promise<ModeResult> {
  const lease = await ports.state
    .collection<LeaseRecord>(LEASES)
    .findOne({ _id: leaseKey(ports.db.databaseName) });
  const now = facts.serverNow();
  const held = lease && isTaken(lease, now) ? [heldMessage(lease, now)] : [];
  const [latest] = options.operationId
    ? [await operations.find(options.operationId)]
    : await operations.list(ports.db.databaseName, { limit: 1 });
  if (latest === undefined) {
    if (options.operationId) throw unknownOperation(options.operationId);
    return nothingYet('status', [...notices, ...held]);
  }
  return operationResult('status', latest, {}, [...notices, ...held, `journal: ${journalInWords(latest)}`]);
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

function nothingYet(operation: 'status' | 'history' | 'unlock', notices: readonly string[]): ModeResult {
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
