import { createHash } from 'node:crypto';
import type { Check, Report } from '../../report/schema.ts';
import type { Severity } from '../../report/vocabulary.ts';
import { compareSeverity } from '../../report/vocabulary.ts';
import type { Fact, FiringAlert, Incoming, ResolvedCandidate } from '../model/alert.ts';
import type { AlertOptions, OwnAlert } from '../model/options.ts';
import { cleanLine, cleanText, count, cut } from '../model/text.ts';
import { fingerprintOf } from './fingerprint.ts';
import { byCause, type CauseGroup, isInconclusiveAsAWhole } from './root-cause.ts';
import { alertType, runbookOf } from './types.ts';

/** What every alert of a run has in common. */
interface Frame extends Pick<AlertOptions, 'labels' | 'fireOn' | 'types'> {
  readonly environment: string;
}

/**
 * What a run has to tell, from an alert of the user's own or from a report. Pure.
 * Hand in texts without secrets: what stands in an alert goes out.
 */
export function incomingOf(
  options: Pick<AlertOptions, 'subject' | 'labels' | 'fireOn' | 'types'>,
  environment: string,
  defaultSource: string,
): Incoming {
  const { subject } = options;
  const frame = { ...options, environment };
  if (subject.kind === 'own') return ofOwn(subject, frame, defaultSource);
  return withoutRepeats(
    subject.report.mode === 'rollback' ? ofRollback(subject.report, frame) : ofVerify(subject.report, frame),
  );
}

/** One alert a fingerprint, the worst; and what fires does not pass. */
function withoutRepeats(incoming: Incoming): Incoming {
  const firing = new Map<string, FiringAlert>();
  for (const alert of incoming.firing) {
    const other = firing.get(alert.fingerprint);
    if (!other || compareSeverity(alert.severity, other.severity) > 0) firing.set(alert.fingerprint, alert);
  }
  const place = (at: { source: string; check?: string }) => JSON.stringify([at.source, at.check]);
  const places = new Set(incoming.firing.map(place));
  return {
    ...incoming,
    firing: [...firing.values()],
    resolvedCandidates: incoming.resolvedCandidates.filter((one) => !places.has(place(one))),
  };
}

function ofOwn(own: OwnAlert, frame: Frame, defaultSource: string): Incoming {
  const known = alertType(own.type, frame.types);
  const alert = build(
    {
      type: own.type,
      source: own.source ?? defaultSource,
      // Two alerts of no known type are the same one only if they say the same.
      check: own.type === 'custom' ? (own.title ?? '') : '',
      ...(own.severity === undefined ? {} : { severity: own.severity }),
      title: own.title ?? known.title,
      message: own.message ?? known.meaning,
      facts: [],
    },
    frame,
  );
  if (!own.resolve) return { firing: [alert], resolvedCandidates: [] };
  const { type, source } = alert;
  // Without a title it also resolves what reports notified of this type and source, whatever the check was.
  const check = own.type === 'custom' ? { check: alert.check } : {};
  return { firing: [], resolvedCandidates: [{ type, source, ...check, asked: true, fallback: alert }] };
}

function ofVerify(report: Report, frame: Frame): Incoming {
  if (report.interrupted) {
    const nothing = 'The verification was interrupted, so it says nothing about the deployment.';
    return { firing: [], resolvedCandidates: [], nothing };
  }
  const fireOn: readonly string[] = frame.fireOn;
  const failed = report.checks.filter(({ verdict }) => fireOn.includes(verdict));
  // A verdict that does not fire is no proof that all is well either; `skipped` says nothing at all.
  const resolvedCandidates: ResolvedCandidate[] = report.checks
    .filter(({ verdict }) => verdict === 'pass' && !fireOn.includes(verdict))
    .map((check) => ({ source: nameOf(check.target), check: nameOf(check.id), asked: false }));
  const whole = { type: 'verification-failed', source: 'deployment', check: 'verdict' };
  const asAWhole = isInconclusiveAsAWhole(report, failed);
  if (!asAWhole && (report.verdict === 'pass' || report.verdict === 'warn' || failed.length > 0)) {
    const firing = byCause(failed).map((group) => ofCheck(group, report.cause, frame));
    const nothing = firing.length === 0 ? `The report says ${report.verdict}: no check failed.` : undefined;
    return {
      firing,
      resolvedCandidates: [...resolvedCandidates, { ...whole, asked: false }],
      ...(nothing === undefined ? {} : { nothing }),
    };
  }
  // It failed before any check was judged, or all of it for one reason: without this, a gate that never opened
  // would be silent.
  const message = report.cause ?? `The verification ended with the verdict ${report.verdict}.`;
  const facts = [{ label: 'Verdict', value: report.verdict }, ...failedPhases(report)];
  const severity = asAWhole ? { severity: 'warning' as const } : {};
  const alert = build({ ...whole, ...severity, message, facts, explains: failed.map(symptomOf) }, frame);
  return { firing: [alert], resolvedCandidates };
}

function failedPhases(report: Report): Fact[] {
  return (report.phases ?? [])
    .filter((phase) => phase.outcome === 'failed' || phase.outcome === 'interrupted')
    .map((phase) => ({
      label: `Phase ${phase.name}`,
      value: phase.detail === undefined ? phase.outcome : `${phase.outcome}: ${phase.detail}`,
    }));
}

/** `http_req_duration (api): nothing was measured`, one line. */
function symptomOf(check: Check): string {
  return cut(cleanLine(`${check.metric} (${check.target}): ${check.reason}`), 200);
}

function ofCheck(
  { cause: check, symptoms }: CauseGroup,
  cause: string | undefined,
  frame: Frame,
): FiringAlert {
  const type = typeOfCheck(check);
  const observed =
    check.observed === null ? 'nothing measured' : `${check.observed}${check.unit ? ` ${check.unit}` : ''}`;
  const measured = `${count(check.samples, 'sample')} in ${count(check.attempts, 'attempt')}, verdict ${check.verdict}`;
  return build(
    {
      type,
      source: check.target,
      check: check.id,
      severity: severityOfCheck(check, alertType(type, frame.types).severity),
      message: check.reason,
      facts: [
        { label: 'Check', value: check.id },
        { label: 'Observed', value: observed },
        ...(check.threshold ? [{ label: 'Threshold', value: check.threshold }] : []),
        { label: 'Measured', value: measured },
      ],
      ...(cause === undefined ? {} : { cause }),
      explains: symptoms.map(symptomOf),
      ...(check.hint === undefined ? {} : { firstStep: check.hint }),
    },
    frame,
  );
}

/** What could not be judged, or is only near its limit, is sent, but not at the catalogue's worst severity. */
function severityOfCheck(check: Check, usual: Severity): Severity {
  const mild = check.verdict === 'inconclusive' || check.verdict === 'warn';
  return mild && compareSeverity(usual, 'warning') > 0 ? 'warning' : usual;
}

const TYPE_OF_METRIC: readonly (readonly [RegExp, string])[] = [
  [/^http_req_failed$|^app_error_rate$/, 'high-error-rate'],
  [/^http_req_|^app_response_time$/, 'slow-responses'],
  [/^version$/, 'wrong-version'],
  [/^tls_cert_expiry$/, 'certificate-expiring'],
  [/^mongodb_up$/, 'database-down'],
  [/^mongodb_ping_duration$|^mongodb_replication_lag$|^app_database_response_time$/, 'database-slow'],
  [/^app_cpu$/, 'high-cpu'],
  [/^app_memory$/, 'high-memory'],
];

/** Which common alert a check that did not pass is. */
export function typeOfCheck(check: Check): string {
  const metric = check.metric.replace(/\{.*$/s, '').trim();
  const byMetric = TYPE_OF_METRIC.find(([pattern]) => pattern.test(metric))?.[1];
  if (byMetric === 'wrong-version') return byMetric;
  const broken = check.verdict === 'fail' || check.verdict === 'error';
  if (metric === 'reachable' && broken) return check.kind === 'mongodb' ? 'database-down' : 'service-down';
  const unmeasured = check.verdict === 'error' && check.observed === null;
  if (metric === 'http_req_failed' && allFailed(check)) return 'service-down';
  if (unmeasured && (check.kind === 'http' || check.kind === 'app')) return 'service-down';
  if (unmeasured && check.kind === 'mongodb' && byMetric !== undefined) return 'database-down';
  return byMetric ?? 'check-failed';
}

function allFailed(check: Check): boolean {
  return typeof check.observed === 'number' && check.observed >= (check.unit === '%' ? 100 : 1);
}

function ofRollback(report: Report, frame: Frame): Incoming {
  const rollback = report.rollback;
  const changes = rollback !== undefined && ['apply', 'resume', 'restore'].includes(rollback.operation);
  if (report.dryRun || (rollback !== undefined && !changes && report.verdict === 'pass')) {
    return {
      firing: [],
      resolvedCandidates: [],
      nothing: `The report is of a rollback ${rollback?.operation ?? 'run'} that changed nothing.`,
    };
  }
  const source = 'rollback';
  const operation = rollback?.operation ?? 'run';
  const operationId = rollback?.operationId ?? 'run';
  const done = rollback?.state === 'succeeded' && report.verdict !== 'fail' && report.verdict !== 'error';
  const facts = [
    ...(rollback === undefined
      ? []
      : [
          { label: 'Operation', value: `${rollback.operation} ${rollback.operationId}` },
          { label: 'State', value: rollback.state },
          ...rollback.steps.map((step) => ({
            label: `Step ${step.step}`,
            value: `${step.name}: ${step.state.replaceAll('_', ' ')}, ${count(step.modified, 'document')} changed, ${count(step.conflicts, 'conflict')}${step.error === undefined ? '' : `; ${step.error}`}`,
          })),
        ]),
  ];
  const type = done ? 'rollback-executed' : 'rollback-failed';
  const known = alertType(type, frame.types);
  const alert = build(
    {
      type,
      source,
      // What was executed is notified by operation; what failed stays one alert until the operation succeeds.
      check: done ? `${operation} ${operationId}` : operationId,
      title: operation === 'restore' && done ? 'Rollback undone (restore)' : known.title,
      message: report.cause ?? known.meaning,
      facts,
    },
    frame,
  );
  const candidate = { type: 'rollback-failed', source, check: operationId, asked: false };
  return { firing: [alert], resolvedCandidates: done ? [candidate] : [] };
}

interface Parts {
  readonly type: string;
  readonly source: string;
  readonly check: string;
  readonly severity?: Severity;
  readonly title?: string;
  readonly message: string;
  readonly facts: readonly Fact[];
  readonly cause?: string;
  readonly explains?: readonly string[];
  readonly firstStep?: string;
}

function build(parts: Parts, frame: Frame): FiringAlert {
  const { type } = parts;
  const known = alertType(type, frame.types);
  const runbook = runbookOf(type, frame.types);
  const firstStep = cleanText(parts.firstStep ?? known.firstStep);
  const source = nameOf(parts.source);
  const check = nameOf(parts.check);
  const { environment } = frame;
  return {
    fingerprint: fingerprintOf({ type, environment, source, check }),
    type,
    environment,
    source,
    check,
    severity: parts.severity ?? known.severity,
    title: cleanLine(parts.title ?? known.title),
    message: cleanText(parts.message),
    facts: parts.facts.map(({ label, value }) => ({ label: cleanLine(label), value: cleanText(value) })),
    labels: cleanLabels(frame.labels),
    ...(parts.cause === undefined ? {} : { cause: cleanText(parts.cause) }),
    ...(parts.explains === undefined || parts.explains.length === 0 ? {} : { explains: parts.explains }),
    ...(firstStep === '' ? {} : { firstStep }),
    ...(runbook === undefined ? {} : { runbook }),
    event: known.event ?? false,
  };
}

const LONGEST_NAME = 200;

/** A name of bounded size; of two long ones that differ only at their ends, so do these. */
function nameOf(text: string): string {
  const line = cleanLine(text);
  if (line.length <= LONGEST_NAME) return line;
  const mark = createHash('sha256').update(line).digest('hex').slice(0, 12);
  return `${cut(line, LONGEST_NAME - mark.length - 1)} ${mark}`;
}

function cleanLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [cleanLine(key), cleanLine(value)]));
}
