import type * as z from 'zod';
import { type Operation, ROLLBACK_DEFAULTS, type RollbackOptions } from '../../rollback/model/options.ts';
import { BUILT_IN_STEPS, type StepDefinition } from '../../rollback/steps/catalogue.ts';
import { selectionEntries, selectSteps } from '../../rollback/steps/select.ts';
import { input, text } from '../../support/problem.ts';
import type { SettingsContext } from '../context/settings-context.ts';
import type { ROLLBACK_SECTIONS } from '../guard-file/sections/rollback.ts';
import type { InputValues } from '../inputs/definition.ts';
import type { ROLLBACK_INPUTS } from '../inputs/rollback.ts';
import { wordList } from '../values/refusal.ts';
import { rollbackCatalogue } from './catalogue.ts';

/** From the lowest to the highest. */
const REQUIRED_PERMISSIONS = ['none', 'write', 'maintain', 'admin'] as const;

type Inputs = InputValues<typeof ROLLBACK_INPUTS>;
type Sections = { [Key in keyof typeof ROLLBACK_SECTIONS]?: z.output<(typeof ROLLBACK_SECTIONS)[Key]> };

/** Inputs and guard file, as one set of options for `rollback`; undefined if there was a problem. */
export async function rollbackOptions(
  inputs: Inputs,
  file: Sections,
  context: SettingsContext,
): Promise<RollbackOptions | undefined> {
  const section = file.rollback ?? {};
  const { steps: catalogue, origins } = await rollbackCatalogue(section, context);
  const operation = operationOf(inputs, context);
  const steps = stepsOf(inputs, operation, catalogue, context);
  const chosen = chosenOf(inputs, operation, context);
  await checkReads(steps, inputs, origins, context);
  const requiredPermission = permissionOf(inputs, section['required-permission'], context);
  if (operation === undefined || context.problems.any) return undefined;
  return {
    ...ROLLBACK_DEFAULTS,
    operation,
    steps,
    origins,
    chosen,
    ...(inputs['operation-id'] === undefined ? {} : { operationId: inputs['operation-id'] }),
    ...(inputs['plan-digest'] === undefined ? {} : { planDigest: inputs['plan-digest'].toLowerCase() }),
    ...(inputs.confirm === undefined ? {} : { confirm: inputs.confirm }),
    ...(inputs['github-environment'] === undefined
      ? {}
      : { githubEnvironment: inputs['github-environment'] }),
    batchSize: inputs['batch-size'] ?? section['batch-size'] ?? ROLLBACK_DEFAULTS.batchSize,
    maxDurationMs: inputs['max-duration'] ?? section['max-duration'] ?? ROLLBACK_DEFAULTS.maxDurationMs,
    onConflict: inputs['on-conflict'] ?? section['on-conflict'] ?? ROLLBACK_DEFAULTS.onConflict,
    maxLagMs: inputs['max-lag'] ?? section['max-lag'] ?? ROLLBACK_DEFAULTS.maxLagMs,
    requiredPermission,
    transactions: section.transactions ?? ROLLBACK_DEFAULTS.transactions,
    sensitiveFields: [...ROLLBACK_DEFAULTS.sensitiveFields, ...(section['sensitive-fields'] ?? [])],
    journalRetentionMs: section['journal-retention'] ?? ROLLBACK_DEFAULTS.journalRetentionMs,
    historySkip: (inputs['history-page'] - 1) * ROLLBACK_DEFAULTS.historyLimit,
    targetBatchMs: section['target-batch-time'] ?? ROLLBACK_DEFAULTS.targetBatchMs,
    leaseMs: section.lease ?? ROLLBACK_DEFAULTS.leaseMs,
  };
}

/** The STEPs of a guard file that is not trusted show samples of what they read: they read what the catalogue reads. */
async function checkReads(
  steps: readonly StepDefinition[],
  inputs: Inputs,
  origins: Readonly<Record<string, string>>,
  context: SettingsContext,
): Promise<void> {
  const { unmerged } = context.facts;
  const foreign = steps.filter(({ step }) => Object.hasOwn(origins, step));
  if (unmerged === undefined || foreign.length === 0 || context.problems.any) return;
  const { collectionsOf } = await import('../../rollback/reversals/collections.ts');
  const allowed = new Set([
    ...BUILT_IN_STEPS.flatMap(({ reversals }) => collectionsOf(reversals)),
    ...(inputs['guard-file-collections'] ?? []),
  ]);
  for (const { step, reversals } of foreign) {
    const refused = collectionsOf(reversals).find((collection) => !allowed.has(collection));
    if (refused === undefined) continue;
    context
      .input('steps')
      .refuse(
        'collection-on-unmerged-code',
        `holds STEP ${step}, ${origins[step]}, which reads the collection '${refused}', but ${unmerged}: the guard file of code that is not merged reads only the collections of the built-in STEPs`,
        text`Write ${input('guard-file-collections', refused)} if its values may be shown there.`,
      );
  }
}

/** The input's, or the guard file's where that asks for more: a file can raise this guard and never lower it. */
function permissionOf(
  inputs: Inputs,
  ofFile: RollbackOptions['requiredPermission'] | undefined,
  context: SettingsContext,
): RollbackOptions['requiredPermission'] {
  const given = inputs['required-permission'];
  const base = given ?? ROLLBACK_DEFAULTS.requiredPermission;
  if (ofFile === undefined) return base;
  if (REQUIRED_PERMISSIONS.indexOf(ofFile) > REQUIRED_PERMISSIONS.indexOf(base)) return ofFile;
  if (given === undefined && ofFile !== base) {
    context
      .file('rollback', 'required-permission')
      .refuse(
        'permission-lowered',
        `is ${ofFile}, lower than ${base}: the guard file can only raise it`,
        text`Write ${input('required-permission', ofFile)} in the workflow.`,
      );
  }
  return base;
}

function operationOf(inputs: Inputs, context: SettingsContext): Operation | undefined {
  if (inputs.operation !== undefined) return inputs.operation;
  if (context.facts.dryRun) return 'plan';
  return context
    .input('operation')
    .refuse(
      'required',
      'is required',
      text`Write ${input('operation', 'plan')} to see first what would change.`,
    );
}

function stepsOf(
  inputs: Inputs,
  operation: Operation | undefined,
  catalogue: readonly StepDefinition[],
  context: SettingsContext,
): readonly StepDefinition[] {
  const place = context.input('steps');
  const takes: readonly Operation[] = ['plan', 'apply', 'restore'];
  if (operation !== undefined && !takes.includes(operation)) {
    if (inputs.steps !== undefined) {
      place.refuse(
        'not-for-operation',
        `has no meaning for \`${operation}\``,
        `It belongs to ${wordList(takes)}.`,
      );
    }
    return [];
  }
  // A restore goes by the STEPs of its operation, which today's catalogue may not know any more.
  if (operation === 'restore') return [];
  if (inputs.steps === undefined) {
    if (operation === 'plan' || operation === 'apply') {
      place.refuse('required', `is required for \`${operation}\``, 'Write `19`, `19,21`, `19-22` or names.');
    }
    return [];
  }
  const selected = selectSteps(inputs.steps, catalogue);
  if ('steps' in selected) return selected.steps;
  for (const { message, hint } of selected.problems) place.refuse('invalid-steps', message, hint);
  return [];
}

function chosenOf(
  inputs: Inputs,
  operation: Operation | undefined,
  context: SettingsContext,
): readonly string[] {
  if (operation !== 'restore' || inputs.steps === undefined) return [];
  const selected = selectionEntries(inputs.steps);
  if ('entries' in selected) return selected.entries;
  for (const { message, hint } of selected.problems)
    context.input('steps').refuse('invalid-steps', message, hint);
  return [];
}
