import type { StepState } from '../../report/schema.ts';
import { ConfigurationError } from '../../support/errors.ts';
import { input, text } from '../../support/problem.ts';
import { expand } from '../reversals/expand.ts';
import type { Unit } from '../reversals/unit.ts';
import { recordedDefinition } from '../run/steps.ts';
import type { OperationRecord, Operations, StepRecord, UnitRecord } from '../store/operations.ts';
import type { Bench } from './with-operation.ts';

/** A STEP in one of these has changed something that was not brought back. */
export const IN_EFFECT: readonly StepState[] = [
  'rolling_back',
  'rolled_back',
  'rollback_failed',
  'conflicted',
];
/** Whether a STEP may have changed something that was not brought back: one that was only left alone has not. */
export function isInEffect(step: StepRecord): boolean {
  return IN_EFFECT.includes(step.state) && step.units.some(mayHaveChanged);
}

function mayHaveChanged(unit: UnitRecord): boolean {
  return unit.state === 'running' || unit.modified > 0 || (unit.doubts ?? 0) > 0;
}

/** A STEP in one of these was cut short. */
const CUT_SHORT: readonly StepState[] = ['rolling_back', 'rollback_failed'];

/** The names of what two lists of units both change; none = each can be undone without the other. Pure. */
export function overlap(some: readonly Unit[], others: readonly Unit[]): string[] {
  const found = new Set<string>();
  for (const a of some) {
    for (const b of others) {
      for (const thing of things(a)) if (things(b).includes(thing)) found.add(thing);
      // Whatever is in a collection cannot be undone where the collection is not.
      for (const name of renamed(a)) if (b.collection === name) found.add(`the name of ${name}`);
      for (const name of renamed(b)) if (a.collection === name) found.add(`the name of ${name}`);
    }
  }
  return [...found];
}

function things(unit: Unit): string[] {
  if (unit.kind === 'documents') return unit.fields.map((field) => `${unit.collection}.${field}`);
  switch (unit.change.kind) {
    case 'drop-index':
      return [`the index ${unit.change.index} of ${unit.collection}`];
    case 'edit-validator':
      return [`the validator of ${unit.collection}`];
    case 'rename-collection':
      return renamed(unit).map((name) => `the name of ${name}`);
  }
}

function renamed(unit: Unit): string[] {
  return unit.kind === 'spec' && unit.change.kind === 'rename-collection'
    ? [unit.collection, unit.change.to]
    : [];
}

/** The units of a STEP that may have changed something. */
function changedUnits(step: StepRecord): Unit[] {
  return expand(recordedDefinition(step).reversals).filter((_unit, position) => {
    const record = step.units[position];
    return record !== undefined && mayHaveChanged(record);
  });
}

/**
 * What came last is undone first. A value that two STEPs took away one after the other looks the same after
 * both, so undoing the earlier one alone would put an old value where a newer one belongs.
 * @throws ConfigurationError where a STEP that is not among `steps` came later and changed the same
 */
export async function refuseOutOfOrder(
  { operations, ports }: Pick<Bench, 'operations' | 'ports'>,
  original: OperationRecord,
  steps: readonly StepRecord[],
): Promise<void> {
  const chosen = new Set(steps.map((step) => step.step));
  const inEffect = await operations.list(ports.db.databaseName, {
    limit: 200,
    filter: {
      kind: 'apply',
      restoredBy: null,
      purgedAt: null,
      steps: { $elemMatch: { state: { $in: IN_EFFECT } } },
    },
  });
  for (const operation of inEffect) {
    const own = operation._id === original._id;
    for (const other of operation.steps) {
      if (!isInEffect(other) || (own && chosen.has(other.step))) continue;
      for (const step of steps) {
        if (!cameLater(operation, other, original, step)) continue;
        const shared = overlap(changedUnits(step), changedUnits(other));
        if (shared.length === 0) continue;
        throw new ConfigurationError({
          code: 'out-of-order',
          where: own ? 'steps' : 'operation-id',
          message: `STEP ${step.step} cannot be restored yet: STEP ${other.step}${own ? '' : ` of operation ${operation._id}`} came later and changed ${shared.join(', ')} too`,
          hint: own
            ? `Restore STEP ${other.step} with it, or first.`
            : text`Write ${input('operation', 'restore')} with ${input('operation-id', operation._id)} first.`,
        });
      }
    }
  }
}

function cameLater(
  operation: OperationRecord,
  step: StepRecord,
  original: OperationRecord,
  than: StepRecord,
): boolean {
  const [token, other] = [step.token ?? operation.token, than.token ?? original.token];
  if (token !== other || operation._id !== original._id) return token > other;
  const position = (name: string) => original.steps.findIndex((candidate) => candidate.step === name);
  return position(step.step) > position(than.step);
}

/**
 * A new operation beside one that was cut short would leave two half-done undos of the same.
 * @throws ConfigurationError
 */
export async function refuseBesideUnfinished({
  operations,
  options,
  ports,
}: Pick<Bench, 'operations' | 'options' | 'ports'>): Promise<void> {
  const unfinished = await operations.list(ports.db.databaseName, {
    limit: 100,
    filter: {
      restoredBy: null,
      state: { $ne: 'succeeded' },
      steps: { $elemMatch: { state: { $in: CUT_SHORT } } },
    },
  });
  for (const operation of unfinished) {
    const open = (await openSteps(operations, operation)).filter((step) =>
      options.steps.some(
        (wanted) =>
          wanted.step === step.step ||
          overlap(expand(wanted.reversals), expand(recordedDefinition(step).reversals)).length > 0,
      ),
    );
    if (open.length === 0) continue;
    throw new ConfigurationError({
      code: 'operation-open',
      where: 'operation',
      message: `operation ${operation._id} (${operation.kind}) was cut short in STEP ${open.map((step) => step.step).join(', ')} (${operation.state})`,
      hint:
        operation.kind === 'apply'
          ? text`Write ${input('operation', 'resume')} with ${input('operation-id', operation._id)} to finish it, or ${input('operation', 'restore')} to undo it.`
          : text`Write ${input('operation', 'resume')} with ${input('operation-id', operation._id)} to finish it.`,
    });
  }
}

/** The STEPs in which an operation was cut short; of a restore those that no other restore has finished since. */
async function openSteps(operations: Operations, operation: OperationRecord): Promise<StepRecord[]> {
  const open = operation.steps.filter((step) => CUT_SHORT.includes(step.state));
  if (operation.kind === 'apply' || open.length === 0) return open;
  const original = await operations.find(operation.of ?? '');
  return open.filter((step) =>
    original?.steps.some((other) => other.step === step.step && other.state !== 'restored'),
  );
}

/** The id of a restore of an operation that was cut short in a STEP which none has brought back since. */
export async function cutShortRestore(
  operations: Operations,
  original: OperationRecord,
): Promise<string | undefined> {
  const restores = await operations.list(original.database, {
    limit: 100,
    filter: { kind: 'restore', of: original._id, state: { $ne: 'succeeded' } },
  });
  for (const restore of restores) {
    if ((await openSteps(operations, restore)).length > 0) return restore._id;
  }
  return undefined;
}
