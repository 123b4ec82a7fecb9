import { formatDuration } from '../../support/duration.ts';
import { grouped } from '../../support/format.ts';
import type { Check, Report, ReportAlert, ReportRollback } from '../schema.ts';
import { sentence } from '../sentence.ts';
import { conditionOf, type Finding, findingsOf, passedWords, subjectOf } from '../subject.ts';
import { observedWords, valueWords } from '../values.ts';
import type { Verdict } from '../vocabulary.ts';
import { verifyCharts } from './charts.ts';
import { block, cell, code, table } from './markdown.ts';

/** GitHub drops a job summary of more than 1 MiB whole; what is left is for other steps' summaries. */
export const LARGEST_SUMMARY = 1_000_000;

const VERDICT_MARK: Readonly<Record<Verdict | 'skipped', string>> = {
  pass: '✅ pass',
  warn: '⚠️ warn',
  fail: '❌ fail',
  inconclusive: '❔ inconclusive',
  error: '💥 error',
  skipped: '➖ skipped',
};

/**
 * The job summary of a report, as GitHub's Markdown. Pure; always below `limit` bytes: rows are cut, and
 * counted where they are, never dropped in silence.
 */
export function renderSummary(report: Report, limit = LARGEST_SUMMARY): string {
  for (const maxRows of [Number.POSITIVE_INFINITY, 1_000, 300, 100, 30, 10, 3]) {
    const text = render(report, maxRows);
    if (Buffer.byteLength(text) <= limit) return text;
  }
  return `${headline(report)}\n\nThe summary would be larger than GitHub shows; see the JSON report.\n`;
}

function render(report: Report, maxRows: number): string {
  const parts = [headline(report)];
  if (report.cause) parts.push(...causeParts(report.cause));
  if (report.checks.length > 0) parts.push(...checksParts(report.checks, maxRows));
  for (const notice of (report.notices ?? []).slice(0, maxRows)) parts.push(`> ${withCode(notice)}`);
  // Charts are the first thing to go where room is short: the table says what they say.
  if (report.mode === 'verify' && maxRows >= 300) parts.push(...verifyCharts(report));
  if (report.phases && report.phases.length > 0) {
    parts.push(
      '<details><summary>Phases</summary>\n',
      table(
        ['Phase', 'Took', 'Outcome', ''],
        report.phases.map((phase) => [
          cell(phase.name),
          formatDuration(phase.durationMs),
          phase.outcome,
          cell(phase.detail ?? ''),
        ]),
        maxRows,
      ),
      '\n</details>',
    );
  }
  if (report.alerts.length > 0)
    parts.push(alertsTable(report.alerts, maxRows), ...previews(report.alerts, maxRows));
  if (report.rollback) parts.push(...rollbackParts(report.rollback, maxRows));
  return `${parts.join('\n\n')}\n`;
}

function headline(report: Report): string {
  const took = Date.parse(report.finishedAt) - Date.parse(report.startedAt);
  const dry = report.dryRun ? ' · dry run' : '';
  return `## ${VERDICT_MARK[report.verdict]} · ${report.mode} · ${cell(report.environment)}${dry}\n\n${sentence(report)} Took ${formatDuration(Math.max(0, took))}.`;
}

/** A cause of several lines points at a place by its columns: that needs a block of code. */
function causeParts(cause: string): string[] {
  return cause.includes('\n') ? ['**Cause:**', block(cause)] : [`**Cause:** ${withCode(cause)}`];
}

/** Findings first: the reader came for them, and a cut must not take them. What passed is folded. */
function checksParts(checks: readonly Check[], maxRows: number): string[] {
  const { findings, passed } = findingsOf(checks);
  return [
    ...(findings.length > 0
      ? [table(['Verdict', 'Check', 'What was found, and what to do'], findings.map(findingRow), maxRows)]
      : []),
    ...(passed.length > 0
      ? [`<details><summary>${passedWords(passed)}</summary>\n`, passedTable(passed, maxRows), '\n</details>']
      : []),
  ];
}

/** One row for one thing: checks that failed for the same reason share it. */
function findingRow({ verdict, subject, reason, hint, checks }: Finding): string[] {
  const observed = checks
    .map(observedWords)
    .filter((words) => words !== '')
    .join(', ');
  return [
    VERDICT_MARK[verdict],
    `**${cell(subject)}**<br>${checks.map((check) => code(conditionOf(check))).join('<br>')}`,
    `${observed === '' ? '' : `${cell(observed)} — `}${withCode(reason)}${hint ? `<br>→ ${withCode(hint)}` : ''}`,
  ];
}

function passedTable(checks: readonly Check[], maxRows: number): string {
  const hasBaseline = checks.some((check) => check.baseline !== undefined);
  return table(
    ['', 'Check', 'Observed', ...(hasBaseline ? ['Baseline'] : []), 'Samples'],
    checks.map((check) => [
      VERDICT_MARK[check.verdict],
      `${cell(subjectOf(check))} ${code(conditionOf(check))}`,
      check.verdict === 'skipped' ? cell(check.reason) : cell(valueWords(check.observed, check.unit)),
      ...(hasBaseline
        ? [check.baseline === undefined ? '' : cell(valueWords(check.baseline, check.unit))]
        : []),
      check.attempts > 1 ? `${check.samples} (up to ${check.attempts} attempts)` : String(check.samples),
    ]),
    maxRows,
  );
}

/** Our own sentences name inputs in backticks. */
function withCode(text: string): string {
  const parts = text.split('`');
  // One backtick too few: then it is not code.
  if (parts.length % 2 === 0) return cell(text);
  return parts.map((part, index) => (index % 2 === 1 ? code(part) : cell(part))).join('');
}

function alertsTable(alerts: readonly ReportAlert[], maxRows: number): string {
  return table(
    ['Alert', 'Severity', 'Decision', 'Channels'],
    alerts.map((alert) => [
      `${cell(alert.title ?? alert.type)}<br>${code(alert.fingerprint)}`,
      alert.severity,
      `**${alert.status}** (${cell(alert.decision)})<br>${cell(alert.reason)}`,
      alert.channels
        .map(
          (channel) =>
            `${channel.name}: ${channel.status}${channel.error ? ` — ${cell(channel.error)}` : ''}`,
        )
        .join('<br>'),
    ]),
    maxRows,
  );
}

/** On a dry run: each message once, as it would be sent. */
function previews(alerts: readonly ReportAlert[], maxRows: number): string[] {
  const messages = new Map<string, string>();
  for (const { name, preview } of alerts.flatMap(({ channels }) => channels)) {
    if (preview !== undefined) messages.set(`${name}\n${preview}`, name);
  }
  const shown = [...messages]
    .slice(0, maxRows)
    .map(
      ([key, name]) =>
        `<details><summary>Message that would be sent by ${cell(name)}</summary>\n\n${block(key.slice(name.length + 1))}\n\n</details>`,
    );
  const more = messages.size - shown.length;
  return more > 0 ? [...shown, `… and ${more} more messages; the JSON report has them all.`] : shown;
}

/** Of a plan only what would be done; nothing was modified and nothing took time. */
function stepsTable({ operation, planDigest, steps }: ReportRollback, maxRows: number): string {
  const plan = operation === 'plan';
  const head = plan
    ? ['STEP', 'Risk', 'Undo', 'Would change', 'Impact']
    : ['STEP', 'Risk', 'Undo', 'State', 'Matched', 'Modified', 'Conflicts', 'Took', 'Impact'];
  const rows = steps.map((step) => {
    const done = [grouped(step.modified), grouped(step.conflicts), formatDuration(step.durationMs)];
    return [
      `${cell(step.step)} ${cell(step.name)}`,
      step.risk === 'critical' || step.risk === 'high' ? `**${step.risk}**` : step.risk,
      step.reversibility,
      ...(plan ? [] : [step.state.replace('_', ' ')]),
      plan && planDigest === '' ? '?' : grouped(step.matched),
      ...(plan ? [] : done),
      cell(step.impact) + (step.error ? `<br>**${cell(step.error)}**` : ''),
    ];
  });
  return table(head, rows, maxRows);
}

function rollbackParts(rollback: ReportRollback, maxRows: number): string[] {
  const parts: string[] = [];
  if (rollback.operationId)
    parts.push(`Operation ${code(rollback.operationId)} · state **${rollback.state.replace('_', ' ')}**`);
  if (rollback.planDigest) parts.push(`Plan digest ${code(rollback.planDigest)}`);
  if (rollback.confirm) parts.push(`To apply it, give \`confirm\`: ${code(rollback.confirm)}`);
  for (const warning of (rollback.warnings ?? []).slice(0, maxRows)) parts.push(`> ⚠️ ${cell(warning)}`);
  if (rollback.steps.length > 0) {
    parts.push(stepsTable(rollback, maxRows));
    for (const step of rollback.steps) {
      if (!step.details || step.details.length === 0) continue;
      const lines = step.details.slice(0, maxRows).map((line) => `- ${cell(line)}`);
      if (step.details.length > lines.length)
        lines.push(`- … and ${step.details.length - lines.length} more lines`);
      parts.push(
        `<details><summary>STEP ${cell(step.step)} ${cell(step.name)}</summary>\n\n${lines.join('\n')}\n\n</details>`,
      );
    }
  }
  if (rollback.history && rollback.history.length > 0) {
    parts.push(
      table(
        ['Operation', 'What', 'State', 'STEPs', 'Started', 'By', 'Modified'],
        rollback.history.map((entry) => [
          code(entry.operationId),
          cell(entry.operation),
          entry.state.replace('_', ' '),
          cell(entry.steps.join(', ')),
          cell(entry.startedAt),
          cell(entry.actor),
          grouped(entry.modified),
        ]),
        maxRows,
      ),
    );
  }
  return parts;
}
