import { randomBytes } from 'node:crypto';
import type { ClientSession, Document } from 'mongodb';
import type { OperationState } from '../../report/vocabulary.ts';
import { ConfigurationError, messageOf } from '../../support/errors.ts';
import { input, text } from '../../support/problem.ts';
import type { RollbackOptions } from '../model/options.ts';
import { holderName, type RollbackPorts } from '../model/ports.ts';
import { type Retry, retrier } from '../mongo/retry.ts';
import { hasTransactions, knowsItsTime, type ServerFacts } from '../mongo/server.ts';
import type { PlanPorts } from '../plan/plan.ts';
import { leaseFence, type Work } from '../run/context.ts';
import { type Outcome, totals } from '../run/steps.ts';
import { Audit } from '../store/audit.ts';
import { requireFitState } from '../store/fitness.ts';
import { Journal } from '../store/journal.ts';
import { LEASES, Lease, leaseKey } from '../store/lease.ts';
import type { OperationRecord, Operations } from '../store/operations.ts';

/** Tools of a run; nothing is written by making them. */
export interface Bench {
  readonly options: RollbackOptions;
  readonly ports: RollbackPorts;
  readonly facts: ServerFacts;
  readonly retry: Retry;
  readonly operations: Operations;
}

export function retryOf(ports: RollbackPorts): Retry {
  return retrier({
    clock: ports.clock,
    log: ports.log,
    signal: ports.signal,
    redact: (text) => ports.redact(text),
    random: () => ports.random(),
  });
}

/** What planning needs of a run. */
export function planPorts({ ports, facts, retry }: Bench): PlanPorts {
  return {
    db: ports.db,
    stateDatabase: ports.state.databaseName,
    facts,
    retry,
  };
}

/** `20261123-064500-3f9a1c`: sorts by time, is short enough to be read out. */
export function newOperationId(now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/**
 * Holds the lease around an operation: records it or takes it over, works, records the end, gives the lease back.
 * @param wait for the lease of a run that may be dead, rather than refuse at once
 * @param prepare makes the record, under the lease; may refuse by throwing before anything else is written.
 */
export async function holdOperation(
  bench: Bench,
  operationId: string,
  prepare: (lease: Lease, journal: Journal) => Promise<{ record: OperationRecord; resumed: boolean }>,
  run: (work: Work) => Promise<Outcome>,
  { wait = false }: { wait?: boolean } = {},
): Promise<OperationRecord> {
  const { options, ports, facts, retry, operations } = bench;
  await requireFitState(ports.state, retry);
  const lease = await Lease.acquire(ports, facts, { ttlMs: options.leaseMs, operationId, wait });
  let session: ClientSession | undefined;
  try {
    await endDeadSession(ports, lease.deadSession);
    // Whoever ran on this database before writes no checkpoint any more, and with it no transaction.
    await operations.fenceOff(ports.db.databaseName, lease.token);
    const journal = new Journal(ports.state, retry, facts.maxWriteBatch);
    const { record, resumed } = await prepare(lease, journal);
    const audit = new Audit(ports, retry);
    const transactions =
      options.transactions === 'auto' && (await hasTransactions(ports.client, ports.state, facts));
    await audit.write({
      event: resumed ? 'operation.resumed' : 'operation.started',
      operationId: record._id,
      operation: record.kind,
      outcome: 'running',
    });
    if (resumed) await operations.takeOver(record._id, lease.token, holderName(ports));
    else await operations.create(record);
    Object.assign(record, { token: lease.token, state: 'running' });
    if (transactions && record.kind === 'apply') {
      session = ports.client.startSession();
      if (session.id) await lease.noteSession(session.id);
    }
    const deadline = ports.clock.monotonic() + options.maxDurationMs;
    const work: Work = {
      options,
      ports,
      facts,
      retry,
      operations,
      audit,
      journal,
      lease,
      transactions,
      session,
      fence: leaseFence(lease, await knowsItsTime(ports.state, LEASES, leaseKey(ports.db.databaseName))),
      deadline,
      record,
    };
    await finish(work, () => run(work));
    return record;
  } finally {
    await session?.endSession();
    await lease.release();
  }
}

/**
 * Ends the transaction that a dead holder left open: it would hold its documents for up to a minute. A user may end
 * sessions of its own; where that is refused, the server does it when the transaction's time is over.
 */
async function endDeadSession(ports: RollbackPorts, session: Document | undefined): Promise<void> {
  if (session === undefined) return;
  try {
    await ports.client.db('admin').command({ killSessions: [session] });
    ports.log.notice("ended the session of the lease's former holder: its transaction held documents");
  } catch (error) {
    ports.log.notice(
      `the session of the lease's former holder could not be ended (${ports.redact(messageOf(error))}): its documents are waited for until the server ends its transaction (60 s by default)`,
    );
  }
}

async function finish(work: Work, run: () => Promise<Outcome>): Promise<void> {
  const { record, ports } = work;
  const outcome = await run();
  const state = endState(record, outcome);
  const end = { state, finishedAt: state === 'interrupted' ? null : new Date(ports.clock.now()) };
  Object.assign(record, end);
  try {
    const { modified, conflicts } = sum(record);
    await work.audit.write({
      event: 'operation.ended',
      operationId: record._id,
      operation: record.kind,
      records: modified,
      conflicts,
      outcome: state,
    });
    await work.operations.update(record._id, record.token, end);
  } catch (error) {
    ports.log.warning(`the end of the operation could not be recorded: ${ports.redact(messageOf(error))}`);
    throw error;
  }
}

/** What an operation has done, over its STEPs. */
export function sum(record: OperationRecord): { modified: number; conflicts: number } {
  let modified = 0;
  let conflicts = 0;
  for (const step of record.steps) {
    const own = totals(step);
    modified += own.modified;
    conflicts += own.conflicts;
  }
  return { modified, conflicts };
}

function endState(record: OperationRecord, outcome: Outcome): OperationState {
  if (outcome !== 'failed') return outcome;
  const some = sum(record).modified > 0 || record.steps.some((step) => step.state === 'rolled_back');
  return some ? 'partially_applied' : 'failed';
}

export function unknownOperation(operationId: string): ConfigurationError {
  return new ConfigurationError({
    code: 'unknown-operation',
    where: 'operation-id',
    message: `there is no operation ${operationId} on this database`,
    hint: text`Run ${input('operation', 'history')} to see the operations and their ids.`,
  });
}
