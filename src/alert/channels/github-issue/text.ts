import { formatDuration } from '../../../support/duration.ts';
import { cut, disarmMentions } from '../../model/text.ts';
import { factsOf } from '../common/facts.ts';
import type { Notification } from '../common/notification.ts';

/** GitHub takes 65,536 characters; escaping makes six of one. */
const LONGEST_MESSAGE = 20_000;
const TABLE_LENGTH = 20_000;
const LONGEST_VALUE = 1_000;

/** Invisible in the rendered issue; finds it again where its number is not remembered. */
export function markerOf(fingerprint: string): string {
  return `<!-- deploy-guard:alert:${fingerprint} -->`;
}

/** The body of an alert's issue: Markdown in which nothing from outside is markup. */
export function issueBody(notification: Notification): string {
  const [entry] = notification.alerts;
  const { alert } = entry;
  return [
    markerOf(alert.fingerprint),
    ...(alert.message === '' ? [] : [fenced(alert.message), '']),
    table(factsOf(entry, notification)),
    '',
    ...(alert.firstStep === undefined
      ? []
      : [`**What to do first:** ${inline(cut(alert.firstStep, 1_000))}`, '']),
    links(notification),
    '',
    'This issue is kept by deploy-guard. It is closed when the alert is over.',
  ].join('\n');
}

/** What is said on an issue later: it still fires, it got worse, it is over. */
export function issueComment(notification: Notification): string {
  const [entry] = notification.alerts;
  const lasted = formatDuration(Math.max(0, notification.at - entry.firedAt));
  const head =
    notification.kind === 'resolved'
      ? `🟢 **Resolved** after ${lasted}.`
      : entry.notifiedBefore === 0
        ? `**Now: ${inline(cut(entry.alert.title, 200))}** (${entry.alert.severity}).`
        : `**Still firing** (${entry.alert.severity}) for ${lasted}.`;
  const news =
    notification.kind === 'firing' && entry.alert.message !== '' ? [fenced(entry.alert.message)] : [];
  return [`${head} ${inline(cut(entry.reason, 500))}`, '', ...news, links(notification)].join('\n').trim();
}

function links(notification: Notification): string {
  const { run } = notification;
  const [{ alert }] = notification.alerts;
  return [
    ...(run.url === undefined ? [] : [`[Open the run](${encodeURI(run.url)})`]),
    ...(alert.runbook === undefined ? [] : [`[Runbook](${encodeURI(alert.runbook)})`]),
    ...(notification.caveat === undefined ? [] : [inline(cut(notification.caveat, 500))]),
  ].join(' · ');
}

function table(facts: readonly { label: string; value: string }[]): string {
  const rows: string[] = [];
  let size = 0;
  for (const { label, value } of facts) {
    const row = `| ${inline(cut(label, 100))} | ${inline(cut(value, LONGEST_VALUE))} |`;
    size += row.length;
    if (size > TABLE_LENGTH) {
      rows.push(`| … | and ${facts.length - rows.length} more |`);
      break;
    }
    rows.push(row);
  }
  return ['| | |', '| --- | --- |', ...rows].join('\n');
}

/** A code block whose fence is longer than any run of backticks in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${cut(text, LONGEST_MESSAGE)}\n${fence}`;
}

/** One line in which Markdown and HTML are only characters, and nobody is mentioned. */
function inline(text: string): string {
  return disarmMentions(text.replace(/\s+/g, ' '))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~]/g, (character) => `&#${character.charCodeAt(0)};`);
}
