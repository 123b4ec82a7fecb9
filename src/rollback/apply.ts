import { ConfigurationError } from '../support/errors.ts';
import type { StepDefinition } from './catalogue.ts';
import type { Lease } from './lease.ts';
import { holderName } from './lease.ts';
import { type Bench, holdOperation, newOperationId, planPorts } from './operation.ts';
import { type OperationRecord, runRecord, type UnitRecord } from './operations.ts';
import { describePlan, makePlan, type Plan } from './plan.ts';
import { runSteps } from './run-steps.ts';
import { whatChanged } from './stale-plan.ts';

/** Plans, compares with the approved plan, and reverses the STEPs. */
export async function apply(bench: Bench): Promise<{ record: OperationRecord; plan: Plan }> {
  const { options, ports } = bench;
  const operationId = newOperationId(ports.clock.now());
  let made: Plan | undefined;
  const record = await holdOperation(
    bench,
    operationId,
    async (lease) => {
      await refuseBesideUnfinished(bench);
      const plan = await makePlan(planPorts(bench), options.steps);
      refuseStale(plan, options.planDigest);
      refuseBlocked(plan);
      made = plan;
      return { record: newRecord(bench, operationId, lease, plan), resumed: false };
    },
    runSteps,
  );
  if (made === undefined) throw new Error('there is no plan');
  return { record, plan: made };
}

/** A new operation beside one that was cut short would leave two half-done undos of the same STEPs. */
async function refuseBesideUnfinished({ operations, options, ports }: Bench): Promise<void> {
  const unfinished = await operations.list(ports.db.databaseName, {
    limit: 100,
    filter: {
      kind: 'apply',
      restoredBy: null,
      state: { $in: ['running', 'throttled', 'interrupted', 'failed', 'partially_applied'] },
    },
  });
  const chosen = new Set(options.steps.map((step) => step.step));
  for (const operation of unfinished) {
    const open = operation.steps.filter(
      (step) => ['rolling_back', 'rollback_failed'].includes(step.state) && chosen.has(step.step),
    );
    if (open.length === 0) continue;
    throw new ConfigurationError({
      where: 'operation',
      message: `operation ${operation._id} was cut short in STEP ${open.map((step) => step.step).join(', ')} (${operation.state})`,
      hint: `Write \`operation: resume\` with \`operation-id: ${operation._id}\` to finish it, or \`operation: restore\` to undo it.`,
    });
  }
}

function refuseStale(plan: Plan, approved: string | undefined): void {
  if (approved === undefined || approved.toLowerCase() === plan.digest) return;
  const changed = whatChanged(plan, approved.toLowerCase());
  throw new ConfigurationError({
    where: 'plan-digest',
    message:
      `the approved plan is stale (${changed ?? 'STEPs, parameters, the database or more than one number changed'}); ` +
      `today's plan is ${plan.digest} (${describePlan(plan)})`,
    hint: 'Run `operation: plan` again, have it approved, and give its digest.',
  });
}

function refuseBlocked(plan: Plan): void {
  const blocked = plan.steps.flatMap((step) =>
    step.units.flatMap((unit) => (unit.blocked ? [`STEP ${step.definition.step}: ${unit.blocked}`] : [])),
  );
  if (blocked.length > 0)
    throw new ConfigurationError(blocked.map((message) => ({ where: 'steps', message })));
}

function newRecord({ ports }: Bench, operationId: string, lease: Lease, plan: Plan): OperationRecord {
  const now = new Date(ports.clock.now());
  return {
    _id: operationId,
    kind: 'apply',
    environment: ports.environment,
    database: ports.db.databaseName,
    state: 'running',
    token: lease.token,
    holder: holderName(ports),
    planDigest: plan.digest,
    of: null,
    restoredBy: null,
    purgedAt: null,
    startedAt: now,
    updatedAt: now,
    finishedAt: null,
    actor: ports.run.actor,
    run: runRecord(ports.run),
    steps: plan.steps.map(({ definition, units, matched }) => ({
      step: definition.step,
      name: definition.name,
      risk: definition.risk,
      reversibility: definition.reversibility,
      definition: writeDefinition(definition),
      state: 'pending',
      matched,
      durationMs: 0,
      units: units.map(({ unit, matched: own }) => newUnit(unit.collection, unit.summary, own)),
      conflictSamples: [],
      error: null,
    })),
    error: null,
  };
}

export function newUnit(collection: string, summary: string, matched: number): UnitRecord {
  return {
    collection,
    summary,
    matched,
    state: 'pending',
    pass: 1,
    batch: 0,
    lastId: null,
    journaled: 0,
    modified: 0,
    conflicts: 0,
    bytes: 0,
    fold: null,
  };
}

/** As text: field names that begin with `$` or hold dots are not for every server's documents. */
function writeDefinition(definition: StepDefinition): string {
  return JSON.stringify(definition);
}
