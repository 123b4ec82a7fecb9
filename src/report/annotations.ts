import type { Annotation } from '../support/host.ts';
import type { Report } from './schema.ts';
import { subjectOf } from './subject.ts';

const MOST_PER_LEVEL = 9;

/** The annotations of a report: only what failed, or what a person should look at. Pure. */
export function annotations(report: Report): Annotation[] {
  const all: Annotation[] = [];
  for (const check of report.checks) {
    if (check.verdict === 'pass' || check.verdict === 'skipped') continue;
    all.push({
      level: check.verdict === 'warn' ? 'warning' : 'error',
      title: `${check.verdict}: ${subjectOf(check)} ${check.metric}`,
      message: `${check.threshold ? `${check.threshold}: ` : ''}${check.reason}${check.hint ? ` ${check.hint}` : ''}`,
    });
  }
  for (const alert of report.alerts) {
    for (const channel of alert.channels) {
      if (channel.status !== 'failed' && channel.status !== 'partial') continue;
      all.push({
        level: 'error',
        title: `alert not delivered: ${channel.name}`,
        message: channel.error ?? 'delivery failed',
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
