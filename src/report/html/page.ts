import { formatDuration } from '../../support/duration.ts';
import type { Check, Report, ReportAlert } from '../schema.ts';
import { foldedWords, inTwo, subjectOf } from '../subject.ts';
import { quantity, sentence } from '../summary/summary.ts';
import type { Verdict } from '../vocabulary.ts';
import { WORST_FIRST } from '../vocabulary.ts';
import { latencyPlot, phasesPlot } from './plots.ts';
import { rollbackSections } from './rollback.ts';
import { STYLE } from './style.ts';
import { type Html, html, raw } from './text.ts';

/** A word and a shape for each verdict, so that colour is never all there is. */
const MARKS: Readonly<Record<Verdict | 'skipped', string>> = {
  pass: '✓',
  warn: '!',
  fail: '✕',
  inconclusive: '?',
  error: '⚠',
  skipped: '–',
};
/** A page with more plots is slow; the rest is counted. */
const MOST_PLOTS = 60;
const MOST_ROWS = 5_000;

/**
 * A report as one page that needs nothing else: no network, no scripts. Light and dark, for wide screens,
 * phones, paper and screen readers. Everything from outside is text in it. Pure.
 */
export function renderHtml(report: Report): string {
  const title = `${report.verdict}: ${report.mode} ${report.environment}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header class="verdict ${report.verdict}">
<p class="kicker">deploy-guard · ${report.mode}${report.dryRun ? ' · dry run' : ''}</p>
<h1><span class="mark" aria-hidden="true">${MARKS[report.verdict]}</span> ${report.verdict} <span class="where">${report.environment}</span></h1>
<p>${sentence(report)} Took ${took(report)}.</p>
${report.cause ? html`<p class="cause"><strong>Cause:</strong> ${report.cause}</p>` : ''}
</header>
<main>
${notices(report)}
${checks(report.checks)}
${latency(report)}
${phases(report)}
${alerts(report.alerts)}
${report.rollback ? rollbackSections(report.rollback) : ''}
</main>
<footer>${facts(report)}</footer>
</body>
</html>
`;
  return page.text;
}

function took(report: Report): string {
  return formatDuration(Math.max(0, Date.parse(report.finishedAt) - Date.parse(report.startedAt)));
}

function notices({ notices = [] }: Report): Html | string {
  if (notices.length === 0) return '';
  return html`<section aria-label="Notices"><ul class="notices">${notices.map((notice) => html`<li>${notice}</li>`)}</ul></section>`;
}

function checks(all: readonly Check[]): Html | string {
  if (all.length === 0) return '';
  const { shown, folded } = inTwo(all);
  const baseline = all.some((check) => check.baseline !== undefined);
  return html`<section aria-labelledby="checks"><h2 id="checks">Checks</h2>
${shown.length > 0 ? checksTable(shown, baseline) : ''}
${folded.length > 0 ? html`<details><summary>${foldedWords(folded)}</summary>${checksTable(folded, baseline)}</details>` : ''}
</section>`;
}

function checksTable(checks: readonly Check[], baseline: boolean): Html {
  const head = [
    'Verdict',
    'Check',
    'Observed',
    'Threshold',
    ...(baseline ? ['Baseline'] : []),
    'Samples',
    'Why, and what to do',
  ];
  const rows = checks.slice(0, MOST_ROWS).map(
    (check) => html`<tr>
<td data-label="Verdict"><span class="badge ${check.verdict}"><span aria-hidden="true">${MARKS[check.verdict]}</span> ${check.verdict}</span></td>
<th scope="row" data-label="Check">${breakable(subjectOf(check))} <code>${breakable(check.metric)}</code></th>
<td data-label="Observed" class="number">${plain(check.observed, check.unit)}</td>
<td data-label="Threshold">${check.threshold === '' ? '' : html`<code>${check.threshold}</code>`}</td>
${baseline ? html`<td data-label="Baseline" class="number">${check.baseline === undefined ? '' : plain(check.baseline, check.unit)}</td>` : ''}
<td data-label="Samples" class="number">${check.samples}${check.attempts > 1 ? html` <span class="aside">(up to ${check.attempts} attempts)</span>` : ''}</td>
<td data-label="Why" class="why">${check.reason}${check.hint ? html`<br><strong>${withCode(check.hint)}</strong>` : ''}</td>
</tr>`,
  );
  return html`<table><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table>
${checks.length > MOST_ROWS ? html`<p>… and ${checks.length - MOST_ROWS} more; the JSON report has them all.</p>` : ''}`;
}

function latency({ measurements = [], checks }: Report): Html | string {
  const drawn = measurements.filter(({ values }) => values.length > 0);
  if (drawn.length === 0) return '';
  const verdictOf = (target: string) =>
    WORST_FIRST.find((verdict) =>
      checks.some((check) => subjectOf(check) === target && check.verdict === verdict),
    ) ?? 'pass';
  const sorted = [...drawn].sort(
    (a, b) => WORST_FIRST.indexOf(verdictOf(a.target)) - WORST_FIRST.indexOf(verdictOf(b.target)),
  );
  return html`<section aria-labelledby="latency"><h2 id="latency">Latency</h2>
<div class="plots">${sorted.slice(0, MOST_PLOTS).map((measurement) => latencyPlot(measurement))}</div>
${sorted.length > MOST_PLOTS ? html`<p>… and ${sorted.length - MOST_PLOTS} more targets; the JSON report has their samples.</p>` : ''}
</section>`;
}

function phases({ phases = [] }: Report): Html | string {
  if (phases.length === 0) return '';
  const rows = phases.map(
    (phase) =>
      html`<tr><th scope="row" data-label="Phase">${phase.name}</th><td data-label="Took" class="number">${formatDuration(phase.durationMs)}</td><td data-label="Outcome">${phase.outcome}</td><td data-label="Detail">${phase.detail ?? ''}</td></tr>`,
  );
  return html`<section aria-labelledby="phases"><h2 id="phases">Phases</h2>
${phasesPlot(phases)}
<table><thead><tr><th scope="col">Phase</th><th scope="col">Took</th><th scope="col">Outcome</th><th scope="col">Detail</th></tr></thead><tbody>${rows}</tbody></table>
</section>`;
}

function alerts(all: readonly ReportAlert[]): Html | string {
  if (all.length === 0) return '';
  const rows = all.slice(0, MOST_ROWS).map(
    (alert) => html`<tr>
<th scope="row" data-label="Alert">${alert.title ?? alert.type}<br><code>${alert.fingerprint}</code></th>
<td data-label="Severity">${alert.severity}</td>
<td data-label="Decision"><strong>${alert.status}</strong> (${alert.decision})<br>${alert.reason}</td>
<td data-label="Channels">${alert.channels.map((channel) => html`<div>${channel.name}: ${channel.status}${channel.error ? ` — ${channel.error}` : ''}</div>`)}</td>
</tr>`,
  );
  return html`<section aria-labelledby="alerts"><h2 id="alerts">Alerts</h2>
<table><thead><tr><th scope="col">Alert</th><th scope="col">Severity</th><th scope="col">Decision</th><th scope="col">Channels</th></tr></thead><tbody>${rows}</tbody></table>
${all.length > MOST_ROWS ? html`<p>… and ${all.length - MOST_ROWS} more; the JSON report has them all.</p>` : ''}
</section>`;
}

function facts(report: Report): Html {
  const { run = {} } = report;
  const shown: Array<readonly [string, string]> = [
    ['Started', report.startedAt],
    ...(run.repository ? ([['Repository', run.repository]] as const) : []),
    ...(run.workflow ? ([['Workflow', run.workflow]] as const) : []),
    ...(run.commit ? ([['Commit', run.commit.slice(0, 12)]] as const) : []),
    ...(run.actor ? ([['By', run.actor]] as const) : []),
  ];
  const link =
    run.url && /^https?:\/\//.test(run.url)
      ? html`<dt>Run</dt><dd><a href="${run.url}">${run.url}</a></dd>`
      : '';
  return html`<dl>${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}${link}</dl>`;
}

/** Long names may break where a reader would break them. */
function breakable(text: string): Html {
  return html`${text.split(/(?<=[_./-])/).map((part, index) => (index === 0 ? part : html`<wbr>${part}`))}`;
}

/** Our own hints name inputs in backticks. */
function withCode(text: string): readonly (Html | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

/** `quantity` writes Markdown; in HTML the value is escaped as all text is. */
function plain(value: number | string | null, unit: string): string {
  return typeof value === 'string'
    ? value
    : quantity(value, unit === '%' ? '' : unit) + (unit === '%' && value !== null ? ' %' : '');
}
