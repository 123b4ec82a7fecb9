import type { Check, Report, ReportAlert, ReportRollback, ReportStep } from '../../report/schema.ts';
import { sentence } from '../../report/summary/summary.ts';
import { WORST_FIRST } from '../../report/vocabulary.ts';
import { formatDuration } from '../../support/duration.ts';
import { grouped, plural } from '../../support/format.ts';
import { type Paint, printable, type Style } from '../terminal/terminal.ts';

/** Rows of one kind; the JSON report has them all. */
const MOST_ROWS = 200;

const STYLES: Readonly<Record<Check['verdict'], Style>> = {
  pass: 'green',
  warn: 'yellow',
  fail: 'red',
  inconclusive: 'yellow',
  error: 'red',
  skipped: 'dim',
};

/** Where the run wrote its report, by what it is: `report`, `page`, `test results`. */
export type ReportFiles = Readonly<Record<string, string>>;

/** A report for a terminal, or as plain text for a pipe. Pure. Ends in a line end. */
export function renderReport(report: Report, paint: Paint, width: number, files: ReportFiles = {}): string {
  const took = Math.max(0, Date.parse(report.finishedAt) - Date.parse(report.startedAt));
  const head = [report.mode, report.environment, ...(report.dryRun ? ['dry run'] : []), formatDuration(took)];
  const lines = [
    `${paint(STYLES[report.verdict], report.verdict.toUpperCase())}  ${clean(head.join(' · '))}`,
    clean(headline(report)),
  ];
  if (report.cause) lines.push(`${paint('bold', 'Cause:')} ${clean(report.cause)}`);
  if (report.checks.length > 0) lines.push('', ...checks(report.checks, paint, width));
  if (report.alerts.length > 0) lines.push('', ...report.alerts.flatMap((alert) => alertLines(alert, paint)));
  if (report.rollback) lines.push('', ...rollback(report.rollback, paint));
  const written = Object.entries(files).map(([what, path]) => paint('dim', `${what}: ${path}`));
  if (written.length > 0) lines.push('', ...written);
  return `${lines.join('\n')}\n`;
}

/** What the run found, in one sentence: of an operation that only answers or unlocks, its answer. */
function headline(report: Report): string {
  const { rollback, notices = [] } = report;
  if (rollback?.operation === 'unlock') {
    const answer = notices.at(-1) ?? 'nobody holds the lease';
    return `${answer.charAt(0).toUpperCase()}${answer.slice(1)}.`;
  }
  if (rollback?.operation === 'history') {
    const { length } = rollback.history ?? [];
    return length === 0
      ? 'No operation is recorded for this database.'
      : `${plural(length, 'operation')}, the newest first.`;
  }
  return sentence(report);
}

function checks(all: readonly Check[], paint: Paint, width: number): string[] {
  const sorted = [...all].sort((a, b) => WORST_FIRST.indexOf(a.verdict) - WORST_FIRST.indexOf(b.verdict));
  const rows = sorted.slice(0, MOST_ROWS).map((check) => ({
    check,
    name: clean(`${check.target} ${check.metric}`),
    observed: amount(check.observed, check.unit),
    threshold: clean(check.threshold),
  }));
  const nameWidth = longest(
    rows.map(({ name }) => name),
    Math.floor(width * 0.4),
  );
  const observedWidth = longest(
    rows.map(({ observed }) => observed),
    24,
  );
  const verdictWidth = longest(
    rows.map(({ check }) => check.verdict),
    12,
  );
  const lines = rows.flatMap(({ check, name, observed, threshold }) => {
    const verdict = paint(STYLES[check.verdict], check.verdict.padEnd(verdictWidth));
    const line = `${verdict}  ${name.padEnd(nameWidth)}  ${observed.padStart(observedWidth)}  ${paint('dim', threshold)}`;
    if (check.verdict === 'pass') return [line.trimEnd()];
    const indent = ' '.repeat(verdictWidth + 2);
    return [
      line.trimEnd(),
      `${indent}${clean(check.reason)}`,
      ...(check.hint ? [`${indent}${paint('cyan', '→')} ${clean(check.hint)}`] : []),
    ];
  });
  if (sorted.length > rows.length)
    lines.push(`… and ${sorted.length - rows.length} more; the report has them all`);
  return lines;
}

function alertLines(alert: ReportAlert, paint: Paint): string[] {
  const bad = alert.status === 'failed';
  return [
    `${paint(bad ? 'red' : 'green', alert.status.padEnd(10))}  ${alert.severity.padEnd(8)}  ${clean(alert.title ?? alert.type)}`,
    `            ${clean(alert.reason)}`,
    ...alert.channels.map(
      (channel) =>
        `            ${channel.name}: ${paint(channel.status === 'failed' ? 'red' : 'dim', channel.status)}${channel.error ? `: ${clean(channel.error)}` : ''}`,
    ),
    ...alert.channels.flatMap((channel) =>
      channel.preview
        ? [paint('dim', `--- ${channel.name}, not sent`), ...printable(channel.preview).split('\n'), '']
        : [],
    ),
  ];
}

function rollback(result: ReportRollback, paint: Paint): string[] {
  const lines: string[] = [];
  if (result.operationId) lines.push(`operation    ${clean(result.operationId)}  ${words(result.state)}`);
  if (result.planDigest) lines.push(`plan digest  ${clean(result.planDigest)}`);
  if (result.confirm) lines.push(`confirm      ${paint('bold', clean(result.confirm))}`);
  for (const warning of result.warnings ?? []) lines.push(`${paint('yellow', 'warning:')} ${clean(warning)}`);
  for (const step of result.steps.slice(0, MOST_ROWS)) lines.push('', ...stepLines(step, paint));
  if (result.steps.length > MOST_ROWS)
    lines.push(`… and ${result.steps.length - MOST_ROWS} more STEPs; the report has them all`);
  if (result.history && result.history.length > 0) {
    lines.push('');
    for (const entry of result.history)
      lines.push(
        clean(
          `${entry.operationId}  ${entry.operation.padEnd(8)}  ${words(entry.state).padEnd(17)}  ${entry.startedAt}  STEPs ${entry.steps.join(', ')}  by ${entry.actor}  ${grouped(entry.modified)} changed`,
        ),
      );
  }
  return lines;
}

function stepLines(step: ReportStep, paint: Paint): string[] {
  const risky = step.risk === 'critical' || step.risk === 'high';
  return [
    `${paint('bold', clean(`STEP ${step.step} ${step.name}`))}  ${words(step.state)}  risk ${paint(risky ? 'red' : 'dim', step.risk)}, undo ${step.reversibility}`,
    `  ${grouped(step.matched)} matched, ${grouped(step.modified)} modified, ${grouped(step.conflicts)} conflicts, ${formatDuration(step.durationMs)}`,
    ...(step.impact ? [`  ${clean(step.impact)}`] : []),
    ...(step.error ? [`  ${paint('red', clean(step.error))}`] : []),
    ...(step.details ?? []).slice(0, MOST_ROWS).map((line) => `  - ${clean(line)}`),
  ];
}

function amount(value: number | string | null, unit: string): string {
  if (value === null) return '—';
  if (typeof value === 'string') return clean(value);
  if (unit === 'ms') return formatDuration(value);
  const number = Number.isInteger(value) ? grouped(value) : String(Number(value.toPrecision(3)));
  return unit === '' ? number : `${number} ${clean(unit)}`;
}

function longest(texts: readonly string[], limit: number): number {
  return Math.min(limit, Math.max(0, ...texts.map((text) => text.length)));
}

function words(state: string): string {
  return state.replaceAll('_', ' ');
}

/** One line of text from outside. */
function clean(text: string): string {
  return printable(text)
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
}
