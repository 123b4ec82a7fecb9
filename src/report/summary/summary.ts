import { formatDuration } from '../../support/duration.ts';
import { plural as count, grouped } from '../../support/format.ts';
import type { Check, Report, ReportAlert, ReportRollback } from '../schema.ts';
import { foldedWords, inTwo, subjectOf } from '../subject.ts';
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
  if (report.cause) parts.push(`**Cause:** ${cell(report.cause)}`);
  for (const notice of (report.notices ?? []).slice(0, maxRows)) parts.push(`> ${cell(notice)}`);
  if (report.checks.length > 0) parts.push(...checksTables(report.checks, maxRows));
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

/** The one sentence that says what happened. */
export function sentence(report: Report): string {
  if (report.rollback) {
    const { operation, state, steps, planDigest } = report.rollback;
    const modified = steps.reduce((sum, step) => sum + step.modified, 0);
    const matched = steps.reduce((sum, step) => sum + step.matched, 0);
    const size =
      operation === 'plan'
        ? // A plan without a digest was made without a database.
          planDigest === ''
          ? 'records not counted'
          : `${count(matched, 'record')} would change`
        : `${count(modified, 'record')} changed`;
    return `Rollback ${operation}: ${state.replace('_', ' ')}, ${count(steps.length, 'STEP')}, ${size}.`;
  }
  if (report.mode === 'alert') {
    const statuses = [...new Set(report.alerts.map((alert) => alert.status))].join(', ') || 'none';
    return `${count(report.alerts.length, 'alert')}: ${statuses}.`;
  }
  const bad = report.checks.filter((check) => check.verdict !== 'pass' && check.verdict !== 'skipped').length;
  const skipped = report.checks.filter((check) => check.verdict === 'skipped').length;
  return `${count(report.checks.length - skipped, 'check')}${bad > 0 ? `, ${bad} not passed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}.`;
}

function checksTables(checks: readonly Check[], maxRows: number): string[] {
  // What failed first: it is what the reader came for, and what a cut must not take.
  const { shown, folded } = inTwo(checks);
  const hasBaseline = checks.some((check) => check.baseline !== undefined);
  return [
    ...(shown.length > 0 ? [checksTable(shown, hasBaseline, maxRows)] : []),
    ...(folded.length > 0
      ? [
          `<details><summary>${foldedWords(folded)}</summary>\n`,
          checksTable(folded, hasBaseline, maxRows),
          '\n</details>',
        ]
      : []),
  ];
}

function checksTable(checks: readonly Check[], hasBaseline: boolean, maxRows: number): string {
  return table(
    [
      'Verdict',
      'Check',
      'Observed',
      'Threshold',
      ...(hasBaseline ? ['Baseline'] : []),
      'Samples',
      'Why, and what to do',
    ],
    checks.map((check) => [
      VERDICT_MARK[check.verdict],
      `${cell(subjectOf(check))} ${code(check.metric)}`,
      quantity(check.observed, check.unit),
      code(check.threshold),
      ...(hasBaseline ? [check.baseline === undefined ? '' : quantity(check.baseline, check.unit)] : []),
      check.attempts > 1 ? `${check.samples} (up to ${check.attempts} attempts)` : String(check.samples),
      cell(check.reason) + (check.hint ? `<br>**${withCode(check.hint)}**` : ''),
    ]),
    maxRows,
  );
}

/** Our own hints name inputs in backticks. */
function withCode(text: string): string {
  const parts = text.split('`');
  // One backtick too few: then it is no code.
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

/** A measured value with its unit: `12.3 ms`, `0.4 %`, `nothing measured`. */
export function quantity(value: number | string | null, unit: string): string {
  if (value === null) return '—';
  if (typeof value === 'string') return cell(value);
  if (unit === 'ms') return formatDuration(value);
  const rounded =
    Math.abs(value) >= 100 || Number.isInteger(value)
      ? grouped(Math.round(value * 100) / 100)
      : String(Number(value.toPrecision(3)));
  return unit === '' ? rounded : `${rounded} ${cell(unit)}`;
}
