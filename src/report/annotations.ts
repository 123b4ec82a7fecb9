import type { Annotation } from '../support/host.ts';
import type { Report } from './schema.ts';
import { conditionOf, findingsOf } from './subject.ts';
import { observedWords } from './values.ts';

const MOST_PER_LEVEL = 9;

/**
 * The annotations of a report: what failed or needs attention, once for each finding. GitHub's log shows only the
 * message, so it names the target. Pure.
 */
export function annotations(report: Report): Annotation[] {
  const all: Annotation[] = [];
  for (const finding of findingsOf(report.checks).findings) {
    const { verdict, subject, reason, hint, checks } = finding;
    const [first] = checks;
    if (!first) continue;
    const observed = checks.length === 1 ? observedWords(first) : '';
    all.push({
      level: verdict === 'warn' ? 'warning' : 'error',
      title: `${verdict}: ${subject} ${checks.map(({ metric }) => metric).join(', ')}`,
      message: [
        `${subject} ${checks.map(conditionOf).join(' · ')}`,
        ...(observed === '' ? [] : [`observed ${observed}`]),
        reason,
      ]
        .join(' — ')
        .concat(hint ? ` → ${hint}` : ''),
    });
  }
  for (const alert of report.alerts) {
    for (const channel of alert.channels) {
      if (channel.status !== 'failed' && channel.status !== 'partial') continue;
      all.push({
        level: 'error',
        title: `alert not delivered: ${channel.name}`,
        message: `${channel.name}: ${channel.error ?? 'delivery failed'}`,
      });
    }
  }
  for (const step of report.rollback?.steps ?? []) {
    if (step.error)
      all.push({
        level: 'error',
        title: `STEP ${step.step} ${step.name}: ${step.state}`,
        message: step.error,
      });
  }
  return (['error', 'warning'] as const).flatMap((level) => {
    const some = all.filter((annotation) => annotation.level === level);
    if (some.length <= MOST_PER_LEVEL) return some;
    return [
      ...some.slice(0, MOST_PER_LEVEL),
      {
        level,
        title: 'deploy-guard',
        message: `and ${some.length - MOST_PER_LEVEL} more; see the job summary`,
      },
    ];
  });
}
