import type { HistoryEntry, ModeResult, ReportRollback, ReportStep } from '../../report/schema.ts';
import type { Reversibility } from '../../report/vocabulary.ts';
import type { Operation } from '../model/options.ts';
import type { StepDetails } from '../plan/details.ts';
import type { Plan, StepPlan } from '../plan/plan.ts';
import type { ConflictReason } from '../reversals/batch.ts';
import { conflictKinds, totals } from '../run/steps.ts';
import type { OperationRecord, StepRecord } from '../store/operations.ts';
import { sum } from './with-operation.ts';

type Extra = Partial<Pick<ReportRollback, 'confirm' | 'history' | 'warnings'>>;

/** The report of a plan. It fails where `apply` would refuse. */
export function planResult(
  plan: Plan,
  details: readonly StepDetails[],
  extra: Extra,
  notices: readonly string[],
): ModeResult {
  const blocked = plan.steps.some((step) => step.units.some((unit) => unit.blocked !== undefined));
  return {
    verdict: blocked ? 'fail' : 'pass',
    failed: blocked,
    ...(blocked ? { cause: 'a STEP of the plan cannot be rolled back; see its details' } : {}),
    checks: [],
    alerts: [],
    rollback: {
      operation: 'plan',
      operationId: '',
      planDigest: plan.digest,
      state: 'planned',
      steps: plan.steps.map((step, index) => planStep(step, details[index])),
      ...extra,
    },
    notices: [...notices],
  };
}

function planStep({ definition, matched }: StepPlan, details: StepDetails | undefined): ReportStep {
  return {
    step: definition.step,
    name: definition.name,
    risk: definition.risk,
    // From the journal everything comes back as it was, to the byte.
    reversibility: 'lossless',
    state: 'pending',
    matched,
    modified: 0,
    conflicts: 0,
    impact: details?.impact ?? definition.effect,
    durationMs: 0,
    details: [...(details?.lines ?? []), ...(matched > 0 ? [undoInWords(definition.reversibility)] : [])],
  };
}

/** The report of an operation as it stands. */
export function operationResult(
  operation: Operation,
  record: OperationRecord,
  extra: Extra,
  notices: readonly string[],
): ModeResult {
  const judged: readonly Operation[] = ['apply', 'resume', 'restore'];
  const failed = judged.includes(operation) && record.state !== 'succeeded';
  const cause = failed ? causeOf(record) : undefined;
  return {
    verdict: failed ? 'fail' : 'pass',
    failed,
    ...(cause === undefined ? {} : { cause }),
    checks: [],
    alerts: [],
    rollback: {
      operation,
      operationId: record._id,
      planDigest: record.planDigest,
      state: record.state,
      steps: record.steps.map((step) => operationStep(step, record.purgedAt !== null)),
      ...extra,
    },
    notices: [...notices],
  };
}

function operationStep(step: StepRecord, purged: boolean): ReportStep {
  return {
    step: step.step,
    name: step.name,
    risk: step.risk,
    reversibility: purged ? step.reversibility : 'lossless',
    state: step.state,
    matched: step.matched,
    ...totals(step),
    impact: step.units.map((unit) => unit.summary).join('; '),
    durationMs: Math.round(step.durationMs),
    ...(step.error === null ? {} : { error: step.error }),
    ...(step.conflictSamples.length > 0
      ? { details: step.conflictSamples.map((line) => `left alone: ${line}`) }
      : {}),
  };
}

function undoInWords(withoutJournal: Reversibility): string {
  return `undo: lossless from the journal${withoutJournal === 'lossless' ? '' : `; without it ${withoutJournal}`}`;
}

function causeOf(record: OperationRecord): string {
  const bad = record.steps.find((step) => step.state === 'rollback_failed' || step.state === 'conflicted');
  const untouched = record.steps.filter((step) => step.state === 'pending').map((step) => step.step);
  const rest = untouched.length > 0 ? `; not begun: STEP ${untouched.join(', ')}` : '';
  if (bad?.state === 'conflicted') {
    return `STEP ${bad.step}: ${conflictsInWords(conflictKinds(bad))}${rest}`;
  }
  if (bad) return `STEP ${bad.step} failed: ${bad.error ?? 'unknown error'}${rest}`;
  return `the operation is ${record.state}; resume it with operation-id ${record._id}${rest}`;
}

const CONFLICT_WORDS: Readonly<Record<ConflictReason, string>> = {
  changed: 'changed by another writer',
  gone: 'deleted by another writer',
  unique: 'refused by a unique index',
  validator: "refused by the collection's validator",
  'too-large': 'too large to be changed',
  unwritable: 'with a value that cannot be brought back exactly',
};

/** `2 documents left alone (changed by another writer), 1 document …`. Pure. */
function conflictsInWords(kinds: ReadonlyMap<ConflictReason, number>): string {
  const parts = [...kinds].map(
    ([kind, count]) => `${count} ${count === 1 ? 'document' : 'documents'} ${CONFLICT_WORDS[kind] ?? kind}`,
  );
  return `${parts.join(', ')}; left alone`;
}

export function historyEntry(record: OperationRecord): HistoryEntry {
  return {
    operationId: record._id,
    operation: record.kind,
    state: record.state,
    steps: record.steps.map((step) => step.step),
    startedAt: record.startedAt.toISOString(),
    ...(record.finishedAt ? { finishedAt: record.finishedAt.toISOString() } : {}),
    actor: record.actor,
    modified: sum(record).modified,
  };
}
