import type { Check, Report, Severity } from '../report/schema.ts';
import { alertType, defaultRunbook } from './catalogue.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Fact, FiringAlert, Incoming, PassingCheck } from './model.ts';
import type { AlertOptions, OwnAlert } from './options.ts';
import { cleanLine, cleanText, count } from './text.ts';

/**
 * What a run has to tell, from an alert of the user's own or from a report. Pure.
 * Hand in texts without secrets: what stands in an alert goes out.
 */
export function incomingOf(
  options: Pick<AlertOptions, 'subject' | 'labels'>,
  environment: string,
  defaultSource: string,
): Incoming {
  const { subject, labels } = options;
  if (subject.kind === 'own') return ofOwn(subject, labels, environment, defaultSource);
  return subject.report.mode === 'rollback'
    ? ofRollback(subject.report, labels, environment)
    : ofVerify(subject.report, labels, environment);
}

function ofOwn(
  own: OwnAlert,
  labels: Readonly<Record<string, string>>,
  environment: string,
  defaultSource: string,
): Incoming {
  const alert = build({
    type: own.type,
    environment,
    source: own.source ?? defaultSource,
    // Two alerts of no known type are the same one only if they say the same.
    check: own.type === 'custom' ? (own.title ?? '') : '',
    ...(own.severity === undefined ? {} : { severity: own.severity }),
    title: own.title ?? alertType(own.type).title,
    message: own.message ?? alertType(own.type).meaning,
    facts: [],
    labels,
  });
  if (!own.resolve) return { firing: [alert], passing: [] };
  const { type, source, check } = alert;
  return { firing: [], passing: [{ type, source, check, asked: true, fallback: alert }] };
}

function ofVerify(report: Report, labels: Readonly<Record<string, string>>, environment: string): Incoming {
  const firing: FiringAlert[] = [];
  const passing: PassingCheck[] = [];
  for (const check of report.checks) {
    if (check.verdict === 'fail' || check.verdict === 'error' || check.verdict === 'inconclusive') {
      firing.push(ofCheck(check, labels, environment));
    } else if (check.verdict === 'pass') {
      passing.push({ source: check.target, check: check.id, asked: false });
    }
    // `warn` neither fires nor resolves, and `skipped` says nothing.
  }
  const whole = { type: 'verification-failed', source: 'deployment', check: 'verdict' };
  if (report.verdict === 'pass' || report.verdict === 'warn' || firing.length > 0) {
    passing.push({ ...whole, asked: false });
  } else {
    // It failed before any check was judged: without this, a gate that never opened would be silent.
    firing.push(
      build({
        ...whole,
        environment,
        message: report.cause ?? `The verification ended with the verdict ${report.verdict}.`,
        facts: [{ label: 'Verdict', value: report.verdict }, ...failedPhases(report)],
        labels,
      }),
    );
  }
  const nothing = firing.length === 0 ? `The report says ${report.verdict}: no check failed.` : undefined;
  return { firing, passing, ...(nothing === undefined ? {} : { nothing }) };
}

function failedPhases(report: Report): Fact[] {
  return (report.phases ?? [])
    .filter((phase) => phase.outcome === 'failed' || phase.outcome === 'interrupted')
    .map((phase) => ({
      label: `Phase ${phase.name}`,
      value: phase.detail === undefined ? phase.outcome : `${phase.outcome}: ${phase.detail}`,
    }));
}

function ofCheck(check: Check, labels: Readonly<Record<string, string>>, environment: string): FiringAlert {
  const type = typeOfCheck(check);
  const observed =
    check.observed === null ? 'nothing measured' : `${check.observed}${check.unit ? ` ${check.unit}` : ''}`;
  return build({
    type,
    environment,
    source: check.target,
    check: check.id,
    severity: severityOfCheck(check, type),
    title: `${alertType(type).title}: ${check.target}`,
    message: check.reason,
    facts: [
      { label: 'Check', value: check.id },
      { label: 'Observed', value: observed },
      ...(check.threshold ? [{ label: 'Threshold', value: check.threshold }] : []),
      {
        label: 'Measured',
        value: `${count(check.samples, 'sample')} in ${count(check.attempts, 'attempt')}, verdict ${check.verdict}`,
      },
    ],
    labels,
    ...(check.hint === undefined ? {} : { firstStep: check.hint }),
  });
}

/** What could not be judged is no proof of a fault: it is told, but not as the catalogue's worst. */
function severityOfCheck(check: Check, type: string): Severity {
  if (check.verdict === 'inconclusive') return 'warning';
  return alertType(type).severity;
}

const TYPE_OF_METRIC: readonly (readonly [RegExp, string])[] = [
  [/^http_req_failed$|^app_error_rate$/, 'high-error-rate'],
  [/^http_req_|^app_response_time$/, 'slow-responses'],
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
  const unmeasured = check.verdict === 'error' && check.observed === null;
  if (metric === 'http_req_failed' && allFailed(check)) return 'service-down';
  if (unmeasured && (check.kind === 'http' || check.kind === 'app')) return 'service-down';
  if (unmeasured && check.kind === 'mongodb' && byMetric !== undefined) return 'database-down';
  return byMetric ?? 'check-failed';
}

function allFailed(check: Check): boolean {
  return typeof check.observed === 'number' && check.observed >= (check.unit === '%' ? 100 : 1);
}

function ofRollback(report: Report, labels: Readonly<Record<string, string>>, environment: string): Incoming {
  const rollback = report.rollback;
  const changes = rollback !== undefined && ['apply', 'resume', 'restore'].includes(rollback.operation);
  if (report.dryRun || (rollback !== undefined && !changes && report.verdict === 'pass')) {
    return {
      firing: [],
      passing: [],
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
            value: `${step.name}: ${step.state}, ${count(step.modified, 'document')} changed, ${count(step.conflicts, 'conflict')}${step.error === undefined ? '' : `; ${step.error}`}`,
          })),
        ]),
  ];
  const type = done ? 'rollback-executed' : 'rollback-failed';
  const alert = build({
    type,
    environment,
    source,
    // What was executed is told by operation; what failed stays one alert until the operation succeeds.
    check: done ? `${operation} ${operationId}` : operationId,
    title: operation === 'restore' && done ? 'Rollback undone (restore)' : alertType(type).title,
    message: report.cause ?? alertType(type).meaning,
    facts,
    labels,
  });
  return {
    firing: [alert],
    passing: done ? [{ type: 'rollback-failed', source, check: operationId, asked: false }] : [],
  };
}

interface Parts {
  readonly type: string;
  readonly environment: string;
  readonly source: string;
  readonly check: string;
  readonly severity?: Severity;
  readonly title?: string;
  readonly message: string;
  readonly facts: readonly Fact[];
  readonly labels: Readonly<Record<string, string>>;
  readonly firstStep?: string;
}

function build(parts: Parts): FiringAlert {
  const known = alertType(parts.type);
  const runbook = defaultRunbook(parts.type);
  const firstStep = cleanText(parts.firstStep ?? known.firstStep);
  const source = cleanLine(parts.source);
  const check = cleanLine(parts.check);
  return {
    fingerprint: fingerprintOf({ type: parts.type, environment: parts.environment, source, check }),
    type: parts.type,
    environment: parts.environment,
    source,
    check,
    severity: parts.severity ?? known.severity,
    title: cleanLine(parts.title ?? known.title),
    message: cleanText(parts.message),
    facts: parts.facts.map(({ label, value }) => ({ label: cleanLine(label), value: cleanText(value) })),
    labels: cleanLabels(parts.labels),
    ...(firstStep === '' ? {} : { firstStep }),
    ...(runbook === undefined ? {} : { runbook }),
    event: known.event ?? false,
  };
}

function cleanLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [cleanLine(key), cleanLine(value)]));
}
