import { escapeHtml } from '../../../report/html/text.ts';
import { headingOf } from '../../model/alert.ts';
import { cut } from '../../model/text.ts';
import { factsOf } from '../common/facts.ts';
import { causeOf, type Notification, type NotifiedAlert } from '../common/notification.ts';
import { firstStepOf, MOST_IN_MAIL, messageOf, opening, runFacts } from './text.ts';

const COLOURS = { critical: '#b3001b', error: '#c2410c', warning: '#946200', info: '#2f5f94' } as const;
const RESOLVED_COLOUR = '#23703a';

/** The mail as HTML: one column, so that it is as readable on a phone; colours for light and dark. */
export function emailHtml(notification: Notification, subject: string): string {
  const shown = notification.alerts.slice(0, MOST_IN_MAIL);
  const more = notification.alerts.length - shown.length;
  const colour = notification.kind === 'resolved' ? RESOLVED_COLOUR : COLOURS[notification.severity];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(subject)}</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; padding: 0; background: #f3f4f6; color: #1f2328; }
.page { max-width: 640px; margin: 0 auto; padding: 16px; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
.card { background: #ffffff; border: 1px solid #d0d7de; border-radius: 6px; padding: 16px; margin: 0 0 12px; }
.label { color: #59636e; padding: 2px 12px 2px 0; vertical-align: top; white-space: nowrap; font-size: 13px; }
.value { padding: 2px 0; vertical-align: top; word-break: break-word; overflow-wrap: anywhere; font-size: 14px; }
.message { white-space: pre-wrap; word-break: break-word; overflow-wrap: anywhere; margin: 8px 0; }
.first { border-left: 3px solid #d0d7de; padding: 2px 0 2px 10px; margin: 10px 0 0; }
a { color: #0b5cad; }
@media (max-width: 480px) { .page { padding: 8px; } .card { padding: 12px; } .label, .value { display: block; } .label { padding-top: 6px; } }
@media (prefers-color-scheme: dark) {
  body { background: #0d1117 !important; color: #e6edf3 !important; }
  .card { background: #161b22 !important; border-top-color: #30363d !important; border-right-color: #30363d !important; border-bottom-color: #30363d !important; }
  .label { color: #9198a1 !important; } .first { border-color: #30363d !important; } a { color: #6cb6ff !important; }
}
</style>
</head>
<body>
<div class="page">
<div style="background:${colour};color:#ffffff;border-radius:6px;padding:12px 16px;margin:0 0 12px;font-weight:600;">${escapeHtml(subject)}</div>
<p style="margin:0 0 12px;">${escapeHtml(opening(notification))}${runLink(notification)}</p>${causeLine(notification)}
${shown.map((entry) => card(entry, notification)).join('\n')}
${more > 0 ? `<p>… and ${more} more</p>` : ''}
${table(runFacts(notification), true)}
</div>
</body>
</html>
`;
}

/** At the top: a long mail is clipped at its end. */
function runLink({ run }: Notification): string {
  return run.url === undefined ? '' : ` ${link(run.url, 'Open the run')}`;
}

/** The root cause, once for all alerts that share it. */
function causeLine(notification: Notification): string {
  const cause = causeOf(notification);
  return cause === undefined
    ? ''
    : `<p class="message"><strong>Cause:</strong> ${escapeHtml(cut(cause, 1_000))}</p>`;
}

function card(entry: NotifiedAlert, notification: Notification): string {
  const { alert } = entry;
  const colour = notification.kind === 'resolved' ? RESOLVED_COLOUR : COLOURS[alert.severity];
  const message =
    alert.message === '' ? '' : `<div class="message">${escapeHtml(messageOf(alert, notification))}</div>`;
  const firstStep = firstStepOf(alert, notification);
  const first =
    firstStep === undefined
      ? ''
      : `<div class="first"><strong>What to do first</strong><br>${escapeHtml(firstStep)}</div>`;
  const runbook =
    alert.runbook === undefined ? '' : `<p style="margin:10px 0 0;">${link(alert.runbook, 'Runbook')}</p>`;
  return `<div class="card" style="border-left:4px solid ${colour};"><strong>${escapeHtml(headingOf(alert))}</strong>${message}${table(factsOf(entry, notification))}${first}${runbook}</div>`;
}

/** @param linked the facts are those of the run, whose page is a link; an address that a service answered is none. */
function table(facts: readonly { label: string; value: string }[], linked = false): string {
  if (facts.length === 0) return '';
  const rows = facts.map(
    ({ label, value }) =>
      `<tr><td class="label">${escapeHtml(label)}</td><td class="value">${linked && label === 'Run' ? link(value, value) : escapeHtml(value).replaceAll('\n', '<br>')}</td></tr>`,
  );
  return `<table role="presentation" cellpadding="0" cellspacing="0" border="0">${rows.join('')}</table>`;
}

function link(url: string, text: string): string {
  return /^https?:\/\//.test(url) ? `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>` : escapeHtml(text);
}
