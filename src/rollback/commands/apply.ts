import { ConfigurationError } from '../../support/errors.ts';
import { input, text } from '../../support/problem.ts';
import { describeContent } from '../plan/digest.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import { whatChanged } from '../plan/stale-plan.ts';
import { runSteps } from '../run/steps.ts';
import type { StepDefinition } from '../steps/catalogue.ts';
import type { Lease } from '../store/lease.ts';
import { newOperation, newStep, newUnit, type OperationRecord } from '../store/operations.ts';
import { refuseBesideUnfinished } from './overlap.ts';
import { type Bench, holdOperation, newOperationId, planPorts } from './with-operation.ts';

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

function refuseStale(plan: Plan, approved: string | undefined): void {
  if (approved === undefined || approved.toLowerCase() === plan.digest) return;
  const changed = whatChanged(plan, approved.toLowerCase());
  throw new ConfigurationError({
    code: 'plan-stale',
    where: 'plan-digest',
    message:
      `the approved plan is stale (${changed ?? 'STEPs, parameters, the database or more than one number changed'}); ` +
      `today's plan is ${plan.digest} (${describeContent(plan.content)})`,
    hint: text`Run ${input('operation', 'plan')} again, have it approved, and give its digest.`,
  });
}

function refuseBlocked(plan: Plan): void {
  const blocked = plan.steps.flatMap((step) =>
    step.units.flatMap((unit) => (unit.blocked ? [`STEP ${step.definition.step}: ${unit.blocked}`] : [])),
  );
  if (blocked.length > 0)
    throw new ConfigurationError(
      blocked.map((message) => ({ code: 'plan-blocked', where: 'steps', message })),
    );
}

function newRecord({ ports }: Bench, operationId: string, lease: Lease, plan: Plan): OperationRecord {
  return newOperation(ports, {
    _id: operationId,
    kind: 'apply',
    token: lease.token,
    planDigest: plan.digest,
    of: null,
    steps: plan.steps.map(({ definition, units, matched }) =>
      newStep({
        step: definition.step,
        name: definition.name,
        risk: definition.risk,
        reversibility: definition.reversibility,
        definition: writeDefinition(definition),
        matched,
        units: units.map(({ unit, matched: own }) => newUnit(unit.collection, unit.summary, own)),
      }),
    ),
  });
}

/** As text: field names that begin with `$` or hold dots are not for every server's documents. */
function writeDefinition(definition: StepDefinition): string {
  return JSON.stringify(definition);
}
