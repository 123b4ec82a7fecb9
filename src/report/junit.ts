import type { Check, Report, ReportAlert, ReportStep } from './schema.ts';
import { isBad } from './vocabulary.ts';

/** A test case of JUnit's: it passed unless it has an outcome. */
interface TestCase {
  readonly group: string;
  readonly name: string;
  readonly seconds?: number;
  readonly outcome?: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly type: string;
    readonly text: string;
  };
  /** Shown with a case that passed. */
  readonly output?: string;
}

/**
 * The report as JUnit XML, for CI systems that show test results: a suite for the run, a case for each check, STEP
 * and delivery. `fail` is a failure; what could not be measured or judged is an error. Pure.
 */
export function renderJunit(report: Report): string {
  const cases = withVerdict(report, [
    ...report.checks.map(checkCase),
    ...(report.rollback?.steps ?? []).map((step) => stepCase(step, report.rollback?.operation ?? '')),
    ...report.alerts.flatMap(alertCases),
  ]);
  const suite = [report.mode, report.environment, ...(report.dryRun ? ['dry run'] : [])].join(' · ');
  const seconds = Math.max(0, Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1_000;
  const counts = {
    tests: cases.length,
    failures: cases.filter(({ outcome }) => outcome?.kind === 'failure').length,
    errors: cases.filter(({ outcome }) => outcome?.kind === 'error').length,
    skipped: cases.filter(({ outcome }) => outcome?.kind === 'skipped').length,
    time: seconds,
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name: 'deploy-guard', ...counts })}>`,
    // JUnit's schema knows no zone; it is UTC.
    `  <testsuite ${attributes({ name: suite, timestamp: report.startedAt.replace(/(\.\d+)?Z$/, ''), ...counts })}>`,
    '    <properties>',
    ...properties(report).map((line) => `      ${line}`),
    '    </properties>',
    ...cases.flatMap(caseLines).map((line) => `    ${line}`),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** A bad verdict without a case that says so (a configuration error, a refused plan) is a case: never a green file. */
function withVerdict(report: Report, cases: TestCase[]): TestCase[] {
  const shown = cases.some(({ outcome }) => outcome?.kind === 'failure' || outcome?.kind === 'error');
  if (isBad(report.verdict) && !shown) {
    const kind = report.verdict === 'fail' ? 'failure' : 'error';
    const text = report.cause ?? `the verdict is ${report.verdict}`;
    return [...cases, { group: report.mode, name: 'run', outcome: { kind, type: report.verdict, text } }];
  }
  // A suite without a case is an error to some readers, and says nothing to the others.
  return cases.length > 0 ? cases : [{ group: report.mode, name: 'run' }];
}

function checkCase(check: Check): TestCase {
  const text = [check.reason, ...(check.hint === undefined ? [] : [check.hint])].join('\n');
  const base = { group: check.target, name: `${check.metric} ${check.threshold}`.trim() };
  switch (check.verdict) {
    case 'pass':
      return { ...base, output: check.reason };
    case 'warn':
      return { ...base, output: `warn: ${text}` };
    case 'skipped':
      return { ...base, outcome: { kind: 'skipped', type: 'skipped', text } };
    case 'fail':
      return { ...base, outcome: { kind: 'failure', type: 'fail', text } };
    default:
      return { ...base, outcome: { kind: 'error', type: check.verdict, text } };
  }
}

const BAD_STEPS: ReadonlySet<ReportStep['state']> = new Set(['rollback_failed', 'conflicted']);

function stepCase(step: ReportStep, operation: string): TestCase {
  const base = {
    group: `rollback.${operation}`,
    name: `STEP ${step.step} ${step.name}`,
    seconds: step.durationMs / 1_000,
  };
  const size = `${step.matched} matched, ${step.modified} modified, ${step.conflicts} conflicts`;
  if (step.error !== undefined || BAD_STEPS.has(step.state))
    return { ...base, outcome: { kind: 'failure', type: step.state, text: step.error ?? size } };
  if (step.state === 'skipped')
    return { ...base, outcome: { kind: 'skipped', type: step.state, text: size } };
  return { ...base, output: size };
}

/** A case for each delivery; one for an alert that was not to be sent. */
function alertCases(alert: ReportAlert): TestCase[] {
  const title = alert.title ?? alert.type;
  if (alert.channels.length === 0)
    return [{ group: 'alert', name: title, output: `${alert.status}: ${alert.reason}` }];
  return alert.channels.map(({ name, status, error }) => ({
    group: `alert.${name}`,
    name: title,
    ...(status === 'failed'
      ? { outcome: { kind: 'failure', type: 'delivery', text: error ?? 'not delivered' } as const }
      : { output: `${status}: ${alert.reason}` }),
  }));
}

function properties({ verdict, cause, run = {}, rollback }: Report): string[] {
  const values = {
    verdict,
    cause,
    ...run,
    planDigest: rollback?.planDigest,
    operationId: rollback?.operationId,
  };
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`<property ${attributes({ name, value })}/>`],
  );
}

function caseLines({ group, name, seconds = 0, outcome, output }: TestCase): string[] {
  const head = `<testcase ${attributes({ classname: group, name, time: seconds })}`;
  const body: string[] = [];
  if (outcome?.kind === 'skipped') body.push(`  <skipped ${attributes({ message: outcome.text })}/>`);
  else if (outcome !== undefined) {
    const [message = ''] = outcome.text.split('\n');
    body.push(
      `  <${outcome.kind} ${attributes({ message, type: outcome.type })}>${escapeXml(outcome.text)}</${outcome.kind}>`,
    );
  }
  if (output !== undefined) body.push(`  <system-out>${escapeXml(output)}</system-out>`);
  return body.length === 0 ? [`${head}/>`] : [`${head}>`, ...body, '</testcase>'];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(String(value)).replaceAll('\n', '&#10;')}"`)
    .join(' ');
}

/** Text of XML 1.0, which has no place for control characters and halves of surrogate pairs, not even as references. */
function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML cannot hold
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}
