import type * as z from 'zod';
import { type Operation, ROLLBACK_DEFAULTS, type RollbackOptions } from '../../rollback/model/options.ts';
import type { StepDefinition } from '../../rollback/steps/catalogue.ts';
import { selectionEntries, selectSteps } from '../../rollback/steps/select.ts';
import { input, text } from '../../support/problem.ts';
import type { SettingsContext } from '../context/settings-context.ts';
import type { ROLLBACK_SECTIONS } from '../guard-file/sections/rollback.ts';
import type { InputValues } from '../inputs/definition.ts';
import type { ROLLBACK_INPUTS } from '../inputs/rollback.ts';
import { wordList } from '../values/refusal.ts';
import { rollbackCatalogue } from './catalogue.ts';

type Inputs = InputValues<typeof ROLLBACK_INPUTS>;
type Sections = { [Key in keyof typeof ROLLBACK_SECTIONS]?: z.output<(typeof ROLLBACK_SECTIONS)[Key]> };

/** Inputs and guard file, as one set of options for `rollback`; undefined if there was a problem. */
export async function rollbackOptions(
  inputs: Inputs,
  file: Sections,
  context: SettingsContext,
): Promise<RollbackOptions | undefined> {
  const section = file.rollback ?? {};
  const catalogue = await rollbackCatalogue(section, context);
  const operation = operationOf(inputs, context);
  const steps = stepsOf(inputs, operation, catalogue, context);
  const chosen = chosenOf(inputs, operation, context);
  if (operation === undefined || context.problems.any) return undefined;
  return {
    ...ROLLBACK_DEFAULTS,
    operation,
    steps,
    chosen,
    ...(inputs['operation-id'] === undefined ? {} : { operationId: inputs['operation-id'] }),
    ...(inputs['plan-digest'] === undefined ? {} : { planDigest: inputs['plan-digest'].toLowerCase() }),
    ...(inputs.confirm === undefined ? {} : { confirm: inputs.confirm }),
    batchSize: inputs['batch-size'] ?? section['batch-size'] ?? ROLLBACK_DEFAULTS.batchSize,
    maxDurationMs: inputs['max-duration'] ?? section['max-duration'] ?? ROLLBACK_DEFAULTS.maxDurationMs,
    onConflict: inputs['on-conflict'] ?? section['on-conflict'] ?? ROLLBACK_DEFAULTS.onConflict,
    maxLagMs: inputs['max-lag'] ?? section['max-lag'] ?? ROLLBACK_DEFAULTS.maxLagMs,
    requiredPermission:
      inputs['required-permission'] ?? section['required-permission'] ?? ROLLBACK_DEFAULTS.requiredPermission,
    transactions: section.transactions ?? ROLLBACK_DEFAULTS.transactions,
    sensitiveFields: [...ROLLBACK_DEFAULTS.sensitiveFields, ...(section['sensitive-fields'] ?? [])],
    journalRetentionMs: section['journal-retention'] ?? ROLLBACK_DEFAULTS.journalRetentionMs,
    historySkip: (inputs['history-page'] - 1) * ROLLBACK_DEFAULTS.historyLimit,
    targetBatchMs: section['target-batch-time'] ?? ROLLBACK_DEFAULTS.targetBatchMs,
    leaseMs: section.lease ?? ROLLBACK_DEFAULTS.leaseMs,
  };
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
