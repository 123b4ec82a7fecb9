import { plural } from '../support/format.ts';
import type { Check } from './schema.ts';
import { WORST_FIRST } from './vocabulary.ts';

/** A shape for each verdict, so that colour is never the only sign. */
export const VERDICT_SHAPE: Readonly<Record<Check['verdict'], string>> = {
  pass: '✓',
  warn: '!',
  fail: '✕',
  inconclusive: '?',
  error: '⚠',
  skipped: '–',
};

/** The target of a check by name; a database can have the name of a target, so it carries its kind. */
export function subjectOf({ kind, target }: Pick<Check, 'kind' | 'target'>): string {
  return kind === 'mongodb' ? `MongoDB ${target}` : target;
}

/** What a check judges, as one writes it in `thresholds`: `http_req_failed: rate<1%`. */
export function conditionOf({ metric, threshold }: Pick<Check, 'metric' | 'threshold'>): string {
  return threshold === '' ? metric : `${metric}: ${threshold}`;
}

/** Checks of one target that share verdict, reason and hint. Shown once, with each condition. */
export interface Finding {
  readonly verdict: Check['verdict'];
  readonly subject: string;
  readonly reason: string;
  readonly hint: string | undefined;
  /** never empty */
  readonly checks: readonly Check[];
}

/**
 * The checks as readers want them: what needs attention first, worst first, and apart from it what passed or was
 * skipped. A target that is down fails its other checks for one reason: that is one finding. Pure.
 */
export function findingsOf(checks: readonly Check[]): { findings: Finding[]; passed: Check[] } {
  const sorted = [...checks].sort((a, b) => WORST_FIRST.indexOf(a.verdict) - WORST_FIRST.indexOf(b.verdict));
  const fine = ({ verdict }: Check) => verdict === 'pass' || verdict === 'skipped';
  const groups = new Map<string, Check[]>();
  for (const check of sorted) {
    if (fine(check)) continue;
    const { verdict, reason, hint } = check;
    // Checks that were measured differ in what they observed, even if a reason is the same text.
    const observed = check.observed === null ? null : check.id;
    const key = JSON.stringify([
      subjectOf(check),
      verdict,
      reason,
      hint,
      verdict === 'inconclusive' ? null : observed,
    ]);
    const group = groups.get(key);
    if (group) group.push(check);
    else groups.set(key, [check]);
  }
  const findings = [...groups.values()].flatMap((group): Finding[] => {
    const [first] = group;
    if (!first) return [];
    const { verdict, reason, hint } = first;
    return [{ verdict, reason, hint, subject: subjectOf(first), checks: group }];
  });
  return { findings, passed: sorted.filter(fine) };
}

/** `970 checks passed, 6 were skipped` */
export function passedWords(passed: readonly Check[]): string {
  const skipped = passed.filter(({ verdict }) => verdict === 'skipped').length;
  return [
    `${plural(passed.length - skipped, 'check')} passed`,
    ...(skipped > 0 ? [`${skipped} ${skipped === 1 ? 'was' : 'were'} skipped`] : []),
  ].join(', ');
}
