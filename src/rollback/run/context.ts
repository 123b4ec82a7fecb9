import type { ClientSession, Document } from 'mongodb';
import type { StepState } from '../../report/vocabulary.ts';
import { formatDuration } from '../../support/duration.ts';
import type { RollbackOptions } from '../model/options.ts';
import type { RollbackPorts } from '../model/ports.ts';
import type { Retry } from '../mongo/retry.ts';
import type { ServerFacts } from '../mongo/server.ts';
import { type Conflict, showId } from '../reversals/batch.ts';
import type { Audit } from '../store/audit.ts';
import type { Journal, JournalKey } from '../store/journal.ts';
import type { Lease } from '../store/lease.ts';
import type { OperationRecord, Operations, StepRecord, UnitRecord } from '../store/operations.ts';
import type { Fence } from './write.ts';

/** Everything that a run which writes has at hand. Only made once the guardrails are passed and the lease is held. */
export interface Work {
  readonly options: RollbackOptions;
  readonly ports: RollbackPorts;
  readonly facts: ServerFacts;
  readonly retry: Retry;
  readonly journal: Journal;
  readonly operations: Operations;
  readonly audit: Audit;
  readonly lease: Lease;
  readonly transactions: boolean;
  /** That of all transactions of this run, so that another run can end them; undefined without transactions. */
  readonly session?: ClientSession | undefined;
  readonly fence: Fence;
  /** Monotonic milliseconds at which the run ends resumably. */
  readonly deadline: number;
  /** The operation that is worked on; kept in step with the database. */
  readonly record: OperationRecord;
}

/** Every attempt to write is held to the lease: by the server's clock, and by ours where it cannot compare. */
export function leaseFence(lease: Lease, serverKnowsTime: boolean): Fence {
  return {
    next() {
      const until = lease.writeUntil();
      return serverKnowsTime ? { until } : { signal: AbortSignal.timeout(lease.leftMs) };
    },
  };
}

/** Says what a write waits for, instead of a minute without a word. */
export function waitingFor({ ports }: Work, collection: string): (ms: number) => void {
  return (ms) =>
    ports.log.notice(
      `waiting for ${formatDuration(ms)} for documents of ${collection} that another transaction holds; the server ends a dead client's after 60 s by default`,
    );
}

/** One unit of one STEP of the operation. */
export interface Place {
  readonly step: number;
  readonly unit: number;
}

const SAMPLES = 20;

export function stepAt(work: Work, place: Pick<Place, 'step'>): StepRecord {
  const step = work.record.steps[place.step];
  if (step === undefined)
    throw new Error(`operation ${work.record._id} has no STEP at position ${place.step}`);
  return step;
}

export function unitAt(work: Work, place: Place): UnitRecord {
  const unit = stepAt(work, place).units[place.unit];
  if (unit === undefined)
    throw new Error(`STEP ${stepAt(work, place).step} has no unit at position ${place.unit}`);
  return unit;
}

export function journalKey(operationId: string, step: StepRecord, unit: number): JournalKey {
  return { operationId, step: step.step, unit, collection: step.units[unit]?.collection ?? '' };
}

/** Whether the run must come to an end: told to stop, or out of time. */
export function mustStop(work: Work): boolean {
  return work.ports.signal.aborted || work.ports.clock.monotonic() >= work.deadline;
}

/** Changes a unit's record here and in the database, fenced. */
export async function saveUnit(
  work: Work,
  place: Place,
  session?: Parameters<Operations['update']>[3],
): Promise<void> {
  const path = `steps.${place.step}.units.${place.unit}`;
  await work.operations.update(
    work.record._id,
    work.record.token,
    { [path]: { ...unitAt(work, place) } },
    session,
  );
}

/** Changes a STEP's state here and in the database, fenced. */
export async function saveStep(
  work: Work,
  step: number,
  change: { state?: StepState; error?: string | null; durationMs?: number },
): Promise<void> {
  const record = stepAt(work, { step });
  Object.assign(record, change, { token: work.record.token });
  const set: Document = {
    [`steps.${step}.conflictSamples`]: record.conflictSamples,
    [`steps.${step}.token`]: record.token,
  };
  for (const [name, value] of Object.entries(change)) set[`steps.${step}.${name}`] = value;
  await work.operations.update(work.record._id, work.record.token, set);
}

/** Changes the operation's state while it runs, here and in the database, fenced. */
export async function saveState(work: Work, state: 'running' | 'throttled'): Promise<void> {
  work.record.state = state;
  await work.operations.update(work.record._id, work.record.token, { state });
}

/** Counts conflicts by kind and keeps a few for the report. */
export function noteConflicts(work: Work, place: Place, conflicts: readonly Conflict[]): void {
  const unit = unitAt(work, place);
  unit.conflicts += conflicts.length;
  const kinds = { ...unit.kinds };
  for (const { reason } of conflicts) kinds[reason] = (kinds[reason] ?? 0) + 1;
  unit.kinds = kinds;
  sampleConflicts(work, place, conflicts);
}

/** Keeps a few conflicts for the report without counting them. */
export function sampleConflicts(work: Work, place: Place, conflicts: readonly Conflict[]): void {
  const unit = unitAt(work, place);
  const { conflictSamples } = stepAt(work, place);
  for (const { id, reason, detail } of conflicts) {
    if (conflictSamples.length >= SAMPLES) break;
    const sample = `${unit.collection} ${showId(id)}: ${reason}${detail ? ` (${detail})` : ''}`;
    // A replay after a kill meets the same ones again.
    if (!conflictSamples.includes(sample)) conflictSamples.push(sample);
  }
}
