import type { Report } from './schema.ts';
import { type AlertStatus, isBad } from './vocabulary.ts';

/** Every output of the action. They carry ids and words, no URLs or free text: a masked output vanishes. */
export const OUTPUTS = {
  verdict: 'pass, warn, fail, inconclusive or error.',
  'failed-checks': 'Ids of the checks that did not pass (fail, error, inconclusive), one a line.',
  'report-path': 'Path of the JSON report.',
  'dry-run': 'true if nothing was changed or sent.',
  'alert-status':
    'sent, suppressed, muted, inhibited, resolved, failed or none; of several alerts the most telling.',
  'slack-ts': 'Timestamp of the Slack message (with slack-token).',
  'operation-id': 'Id of the rollback operation.',
  'operation-state': 'planned, running, throttled, interrupted, succeeded, failed or partially_applied.',
  'plan-digest': 'SHA-256 of the plan.',
  'records-affected': 'Records that a plan would change, or that were changed.',
  conflicts: 'Documents left alone because somebody else had changed them.',
} as const;

export type OutputName = keyof typeof OUTPUTS;

/** Of several alerts the status that a person must hear of first. */
const MOST_TELLING: readonly AlertStatus[] = [
  'failed',
  'sent',
  'resolved',
  'muted',
  'inhibited',
  'suppressed',
  'none',
];

/** The outputs of a report; those that do not belong to its mode are empty. Pure. */
export function outputsOf(report: Report, reportPath: string): Record<OutputName, string> {
  const statuses = new Set(report.alerts.map((alert) => alert.status));
  const steps = report.rollback?.steps ?? [];
  const records = steps.reduce(
    (sum, step) => sum + (report.rollback?.operation === 'plan' ? step.matched : step.modified),
    0,
  );
  const notCounted = report.rollback?.operation === 'plan' && report.rollback.planDigest === '';
  const slack = report.alerts
    .flatMap((alert) => alert.channels)
    .find((channel) => channel.name === 'slack' && channel.reference);
  return {
    verdict: report.verdict,
    'failed-checks': report.checks
      .filter((check) => isBad(check.verdict))
      .map((check) => check.id)
      .join('\n'),
    'report-path': reportPath,
    'dry-run': String(report.dryRun),
    'alert-status': MOST_TELLING.find((status) => statuses.has(status)) ?? 'none',
    'slack-ts': slack?.reference ?? '',
    'operation-id': report.rollback?.operationId ?? '',
    'operation-state': report.rollback?.state ?? '',
    'plan-digest': report.rollback?.planDigest ?? '',
    // A plan that was made without a database counted nothing: that is not 0.
    'records-affected': report.rollback && !notCounted ? String(records) : '',
    conflicts: report.rollback ? String(steps.reduce((sum, step) => sum + step.conflicts, 0)) : '',
  };
}
