import type { FuzzTarget } from './target.ts';
import { DATA_TARGETS } from './targets/data.ts';
import { TEXT_TARGETS } from './targets/text.ts';

/** Everything that reads what others wrote. */
export const TARGETS: readonly FuzzTarget[] = [...TEXT_TARGETS, ...DATA_TARGETS];

/** A target's part of all cases, by its share. */
export function casesOf(target: FuzzTarget, cases: number, targets: readonly FuzzTarget[] = TARGETS): number {
  const shares = targets.reduce((sum, { share = 1 }) => sum + share, 0);
  return Math.max(1, Math.ceil((cases * (target.share ?? 1)) / shares));
}
