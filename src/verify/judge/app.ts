import type { Check } from '../../report/schema.ts';
import { plural } from '../../support/format.ts';
import type { AppOutcome } from '../app/outcome.ts';
import type { AppReading } from '../app/reading.ts';
import { sameVersion } from '../http/version.ts';
import type { Threshold } from '../thresholds/condition.ts';
import type { Judging } from '../thresholds/evaluate.ts';
import type { GateOutcome } from './outcome.ts';
import { thresholdCheck } from './threshold-check.ts';
import { versionCheck, waitCheck } from './waits.ts';

const TARGET = 'service';
const shared = { kind: 'app', target: TARGET, unit: '', samples: 1, attempts: 1 } as const;

/** What the service's own endpoints report, as checks. Ids begin with `service:`, which no target's name can. Pure. */
export function appChecks(app: AppOutcome, waitTimeoutMs: number): Check[] {
  const checks: Check[] = [];
  if (app.hasHealth) {
    checks.push({
      ...waitCheck(app.reachable, waitTimeoutMs),
      ...shared,
      samples: app.reachable.attempts,
      attempts: app.reachable.attempts,
      id: 'service:reachable',
      metric: 'reachable',
      ...(app.reachable.done ? {} : { hint: 'Does `health-base-url` lead to the service, and is it up?' }),
    });
    if (app.version) {
      // Read once more after the samples: another replica may answer by then.
      const { version } = app.reading;
      const others = new Map(app.otherVersions);
      if (version !== undefined && !sameVersion(version, app.version.expected))
        others.set(version, (others.get(version) ?? 0) + 1);
      checks.push({ ...versionCheck(app.version, others), ...shared, id: 'service:version' });
    }
    checks.push(...statusChecks(app.reading));
    if (app.unhealthyPolls.any) checks.push(unhealthyPollsCheck(app));
  }
  checks.push(...unreadChecks(app.reading));
  return checks;
}

/** One unhealthy instance of several: the last poll need not have met it. */
function unhealthyPollsCheck({ unhealthyPolls, polls }: AppOutcome): Check {
  return {
    ...shared,
    id: 'service:steady',
    metric: 'steady',
    observed: unhealthyPolls.total,
    threshold: '== 0',
    samples: polls,
    verdict: 'fail',
    reason: `unhealthy in ${unhealthyPolls.total} of ${plural(polls, 'poll')} during the samples: ${unhealthyPolls.summary()}`,
    hint: 'Is one of several instances broken, or does it come and go?',
  };
}

function statusChecks({ status, reasons, database, alerts }: AppReading): Check[] {
  const checks: Check[] = [];
  const why = reasons.length > 0 ? `: ${reasons.join('; ')}` : '';
  checks.push({
    ...shared,
    id: 'service:status',
    metric: 'status',
    observed: status ?? null,
    threshold: '== healthy',
    verdict:
      status === undefined
        ? 'error'
        : status === 'healthy'
          ? reasons.length > 0
            ? 'warn'
            : 'pass'
          : status === 'degraded'
            ? 'warn'
            : 'fail',
    reason: status === undefined ? 'the service reports no status' : `it calls itself ${status}${why}`,
  });
  if (database) {
    checks.push({
      ...shared,
      id: 'service:database',
      metric: 'database',
      observed: database.up ? 'up' : 'down',
      threshold: '== up',
      verdict: database.up ? 'pass' : 'fail',
      reason: database.up
        ? 'the service reaches its database'
        : `the service does not reach its database${database.error ? `: ${database.error}` : ''}`,
    });
  }
  if (alerts.length > 0) {
    checks.push({
      ...shared,
      id: 'service:alerts',
      metric: 'alerts',
      observed: alerts.length,
      threshold: 'warn == 0',
      verdict: 'warn',
      reason: `alerts of the service's own: ${alerts.slice(0, 5).join(', ')}${alerts.length > 5 ? ` and ${alerts.length - 5} more` : ''}`,
    });
  }
  return checks;
}

/** Endpoints that could not be read: the reason why thresholds on their values cannot pass. */
function unreadChecks({ unread }: AppReading): Check[] {
  return [...unread]
    .filter(([path]) => path !== 'health')
    .map(
      ([path, { kind, reason }]): Check => ({
        ...shared,
        id: `service:${path}`,
        metric: path,
        observed: null,
        threshold: '',
        samples: 0,
        // A service need not have every endpoint. One that exists and is broken is a warning; metrics whose address
        // the user gave must be readable.
        verdict: path === 'Prometheus' ? 'error' : kind === 'failed' ? 'warn' : 'skipped',
        reason,
        ...(kind === 'token' ? { hint: "Give the service's admin token as `bearer-token`." } : {}),
      }),
    );
}

/** A threshold on what the service measured itself. What it does not report cannot pass. Pure. */
export function appThreshold(
  threshold: Threshold,
  outcome: GateOutcome,
  app: AppOutcome,
  judging: Judging,
): Check {
  const aggregate = (threshold.fail ?? threshold.warn)?.aggregate;
  const labels =
    threshold.metric === 'app_response_time' && aggregate?.name === 'p'
      ? { quantile: String(aggregate.p) }
      : {};
  const series = outcome.samples.get(threshold.metric, labels as Record<string, string>);
  const { reading } = app;
  const unread = [...reading.unread].map(([path, { reason }]) => `${path} ${reason}`).join('; ');
  const idle = reading.values.app_requests === 0 && FROM_REQUESTS.has(threshold.metric);
  const whyNothing = !app.reachable.done
    ? (app.reachable.reason ?? 'no answer')
    : unread || 'not reported by the service';
  const check = thresholdCheck(threshold, series, { id: 'service', target: TARGET, whyNothing }, judging);
  const id = check.id.replace('/', ':');
  if (reading.severalProcesses !== undefined && threshold.metric !== 'app_database_response_time') {
    return {
      ...check,
      id,
      verdict: 'inconclusive',
      reason: `another process answered (${reading.severalProcesses}): each counts only its own requests, so nothing can be said about all of them`,
      hint: 'Read the metrics of all processes together: the multiprocess mode of the client library, or a query to the Prometheus server that scrapes every instance. Or give the address of one instance.',
    };
  }
  if (
    threshold.metric === 'app_requests' &&
    check.verdict === 'fail' &&
    typeof check.observed === 'number' &&
    isLowerLimit(threshold)
  ) {
    return {
      ...check,
      id,
      verdict: 'inconclusive',
      reason: `too few requests to judge by: ${check.reason}`,
      hint: 'A service without traffic is not a broken one. Write `warn` before the limit, measure longer, or send requests to it.',
    };
  }
  // 0 of 0 requests is inconclusive; a limit that is broken in spite of that still counts.
  if (!idle || check.verdict === 'fail' || check.verdict === 'warn') return { ...check, id };
  return {
    ...check,
    id,
    verdict: 'inconclusive',
    reason:
      "the service counted 0 requests during the gate, the gate's own left out, so there is nothing to judge",
    hint: 'Send it requests: give `targets` that lead to it, or measure longer with `samples` and `interval`.',
  };
}

function isLowerLimit({ fail }: Threshold): boolean {
  return fail?.operator === '>' || fail?.operator === '>=';
}

const FROM_REQUESTS = new Set(['app_error_rate', 'app_response_time']);
