import type * as z from 'zod';
import { RISKS } from '../../report/vocabulary.ts';
import type { Reversal } from '../../rollback/reversals/expand.ts';
import { BUILT_IN_STEPS, type StepDefinition } from '../../rollback/steps/catalogue.ts';
import { defined } from '../../support/defined.ts';
import type { SettingsContext } from '../context/settings-context.ts';
import type { ReversalSection, ROLLBACK_SECTIONS } from '../guard-file/sections/rollback.ts';

type Section = NonNullable<z.output<(typeof ROLLBACK_SECTIONS)['rollback']>>;

/** The built-in STEPs with the guard file's overrides, then the team's own. Every problem names its place in the file. */
export async function rollbackCatalogue(
  section: Section,
  context: SettingsContext,
): Promise<{ steps: readonly StepDefinition[]; origins: Readonly<Record<string, string>> }> {
  // Loaded only where the file changes what a STEP does.
  const changed = Object.values(section.overrides ?? {}).some(
    (override) => override?.reversals !== undefined,
  );
  const { expand } = changed ? await import('../../rollback/reversals/expand.ts') : {};
  await checkReversals(section, context);
  const builtIn = BUILT_IN_STEPS.map((step): StepDefinition => {
    const override = section.overrides?.[step.step];
    if (override === undefined) return step;
    if (override.risk !== undefined && RISKS.indexOf(override.risk) < RISKS.indexOf(step.risk)) {
      context
        .file('rollback', 'overrides', step.step, 'risk')
        .refuse(
          'risk-lowered',
          `the risk of STEP ${step.step} is ${step.risk} and cannot be lowered to ${override.risk}`,
        );
    }
    const { risk = step.risk, cost = step.cost } = override;
    const withRisk = { ...step, risk, ...(cost === undefined ? {} : { cost }) };
    // What is wrong with them is reported already, and cannot be described.
    if (override.reversals === undefined || expand === undefined || context.problems.any) return withRisk;
    const reversals = override.reversals.map(reversalOf);
    // Effect, reversibility and the impact query are those of the built-in parameters.
    const { impact: _impact, ...withoutImpact } = withRisk;
    return {
      ...withoutImpact,
      effect: `Overridden: ${expand(reversals)
        .map(({ summary }) => summary)
        .join('; ')}.`,
      risk: override.risk ?? atLeastHigh(step.risk),
      reversibility: 'irreversible',
      reversals,
    };
  });
  const own = (section.steps ?? []).map(
    ({ name, effect, risk, cost, reversibility, dependents, reversals }): StepDefinition => ({
      step: name,
      name,
      effect,
      risk,
      ...(cost === undefined ? {} : { cost }),
      reversibility: reversibility ?? 'irreversible',
      dependents: dependents ?? [],
      reversals: reversals.map(reversalOf),
    }),
  );
  const names = new Set(builtIn.map((step) => step.name));
  for (const [index, step] of own.entries()) {
    if (names.has(step.name))
      context
        .file('rollback', 'steps', index, 'name')
        .refuse('step-name-taken', `the name \`${step.name}\` is taken`, 'Write another one.');
    names.add(step.name);
  }
  return { steps: [...builtIn, ...own], origins: originsOf(section, context) };
}

/** A STEP that does something else than the catalogue says may do anything. */
function atLeastHigh(risk: StepDefinition['risk']): StepDefinition['risk'] {
  return RISKS.indexOf(risk) < RISKS.indexOf('high') ? 'high' : risk;
}

/** Where each STEP comes from that the file declares or changes, for the reader of the plan. */
function originsOf(section: Section, context: SettingsContext): Record<string, string> {
  const { commit } = context.facts;
  const at = (...path: PropertyKey[]) =>
    `${context.file('rollback', ...path).where}${commit === undefined ? '' : ` at commit ${commit.slice(0, 12)}`}`;
  return Object.fromEntries([
    ...Object.entries(section.overrides ?? {}).flatMap(([step, override]) =>
      override === undefined ? [] : [[step, `overridden in ${at('overrides', step)}`]],
    ),
    ...(section.steps ?? []).map(({ name }, index) => [name, `declared in ${at('steps', index)}`]),
  ]);
}

/** Loads BSON, which a run without custom STEPs does not need. */
async function checkReversals(section: Section, context: SettingsContext): Promise<void> {
  const places = [
    ...Object.entries(section.overrides ?? {}).map(([step, override]) => ({
      at: ['rollback', 'overrides', step, 'reversals'],
      reversals: override?.reversals ?? [],
    })),
    ...(section.steps ?? []).map(({ reversals }, index) => ({
      at: ['rollback', 'steps', index, 'reversals'],
      reversals,
    })),
  ];
  if (places.length === 0) return;
  const { checkReversal } = await import('../../rollback/steps/validate.ts');
  for (const { at, reversals } of places) {
    for (const [index, reversal] of reversals.entries()) {
      for (const { path, message, hint } of checkReversal(reversalOf(reversal))) {
        context.file(...at, index, ...path).refuse('invalid-reversal', message, hint);
      }
    }
  }
}

function reversalOf(reversal: ReversalSection): Reversal {
  const { kind } = reversal;
  const plain =
    kind === 'map-values' ? { ...reversal, map: reversal.map.map(({ from, to }) => [from, to]) } : reversal;
  // `where: undefined` is not the same as no `where`.
  return defined<object>(plain) as Reversal;
}
