import { ConfigurationError } from '../../support/errors.ts';
import { input, text } from '../../support/problem.ts';
import { expand } from '../reversals/expand.ts';
import { restoreSpec, specChange, specConflict, specStandsAsAfter } from '../run/apply-spec.ts';
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
import { endStep, failureInWords, maySkip, type Outcome, recordedDefinition, totals } from '../run/steps.ts';
import { type MissingEntries, verifyJournal } from '../run/verify-journal.ts';
import { documentsStandAsAfter, verifyRestored } from '../run/verify-restore.ts';
import type { Journal } from '../store/journal.ts';
import { LeaseLost } from '../store/lease.ts';
import {
  Fenced,
  newOperation,
  newStep,
  newUnit,
  type OperationRecord,
  type StepRecord,
} from '../store/operations.ts';
import { IN_EFFECT, isInEffect, refuseOutOfOrder } from './overlap.ts';
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
      const repeated =
        options.operationId === undefined ? [] : await standingAsAfter(bench, journal, original);
      const steps = touched(original, options.chosen, repeated);
      await refuseOutOfOrder(bench, original, steps);
      await requireWholeJournal(bench, journal, of, steps);
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
    { wait: true },
  );
}

/** The STEPs of a restore's record, the last applied first. */
export async function restoreSteps(work: Work): Promise<Outcome> {
  const { record } = work;
  const of = record.of ?? '';
  for (const [index, step] of record.steps.entries()) {
    if (step.state === 'restored' || (step.state === 'conflicted' && maySkip(step, work.options.onConflict)))
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
          if (outcome.kind === 'conflict')
            noteConflicts(work, place, [{ ...specConflict('', outcome), id: entry.id }]);
          else if (outcome.kind === 'done') unitAt(work, place).modified = 1;
        }
      }
      unitAt(work, place).state = 'done';
      await saveUnit(work, place);
    }
  } catch (error) {
    if (error instanceof Fenced || error instanceof LeaseLost) throw error;
    if (work.ports.signal.aborted) return 'interrupted';
    await endStep(work, index, 'rollback_failed', spent(), work.ports.redact(failureInWords(work, error)));
    return 'failed';
  }
  const { conflicts } = totals(step);
  const state = conflicts > 0 ? 'conflicted' : 'restored';
  await endStep(work, index, state, spent());
  return state === 'conflicted' && !maySkip(step, work.options.onConflict) ? 'failed' : 'succeeded';
}

/** The STEPs of an operation that are in effect, the last first; of chosen ones each must be among them. */
function touched(
  original: OperationRecord,
  chosen: readonly string[],
  repeated: readonly StepRecord[],
): StepRecord[] {
  const steps = original.steps.filter((step) => isInEffect(step) || repeated.includes(step)).reverse();
  const undone = original.steps.filter((step) => step.state === 'restored' && !repeated.includes(step));
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

/**
 * An undo from a journal that has lost entries leaves their documents as they are: only with a phrase that says so.
 * @throws ConfigurationError, JournalTampered
 */
export async function requireWholeJournal(
  { options, ports }: Bench,
  journal: Journal,
  of: string,
  steps: readonly StepRecord[],
): Promise<void> {
  const missing: MissingEntries[] = [];
  for (const step of steps) missing.push(...(await verifyJournal(journal, of, step)));
  if (missing.length === 0) return;
  const words = missing
    .map(
      ({ step, collection, missing: lost, written }) =>
        `STEP ${step}, ${collection}: ${lost} of ${written} entries are missing`,
    )
    .join('; ');
  const total = missing.reduce((sum, unit) => sum + unit.missing, 0);
  const phrase = `restore ${of} without ${total} documents`;
  if (options.confirm !== phrase) {
    throw new ConfigurationError({
      code: 'journal-incomplete',
      where: 'operation-id',
      message: `the journal of operation ${of} is incomplete (${words}): the documents of those entries would stay as they are. Nothing was restored`,
      hint: text`Write ${input('confirm', phrase)} to restore what the journal holds; bring the rest back from a backup.`,
    });
  }
  ports.log.warning(
    `the journal of operation ${of} is incomplete (${words}); as confirmed, the documents of those entries stay as they are`,
  );
}

/** The STEPs that were restored and of which something stands as the apply left it again: they can be restored once more. */
async function standingAsAfter(
  { ports, retry, facts }: Bench,
  journal: Journal,
  original: OperationRecord,
): Promise<StepRecord[]> {
  const found: StepRecord[] = [];
  for (const step of original.steps.filter(({ state }) => state === 'restored')) {
    for (const [position, unit] of expand(recordedDefinition(step).reversals).entries()) {
      const key = journalKey(original._id, step, position);
      const stands =
        unit.kind === 'documents'
          ? await documentsStandAsAfter({ db: ports.db, retry, facts }, journal, key, unit)
          : await specStandsAsAfter(ports.db, journal, key, unit);
      if (!stands) continue;
      found.push(step);
      break;
    }
  }
  return found;
}

/** The latest operation that is in effect: a second apply of finished work is nothing to undo. */
async function latestApply({ operations, ports }: Bench): Promise<string> {
  const candidates = await operations.list(ports.db.databaseName, {
    limit: 100,
    filter: { kind: 'apply', restoredBy: null, steps: { $elemMatch: { state: { $in: IN_EFFECT } } } },
  });
  const latest = candidates.find((operation) => operation.steps.some(isInEffect));
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
  const whole = original.steps.every((step) => restored.has(step.step) || !isInEffect(step));
  await work.operations.markRestored(of, work.record._id, positions, whole);
}
