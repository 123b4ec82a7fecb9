import type { ModeResult } from '../../report/schema.ts';
import type { RollbackOptions } from '../model/options.ts';
import { expand } from '../reversals/expand.ts';

/** What a plan says that was made without a database; `planDigest` is empty, so nothing can be applied by it. */
const NOT_COUNTED = 'not counted: the database was not asked';

/**
 * The plan as far as it is known without data: for pull requests from forks, whose runs have no secrets.
 * Its verdict is `inconclusive`, because nothing was looked at, and it does not fail the step. Pure.
 */
export function staticPlan(options: Pick<RollbackOptions, 'steps' | 'origins'>): ModeResult {
  return {
    verdict: 'inconclusive',
    failed: false,
    cause: 'the plan was made without a database, so nothing is counted',
    checks: [],
    alerts: [],
    rollback: {
      operation: 'plan',
      operationId: '',
      planDigest: '',
      state: 'planned',
      steps: options.steps.map((definition) => ({
        step: definition.step,
        name: definition.name,
        risk: definition.risk,
        reversibility: 'lossless',
        state: 'pending',
        matched: 0,
        modified: 0,
        conflicts: 0,
        impact: [definition.effect, definition.cost].filter(Boolean).join(' '),
        durationMs: 0,
        details: [
          ...[options.origins?.[definition.step] ?? []].flat(),
          ...expand(definition.reversals).map(({ summary }) => `${summary}: ${NOT_COUNTED}`),
        ],
      })),
    },
    notices: [
      'mongodb-uri is not given. Pull requests from forks get no secrets; elsewhere set it to see what would change.',
    ],
  };
}
