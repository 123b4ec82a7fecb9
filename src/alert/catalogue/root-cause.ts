import type { Check, Report } from '../../report/schema.ts';

/** What fires as one alert: the check that is the cause, and those that only show it. */
export interface CauseGroup {
  readonly cause: Check;
  readonly symptoms: readonly Check[];
}

/**
 * What the checks of a target depend on, most fundamental first: a target that does not answer cannot show its
 * version, and one that answers with another version was not measured for this deployment.
 */
const FUNDAMENTAL = ['reachable', 'mongodb_up', 'version', 'database'] as const;

/** Checks that fire, by their cause: one group for each target whose gate failed, else one for each check. Pure. */
export function byCause(firing: readonly Check[]): CauseGroup[] {
  const groups: CauseGroup[] = [];
  for (const checks of Map.groupBy(firing, ({ target }) => target).values()) {
    const cause = FUNDAMENTAL.map((metric) => checks.find((check) => isBroken(check, metric))).find(Boolean);
    if (cause) groups.push({ cause, symptoms: checks.filter((check) => check !== cause) });
    else for (const check of checks) groups.push({ cause: check, symptoms: [] });
  }
  return groups;
}

/** Whether the report says that nothing could be known about the targets, for one reason: the runner's network. */
export function isInconclusiveAsAWhole(report: Report, firing: readonly Check[]): boolean {
  return (
    report.cause !== undefined &&
    report.verdict === 'inconclusive' &&
    firing.every(({ verdict }) => verdict === 'inconclusive')
  );
}

function isBroken(check: Check, metric: string): boolean {
  return check.metric === metric && (check.verdict === 'fail' || check.verdict === 'error');
}
