import type { Check } from './schema.ts';
import { WORST_FIRST } from './vocabulary.ts';

/** From so many on, checks that passed are folded away: what did not must not drown in them. */
export const MANY_PASSED = 30;

/** What a check is about, for people: a database may be called like a target. */
export function subjectOf({ kind, target }: Pick<Check, 'kind' | 'target'>): string {
  return kind === 'mongodb' ? `MongoDB ${target}` : target;
}

/** The checks, worst first, in two: what to look at, and what passed or was skipped, where that is a lot. */
export function inTwo(checks: readonly Check[]): { shown: Check[]; folded: Check[] } {
  const sorted = [...checks].sort((a, b) => WORST_FIRST.indexOf(a.verdict) - WORST_FIRST.indexOf(b.verdict));
  const well = ({ verdict }: Check) => verdict === 'pass' || verdict === 'skipped';
  if (sorted.filter(well).length <= MANY_PASSED) return { shown: sorted, folded: [] };
  return { shown: sorted.filter((check) => !well(check)), folded: sorted.filter(well) };
}

/** `970 checks passed, 6 were skipped` */
export function foldedWords(folded: readonly Check[]): string {
  const skipped = folded.filter(({ verdict }) => verdict === 'skipped').length;
  const passed = folded.length - skipped;
  return [
    `${passed} ${passed === 1 ? 'check' : 'checks'} passed`,
    ...(skipped > 0 ? [`${skipped} ${skipped === 1 ? 'was' : 'were'} skipped`] : []),
  ].join(', ');
}
