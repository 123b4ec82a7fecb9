import type { FuzzTarget } from './target.ts';
import { ANSWER_TARGETS } from './targets/answers.ts';
import { DATA_TARGETS } from './targets/data.ts';
import { SETTINGS_TARGETS } from './targets/settings.ts';
import { STATE_TARGETS } from './targets/state.ts';
import { TEXT_TARGETS } from './targets/text.ts';

/** Everything that reads what others wrote. */
export const TARGETS: readonly FuzzTarget[] = [
  ...TEXT_TARGETS,
  ...DATA_TARGETS,
  ...SETTINGS_TARGETS,
  ...ANSWER_TARGETS,
  ...STATE_TARGETS,
];

/** A target's part of all cases, by its share. */
export function casesOf(target: FuzzTarget, cases: number, targets: readonly FuzzTarget[] = TARGETS): number {
  const shares = targets.reduce((sum, { share = 1 }) => sum + share, 0);
  return Math.max(1, Math.ceil((cases * (target.share ?? 1)) / shares));
}
