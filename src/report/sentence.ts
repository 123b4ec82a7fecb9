import { plural, shorten } from '../support/format.ts';
import type { Check, Report } from './schema.ts';
import { findingsOf } from './subject.ts';

/** How many checks had each verdict, in words, the worst first. A check that was skipped is not one that passed. */
const COUNTED: readonly (readonly [Check['verdict'], (count: number) => string])[] = [
  ['fail', (count) => `${count} failed`],
  ['error', (count) => `${count} not measured`],
  ['inconclusive', (count) => `${count} inconclusive`],
  ['warn', (count) => plural(count, 'warning')],
  ['pass', (count) => `${count} passed`],
  ['skipped', (count) => `${count} skipped`],
];

/** `1 failed, 1 not measured, 4 warnings, 10 passed, 2 skipped`; empty without checks. */
function countsOf(checks: readonly Check[]): string {
  return COUNTED.flatMap(([verdict, words]) => {
    const { length } = checks.filter((check) => check.verdict === verdict);
    return length === 0 ? [] : [words(length)];
  }).join(', ');
}

/** What the run found, in one sentence without its cause. Pure. */
export function sentence(report: Report): string {
  if (report.rollback) {
    const { operation, state, steps, planDigest } = report.rollback;
    const modified = steps.reduce((sum, step) => sum + step.modified, 0);
    const matched = steps.reduce((sum, step) => sum + step.matched, 0);
    const size =
      operation === 'plan'
        ? // A plan without a digest was made without a database.
          planDigest === ''
          ? 'records not counted'
          : `${plural(matched, 'record')} would change`
        : `${plural(modified, 'record')} changed`;
    if (operation === 'unlock') return 'Rollback unlock.';
    return `Rollback ${operation}: ${state.replaceAll('_', ' ')}, ${plural(steps.length, 'STEP')}, ${size}.`;
  }
  if (report.alerts.length > 0) {
    const statuses = [...new Set(report.alerts.map((alert) => alert.status))].join(', ');
    const words = `${plural(report.alerts.length, 'alert')}: ${statuses}.`;
    return report.checks.length === 0 ? words : `${countsOf(report.checks)}. ${words}`;
  }
  if (report.mode === 'alert')
    return report.verdict === 'pass' ? 'Nothing to notify: no check failed.' : 'No alert was decided on.';
  const counts = countsOf(report.checks);
  if (counts !== '') return `${counts}.`;
  return report.cause === undefined ? 'No checks.' : 'The run ended before a result.';
}

/**
 * The last line of the log: `1 failed, 4 warnings, 10 passed — boom: HTTP 500`. The cause is the report's own, or the
 * first finding. Pure.
 */
export function closingLine(report: Report): string {
  const [worst] = findingsOf(report.checks).findings;
  const found =
    report.cause ??
    (worst === undefined || report.verdict === 'pass' ? undefined : `${worst.subject}: ${worst.reason}`);
  const words = sentence(report);
  if (found === undefined) return `${report.verdict}: ${words}`;
  const [line = ''] = found.split('\n');
  return `${report.verdict}: ${words.replace(/\.$/, '')} — ${shorten(line, 300)}`;
}
