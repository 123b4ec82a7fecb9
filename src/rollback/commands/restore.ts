import { ConfigurationError, messageOf } from '../../support/errors.ts';
import { expand } from '../reversals/expand.ts';
import { restoreSpec, specChange } from '../run/apply-spec.ts';
import {
  journalKey,
  mustStop,
  noteConflicts,
  saveStep,
  saveUnit,
  stepAt,
  unitAt,
  type Work,
} from '../run/context.ts';
import { restoreDocuments } from '../run/restore-documents.ts';
import { endStep, type Outcome, recordedDefinition, totals } from '../run/steps.ts';
import { verifyJournal } from '../run/verify-journal.ts';
import { verifyRestored } from '../run/verify-restore.ts';
import { LeaseLost } from '../store/lease.ts';
import {
  Fenced,
  newOperation,
  newStep,
  newUnit,
  type OperationRecord,
  type StepRecord,
} from '../store/operations.ts';
import { IN_EFFECT, refuseOutOfOrder } from './overlap.ts';
import { refusePurged } from './purge.ts';
import { type Bench, holdOperation, newOperationId, unknownOperation } from './with-operation.ts';

/** Undoes an operation, or some of its STEPs, from the journal: each document gets back what it had. */
export async function restore(bench: Bench): Promise<OperationRecord> {
  const { options, ports, operations } = bench;
  const of = options.operationId ?? (await latestApply(bench));
  const operationId = newOperationId(ports.clock.now());
  return holdOperation(
    bench,
    operationId,
    async (lease, journal) => {
      const original = await operations.find(of);
      if (original === undefined || original.database !== ports.db.databaseName) throw unknownOperation(of);
      if (original.kind !== 'apply') {
        throw new ConfigurationError({
          code: 'not-restorable',
          where: 'operation-id',
          message: `operation ${of} is itself a restore`,
          hint: 'Apply the STEPs again to undo a restore.',
        });
      }
      refusePurged(original);
      const steps = touched(original, options.chosen);
      await refuseOutOfOrder(bench, original, steps);
      for (const step of steps) await verifyJournal(journal, of, step);
      const record = newOperation(ports, {
        _id: operationId,
        kind: 'restore',
        token: lease.token,
        planDigest: original.planDigest,
        of,
        steps: steps.map(({ units, ...step }) =>
          newStep({
            step: step.step,
            name: step.name,
            risk: step.risk,
            reversibility: step.reversibility,
            definition: step.definition,
            matched: totals({ ...step, units }).modified,
            units: units.map((unit) => newUnit(unit.collection, unit.summary, unit.modified)),
          }),
        ),
      });
      return { record, resumed: false };
    },
    restoreSteps,
  );
}

/** The STEPs of a restore's record, the last applied first. */
export async function restoreSteps(work: Work): Promise<Outcome> {
  const { record } = work;
  const of = record.of ?? '';
  for (const [index, step] of record.steps.entries()) {
    if (step.state === 'restored' || (step.state === 'conflicted' && work.options.onConflict === 'skip'))
      continue;
    if (mustStop(work)) return 'interrupted';
    const outcome = await work.ports.log.group(`restore STEP ${step.step} ${step.name}`, () =>
      restoreStep(work, index, of),
    );
    if (outcome !== 'succeeded') return outcome;
  }
  await markOriginal(work, of);
  return 'succeeded';
}

async function restoreStep(work: Work, index: number, of: string): Promise<Outcome> {
  const step = stepAt(work, { step: index });
  const started = work.ports.clock.monotonic();
  const spent = () => step.durationMs + work.ports.clock.monotonic() - started;
  await saveStep(work, index, { state: 'rolling_back', error: null });
  try {
    const units = expand(recordedDefinition(step).reversals);
    for (const [position, unit] of [...units.entries()].reverse()) {
      const place = { step: index, unit: position };
      if (step.units[position]?.state === 'done') continue;
      if (mustStop(work)) return 'interrupted';
      const key = journalKey(of, step, position);
      if (unit.kind === 'documents') {
        if (!(await restoreDocuments(work, place, unit, key))) return 'interrupted';
        if (!(await verifyRestored(work, place, unit, key))) return 'interrupted';
      } else {
        for await (const entry of work.journal.entries(key)) {
          if (entry.conflict !== undefined) continue;
          const outcome = await restoreSpec(work, unit, specChange(entry));
          if (outcome === 'conflict') noteConflicts(work, place, [{ id: entry.id, reason: 'changed' }]);
          else if (outcome === 'done') unitAt(work, place).modified = 1;
        }
      }
      unitAt(work, place).state = 'done';
      await saveUnit(work, place);
    }
  } catch (error) {
    if (error instanceof Fenced || error instanceof LeaseLost) throw error;
    if (work.ports.signal.aborted) return 'interrupted';
    await endStep(work, index, 'rollback_failed', spent(), work.ports.redact(messageOf(error)));
    return 'failed';
  }
  const { conflicts } = totals(step);
  const state = conflicts > 0 ? 'conflicted' : 'restored';
  await endStep(work, index, state, spent());
  return state === 'conflicted' && work.options.onConflict === 'fail' ? 'failed' : 'succeeded';
}

/** The STEPs of an operation that are in effect, the last first; of chosen ones each must be among them. */
function touched(original: OperationRecord, chosen: readonly string[]): StepRecord[] {
  const steps = original.steps.filter((step) => IN_EFFECT.includes(step.state)).reverse();
  const undone = original.steps.filter((step) => step.state === 'restored');
  if (chosen.length === 0) {
    if (steps.length > 0) return steps;
    throw new ConfigurationError({
      code: 'nothing-to-restore',
      where: 'operation-id',
      message:
        undone.length > 0
          ? `operation ${original._id} was restored already${original.restoredBy ? ` by ${original.restoredBy}` : ''}`
          : `operation ${original._id} has changed nothing; there is nothing to restore`,
    });
  }
  const named = (list: readonly StepRecord[], name: string) =>
    list.some((step) => step.step === name || step.name === name);
  const missing = chosen.filter((name) => !named(steps, name));
  const again = missing.filter((name) => named(undone, name));
  if (missing.length > 0) {
    throw new ConfigurationError({
      code: 'nothing-to-restore',
      where: 'steps',
      message:
        again.length > 0
          ? `STEP ${again.join(', ')} of operation ${original._id} was restored already`
          : `operation ${original._id} has not changed anything in STEP ${missing.join(', ')}`,
      hint: `What can be restored of it: ${steps.map((step) => step.step).join(', ') || 'nothing'}.`,
    });
  }
  return steps.filter((step) => chosen.includes(step.step) || chosen.includes(step.name));
}

/** The latest operation that is in effect: a second apply of finished work is nothing to undo. */
async function latestApply({ operations, ports }: Bench): Promise<string> {
  const [latest] = await operations.list(ports.db.databaseName, {
    limit: 1,
    filter: { kind: 'apply', restoredBy: null, steps: { $elemMatch: { state: { $in: IN_EFFECT } } } },
  });
  if (latest === undefined) {
    throw new ConfigurationError({
      code: 'unknown-operation',
      where: 'operation-id',
      message: 'there is no operation to restore',
    });
  }
  return latest._id;
}

async function markOriginal(work: Work, of: string): Promise<void> {
  const original = await work.operations.find(of);
  if (original === undefined) return;
  const restored = new Set(work.record.steps.map((step) => step.step));
  const positions = original.steps.flatMap((step, index) => (restored.has(step.step) ? [index] : []));
  const whole = original.steps.every((step) => restored.has(step.step) || !IN_EFFECT.includes(step.state));
  await work.operations.markRestored(of, work.record._id, positions, whole);
}
