import type { Check } from '../../report/schema.ts';
import type { Verdict } from '../../report/vocabulary.ts';
import { worstVerdict } from '../../report/vocabulary.ts';
import type { TargetOutcome } from '../http/outcome.ts';
import { METRICS } from '../metrics/catalogue.ts';
import type { Threshold } from '../thresholds/condition.ts';
import type { Judging } from '../thresholds/evaluate.ts';
import { appChecks, appThreshold } from './app.ts';
import { attribute } from './cause.ts';
import { indexChanges, mongoReachable, mongoThreshold } from './mongodb.ts';
import { serverChecks } from './mongodb-server.ts';
import type { GateOutcome } from './outcome.ts';
import { withSuspicions } from './suspicions.ts';
import { thresholdCheck as check } from './threshold-check.ts';
import { versionCheck, waitCheck } from './waits.ts';

export interface Judgement {
  readonly verdict: Verdict;
  readonly cause?: string;
  readonly checks: Check[];
}

/** Samples and thresholds in, checks and a verdict out. Pure. */
export function judge(
  outcome: GateOutcome,
  thresholds: readonly Threshold[],
  settings: { waitTimeoutMs: number } & Partial<Judging>,
): Judgement {
  const judging: Judging = {
    reference: settings.reference ?? { kind: 'none' },
    floorMs: settings.floorMs ?? 0,
  };
  const checks = [
    ...outcome.targets.flatMap((target) => targetChecks(target, settings.waitTimeoutMs)),
    ...(outcome.mongo
      ? [mongoReachable(outcome.mongo, settings.waitTimeoutMs), ...serverChecks(outcome.mongo)]
      : []),
    ...(outcome.app ? appChecks(outcome.app, settings.waitTimeoutMs) : []),
    ...thresholds.flatMap((threshold) => thresholdChecks(threshold, outcome, judging)),
    ...(outcome.mongo ? indexChanges(outcome.mongo, judging.reference) : []),
  ];
  const attributed = attribute(uniqueIds(checks), outcome);
  return {
    verdict: worstVerdict(attributed.checks.map((check) => check.verdict)),
    ...(attributed.cause === undefined ? {} : { cause: attributed.cause }),
    checks: attributed.checks,
  };
}

function targetChecks(target: TargetOutcome, waitTimeoutMs: number): Check[] {
  const checks: Check[] = [
    {
      ...waitCheck(target.reachable, waitTimeoutMs),
      id: `${target.name}/reachable`,
      kind: 'http',
      target: target.name,
      metric: 'reachable',
      ...(target.reachable.done
        ? {}
        : {
            hint: 'Is the service up, and does this address lead to it? Raise `wait-timeout` if it only needs longer.',
          }),
    },
  ];
  if (target.version) {
    checks.push({
      ...versionCheck(target.version, target.otherVersions),
      id: `${target.name}/version`,
      target: target.name,
    });
  }
  return checks;
}

/** One check for each target (or collection) that the threshold covers, so that a bad one cannot hide among good ones. */
function thresholdChecks(threshold: Threshold, outcome: GateOutcome, judging: Judging): Check[] {
  const metric = METRICS.get(threshold.metric);
  if (!metric) throw new Error(`a threshold names no metric: ${threshold.metric}`);
  switch (metric.kind) {
    case 'http':
    case 'tls':
      return outcome.targets
        .filter((target) => (threshold.labels.target ?? target.name) === target.name)
        .filter((target) => metric.kind !== 'tls' || target.https || !threshold.implied)
        .map((target) => {
          const series = outcome.samples.get(threshold.metric, { target: target.name });
          const subject = {
            id: target.name,
            target: target.name,
            whyNothing: whyNothing(target),
            failures: target.failures.summary(),
          };
          const found = check(threshold, series, subject, judging);
          return threshold.metric === 'http_req_failed' ? withSuspicions(found, target) : found;
        });
    case 'mongodb':
      return outcome.mongo ? mongoThreshold(threshold, outcome, outcome.mongo, judging) : [];
    case 'app':
      return outcome.app ? [appThreshold(threshold, outcome, outcome.app, judging)] : [];
  }
}

function whyNothing(target: TargetOutcome): string {
  if (!target.reachable.done)
    return `the target never became reachable: ${target.reachable.reason ?? 'no answer'}`;
  if (target.failures.any) return target.failures.summary();
  return 'no sample was taken';
}

/** Ids stay stable between runs as long as the thresholds keep their order. */
function uniqueIds(checks: readonly Check[]): Check[] {
  const seen = new Map<string, number>();
  return checks.map((check) => {
    const count = (seen.get(check.id) ?? 0) + 1;
    seen.set(check.id, count);
    return count === 1 ? check : { ...check, id: `${check.id}#${count}` };
  });
}
