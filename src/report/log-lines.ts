import type { Report } from './schema.ts';
import { conditionOf, findingsOf, passedWords, subjectOf, VERDICT_SHAPE } from './subject.ts';
import { valueWords } from './values.ts';

/** Lines for the log of a run, beside its annotations, which are the lines of what failed. */
export interface LogLines {
  /** checks that passed or were skipped: the title of their folded group, and a line each; undefined without any */
  readonly passed?: { readonly title: string; readonly lines: readonly string[] };
  /** what to do next, in the open */
  readonly open: readonly string[];
}

/** Pure. Text from outside is not disarmed here: the log does that. */
export function logLines(report: Report): LogLines {
  const { passed } = findingsOf(report.checks);
  const lines = passed.map((check) => {
    const found =
      check.verdict === 'skipped' ? `skipped: ${check.reason}` : valueWords(check.observed, check.unit);
    return `${VERDICT_SHAPE[check.verdict]} ${subjectOf(check)} ${conditionOf(check)} — ${found}`;
  });
  return {
    ...(lines.length === 0 ? {} : { passed: { title: passedWords(passed), lines } }),
    open: planLines(report),
  };
}

/** Of a plan: its digest, the phrase, and the inputs that apply it. */
function planLines({ rollback }: Report): string[] {
  if (rollback?.operation !== 'plan' || rollback.planDigest === '') return [];
  const { planDigest, confirm, steps } = rollback;
  const blocked = steps.some(({ error }) => error !== undefined);
  return [
    `plan digest: ${planDigest}`,
    ...(confirm ? [`confirm: ${confirm}`] : []),
    ...(blocked || steps.length === 0
      ? []
      : [
          'To apply exactly this plan:',
          '  mode: rollback',
          '  operation: apply',
          `  steps: "${steps.map(({ step }) => step).join(',')}"`,
          `  plan-digest: ${planDigest}`,
          ...(confirm ? [`  confirm: ${confirm}`] : []),
        ]),
  ];
}
