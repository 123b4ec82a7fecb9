import { canonicalJson, sha256Hex } from './canonical.ts';
import type { PlanContent } from './digest.ts';
import type { Plan } from './plan.ts';

/** Digests that are tried at most. */
const MOST_TRIES = 20_000;

/**
 * What changed since a plan was approved. Only its digest is known, so likely plans of then are made and
 * compared: the same with another number of documents in one collection, the most frequent reason by far.
 * @returns undefined where it was none of those. Pure.
 */
export function whatChanged(plan: Plan, approved: string): string | undefined {
  const places = plan.content.steps.flatMap((step, at) =>
    step.units.map((unit, position) => ({ step, at, unit, position })),
  );
  const reach = Math.floor(MOST_TRIES / Math.max(1, 2 * places.length));
  for (const { step, at, unit, position } of places) {
    if (unit.specification !== undefined) continue;
    const [head, tail] = around(plan.content, at, position);
    for (let far = 1; far <= reach; far++) {
      for (const then of [unit.matched - far, unit.matched + far]) {
        if (then < 0 || sha256Hex(`${head}${canonicalJson(then)}${tail}`) !== approved) continue;
        return `STEP ${step.step} ${unit.collection}: ${then} documents then, ${unit.matched} now`;
      }
    }
  }
  return undefined;
}

/** The canonical text of a plan, cut where one number stands. */
function around(content: PlanContent, at: number, position: number): [string, string] {
  const mark = 'the number stands here';
  const marked = {
    ...content,
    steps: content.steps.map((step, index) =>
      index === at
        ? {
            ...step,
            units: step.units.map((unit, unitIndex) =>
              unitIndex === position ? { ...unit, matched: mark } : unit,
            ),
          }
        : step,
    ),
  };
  const [head = '', tail = ''] = canonicalJson(marked).split(JSON.stringify(mark));
  return [head, tail];
}
