import type * as z from 'zod';
import { RISKS } from '../../report/vocabulary.ts';
import type { Reversal } from '../../rollback/reversals/expand.ts';
import { BUILT_IN_STEPS, type StepDefinition } from '../../rollback/steps/catalogue.ts';
import type { SettingsContext } from '../context/settings-context.ts';
import type { ReversalSection, ROLLBACK_SECTIONS } from '../guard-file/sections/rollback.ts';

type Section = NonNullable<z.output<(typeof ROLLBACK_SECTIONS)['rollback']>>;

/** The built-in STEPs with the guard file's overrides, then the team's own. Every problem names its place in the file. */
export async function rollbackCatalogue(
  section: Section,
  context: SettingsContext,
): Promise<readonly StepDefinition[]> {
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
    const { impact: _impact, ...withoutImpact } = step;
    return {
      // The impact query belongs to the built-in parameters.
      ...(override.reversals === undefined ? step : withoutImpact),
      ...(override.risk === undefined ? {} : { risk: override.risk }),
      ...(override.cost === undefined ? {} : { cost: override.cost }),
      ...(override.reversals === undefined ? {} : { reversals: override.reversals.map(reversalOf) }),
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
  await checkReversals(section, context);
  return [...builtIn, ...own];
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
  return Object.fromEntries(
    Object.entries(plain).filter(([, value]) => value !== undefined),
  ) as unknown as Reversal;
}
