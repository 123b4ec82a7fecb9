import type { StepState } from '../../report/vocabulary.ts';
import { messageOf } from '../../support/errors.ts';
import { type ConflictReason, isSkippable } from '../reversals/batch.ts';
import { expand } from '../reversals/expand.ts';
import type { StepDefinition } from '../steps/catalogue.ts';
import { LeaseLost } from '../store/lease.ts';
import { Fenced, type StepRecord } from '../store/operations.ts';
import { applyDocuments } from './apply-documents.ts';
import { applySpec } from './apply-spec.ts';
import { mustStop, saveStep, stepAt, type Work } from './context.ts';

export type Outcome = 'succeeded' | 'interrupted' | 'failed';

/** A STEP of an operation as it was recorded when the operation began. */
export function recordedDefinition(step: StepRecord): StepDefinition {
  return JSON.parse(step.definition) as StepDefinition;
}

/** Runs the STEPs that are not done, in the order of the record; stops at the first that fails. */
export async function runSteps(work: Work): Promise<Outcome> {
  for (const [index, step] of work.record.steps.entries()) {
    if (isOver(step.state) || (step.state === 'conflicted' && maySkip(step, work.options.onConflict)))
      continue;
    if (mustStop(work)) return 'interrupted';
    const outcome = await work.ports.log.group(`STEP ${step.step} ${step.name}`, () => runStep(work, index));
    if (outcome !== 'succeeded') return outcome;
  }
  return 'succeeded';
}

async function runStep(work: Work, index: number): Promise<Outcome> {
  const step = stepAt(work, { step: index });
  const started = work.ports.clock.monotonic();
  const spent = () => step.durationMs + work.ports.clock.monotonic() - started;
  await saveStep(work, index, { state: 'rolling_back', error: null });
  try {
    for (const [position, unit] of expand(recordedDefinition(step).reversals).entries()) {
      const place = { step: index, unit: position };
      if (step.units[position]?.state === 'done') continue;
      if (mustStop(work)) return await interrupted(work, index, spent());
      if (unit.kind === 'spec') await applySpec(work, place, unit);
      else if (!(await applyDocuments(work, place, unit))) return await interrupted(work, index, spent());
    }
  } catch (error) {
    if (error instanceof Fenced || error instanceof LeaseLost) throw error;
    if (work.ports.signal.aborted) return await interrupted(work, index, spent());
    await endStep(work, index, 'rollback_failed', spent(), work.ports.redact(failureInWords(work, error)));
    return 'failed';
  }
  const { modified, conflicts } = totals(step);
  const state = conflicts > 0 ? 'conflicted' : modified === 0 ? 'skipped' : 'rolled_back';
  await endStep(work, index, state, spent());
  return state === 'conflicted' && !maySkip(step, work.options.onConflict) ? 'failed' : 'succeeded';
}

/** An error of the server; one for want of a privilege names the role to grant rather than the raw command. */
export function failureInWords({ ports }: Pick<Work, 'ports'>, error: unknown): string {
  // 13: not authorized.
  if ((error as { code?: unknown })?.code !== 13) return messageOf(error);
  const action = /to execute command \{ (\w+):/.exec(messageOf(error))?.[1];
  const { databaseName: name } = ports.db;
  return (
    `the user may not do this${action ? ` (${action})` : ''}: grant it readWrite on ${name} for documents, dbAdmin on ${name} ` +
    `for indexes, validators and names, and readWrite on ${ports.state.databaseName} for the journal; \`deploy-guard doctor\` shows what is missing`
  );
}

/** What a STEP has done, over its units. */
export function totals(step: StepRecord): { modified: number; conflicts: number } {
  let modified = 0;
  let conflicts = 0;
  for (const unit of step.units) {
    modified += unit.modified;
    conflicts += unit.conflicts;
  }
  return { modified, conflicts };
}

/** A STEP's conflicts by kind, over its units. */
export function conflictKinds(step: StepRecord): Map<ConflictReason, number> {
  const kinds = new Map<ConflictReason, number>();
  for (const unit of step.units) {
    for (const [kind, count] of Object.entries(unit.kinds ?? { changed: unit.conflicts })) {
      if (count > 0) kinds.set(kind as ConflictReason, (kinds.get(kind as ConflictReason) ?? 0) + count);
    }
  }
  return kinds;
}

/** Whether a STEP with conflicts lets the operation go on: `skip` passes over another writer's doing alone. */
export function maySkip(step: StepRecord, onConflict: 'fail' | 'skip'): boolean {
  return onConflict === 'skip' && [...conflictKinds(step).keys()].every(isSkippable);
}

/** A STEP's end, in the audit first and then in the operation's record. */
export async function endStep(
  work: Work,
  index: number,
  state: StepState,
  durationMs: number,
  error?: string,
): Promise<void> {
  const step = stepAt(work, { step: index });
  const { modified, conflicts } = totals(step);
  await work.audit.write({
    event: 'step.ended',
    operationId: work.record._id,
    operation: work.record.kind,
    step: step.step,
    records: modified,
    conflicts,
    outcome: state,
    ...(error === undefined ? {} : { error }),
  });
  await saveStep(work, index, { state, durationMs, error: error ?? null });
}

async function interrupted(work: Work, index: number, durationMs: number): Promise<Outcome> {
  await saveStep(work, index, { durationMs });
  return 'interrupted';
}

function isOver(state: StepState): boolean {
  return state === 'rolled_back' || state === 'skipped' || state === 'restored';
}
