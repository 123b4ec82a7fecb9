import { formatDuration } from '../../support/duration.ts';
import type { Check, Report, ReportAlert } from '../schema.ts';
import { sentence } from '../sentence.ts';
import { conditionOf, type Finding, findingsOf, passedWords, subjectOf, VERDICT_SHAPE } from '../subject.ts';
import { observedWords, valueWords } from '../values.ts';
import { WORST_FIRST } from '../vocabulary.ts';
import { latencyPlot } from './plots.ts';
import { rollbackSections } from './rollback.ts';
import { STYLE } from './style.ts';
import { type Html, html, raw } from './text.ts';

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
<h1><span class="mark" aria-hidden="true">${VERDICT_SHAPE[report.verdict]}</span> ${report.verdict} <span class="where">${report.environment}</span></h1>
<p class="counts">${sentence(report)} <span class="aside">Took ${took(report)}.</span></p>
${report.cause ? cause(report.cause) : ''}
</header>
<main>
${checks(report.checks)}
${notices(report)}
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
  return html`<section aria-label="Notices"><ul class="notices">${notices.map((notice) => html`<li>${withCode(notice)}</li>`)}</ul></section>`;
}

/** A cause of several lines points at a place by its columns. */
function cause(text: string): Html {
  return text.includes('\n')
    ? html`<p class="cause"><strong>Cause:</strong></p><pre tabindex="0">${text}</pre>`
    : html`<p class="cause"><strong>Cause:</strong> ${withCode(text)}</p>`;
}

function checks(all: readonly Check[]): Html | string {
  if (all.length === 0) return '';
  const { findings, passed } = findingsOf(all);
  return html`<section aria-labelledby="checks"><h2 id="checks">Checks</h2>
${findings.length > 0 ? html`<ul class="findings">${findings.slice(0, MOST_ROWS).map(findingItem)}</ul>` : ''}
${findings.length > MOST_ROWS ? html`<p>… and ${findings.length - MOST_ROWS} more; the JSON report has them all.</p>` : ''}
${passed.length > 0 ? html`<details><summary>${passedWords(passed)}</summary>${passedTable(passed)}</details>` : ''}
</section>`;
}

/** One item for one thing: checks that failed for the same reason share it. */
function findingItem({ verdict, subject, reason, hint, checks }: Finding): Html {
  const observed = checks
    .map(observedWords)
    .filter((words) => words !== '')
    .join(', ');
  return html`<li class="${verdict}"><p class="what"><span class="badge ${verdict}"><span aria-hidden="true">${VERDICT_SHAPE[verdict]}</span> ${verdict}</span> <strong>${subject}</strong> ${checks.map((check) => html`<code>${conditionOf(check)}</code> `)}</p>
<p class="why">${observed === '' ? '' : html`<span class="number">${observed}</span> — `}${withCode(reason)}</p>
${hint ? html`<p class="hint"><span aria-hidden="true">→</span> ${withCode(hint)}</p>` : ''}</li>`;
}

function passedTable(checks: readonly Check[]): Html {
  const baseline = checks.some((check) => check.baseline !== undefined);
  const head = ['Verdict', 'Check', 'Observed', ...(baseline ? ['Baseline'] : []), 'Samples'];
  const rows = checks.slice(0, MOST_ROWS).map(
    (check) => html`<tr>
<td data-label="Verdict"><span class="badge ${check.verdict}"><span aria-hidden="true">${VERDICT_SHAPE[check.verdict]}</span> ${check.verdict}</span></td>
<th scope="row" data-label="Check">${subjectOf(check)} <code>${conditionOf(check)}</code></th>
<td data-label="Observed">${check.verdict === 'skipped' ? withCode(check.reason) : valueWords(check.observed, check.unit)}</td>
${baseline ? html`<td data-label="Baseline" class="number">${check.baseline === undefined ? '' : valueWords(check.baseline, check.unit)}</td>` : ''}
<td data-label="Samples" class="number">${check.samples}${check.attempts > 1 ? html` <span class="aside">(up to ${check.attempts} attempts)</span>` : ''}</td>
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

/** The phases one below the other, each bar as long as it took. */
function phases({ phases = [] }: Report): Html | string {
  if (phases.length === 0) return '';
  const first = Math.min(...phases.map(({ startedAt }) => Date.parse(startedAt)));
  const ends = phases.map(({ startedAt, durationMs }) => Date.parse(startedAt) + durationMs - first);
  const whole = Math.max(...ends) || 1;
  const percent = (ms: number) => `${Number(((ms / whole) * 100).toFixed(2))}%`;
  const rows = phases.map((phase) => {
    const left = percent(Date.parse(phase.startedAt) - first);
    const style = `margin-left:min(${left},calc(100% - 3px));width:${percent(phase.durationMs)}`;
    const outcome = phase.outcome === 'done' ? '' : html` <strong>${phase.outcome}</strong>`;
    return html`<tr><th scope="row">${phase.name}</th><td class="track"><span class="bar ${phase.outcome}" style="${style}"></span></td><td class="number">${formatDuration(phase.durationMs)}${outcome}</td><td>${phase.detail ?? ''}</td></tr>`;
  });
  return html`<section aria-labelledby="phases"><h2 id="phases">Phases</h2>
<table class="phases"><thead><tr><th scope="col">Phase</th><th scope="col">When</th><th scope="col">Took</th><th scope="col">Detail</th></tr></thead><tbody>${rows}</tbody></table>
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

/** Our own sentences name inputs in backticks. */
function withCode(text: string): readonly (Html | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
