/**
 * The words of a report, without the schemas that read one: what only names them must not build those, which
 * takes a tenth of a short run's time.
 */

/** Names the layout of the JSON report. A change that breaks a reader gets a new number. */
export const REPORT_SCHEMA = 'deploy-guard.report/v1';

/**
 * `error` = could not measure, `inconclusive` = not enough to judge by; neither is ever `pass`.
 * A check may also be `skipped`: the engine or the user's role does not allow it.
 */
export const VERDICTS = ['pass', 'warn', 'fail', 'inconclusive', 'error'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const SEVERITIES = ['info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Positive if `a` is worse than `b`. */
export function compareSeverity(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}

/** The worst of several; info if there is none. */
export function worstSeverity(severities: Iterable<Severity>): Severity {
  let worst: Severity = 'info';
  for (const severity of severities) if (compareSeverity(severity, worst) > 0) worst = severity;
  return worst;
}

export const ALERT_STATUSES = [
  'sent',
  'suppressed',
  'muted',
  'inhibited',
  'resolved',
  'failed',
  'none',
] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

export const OPERATION_STATES = [
  'planned',
  'running',
  'throttled',
  'interrupted',
  'succeeded',
  'failed',
  'partially_applied',
  // Of a recording: under way, complete, with places of which nothing comes back.
  'recording',
  'sealed',
  'incomplete',
] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

export const STEP_STATES = [
  'pending',
  'rolling_back',
  'rolled_back',
  'rollback_failed',
  'skipped',
  'conflicted',
  'restored',
  // Changed by a migration that a recording saw; can be restored.
  'recorded',
] as const;
export type StepState = (typeof STEP_STATES)[number];

export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
export type Risk = (typeof RISKS)[number];
export const REVERSIBILITIES = ['lossless', 'derivable', 'lossy', 'irreversible'] as const;
export type Reversibility = (typeof REVERSIBILITIES)[number];

/** The order in which readers want to see checks, and by which several make one verdict. */
export const WORST_FIRST: readonly (Verdict | 'skipped')[] = [
  'fail',
  'error',
  'inconclusive',
  'warn',
  'pass',
  'skipped',
];

/** Failed, or not measured, or not to be judged: none of them may pass for green. */
export function isBad(verdict: Verdict | 'skipped'): boolean {
  return verdict === 'fail' || verdict === 'error' || verdict === 'inconclusive';
}

/** The verdict over several: fail, error, inconclusive, warn, pass, in that order. None at all is inconclusive. */
export function worstVerdict(verdicts: Iterable<Verdict | 'skipped'>): Verdict {
  const present = new Set(verdicts);
  const worst = WORST_FIRST.find((verdict) => verdict !== 'skipped' && present.has(verdict));
  return worst === undefined || worst === 'skipped' ? 'inconclusive' : worst;
}
