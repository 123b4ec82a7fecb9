import { worstSeverity } from '../../../report/vocabulary.ts';
import { formatDuration } from '../../../support/duration.ts';
import { headingOf } from '../../model/alert.ts';
import { count } from '../../model/text.ts';
import {
  causeOf,
  explainsOf,
  type Notification,
  type NotifiedAlert,
  subjectOf,
  type ThreadMember,
  threadSubject,
} from '../common/notification.ts';
import { plainText, richText, type Span, shownText, slackText } from './text.ts';

/** The body of an incoming webhook and of chat.postMessage. */
export interface SlackMessage {
  /** What notifications and old clients show. */
  readonly text: string;
  /** The text holds no markup of ours, and what looks like it comes from outside. */
  readonly mrkdwn: false;
  readonly blocks?: readonly SlackBlock[];
  readonly attachments?: readonly { color: string; fallback: string; blocks: readonly SlackBlock[] }[];
}

export type SlackBlock = Readonly<Record<string, unknown>> & { readonly type: string };

const COLOURS = { critical: '#b3001b', error: '#d9480f', warning: '#d9a400', info: '#3b73af' } as const;
const RESOLVED_COLOUR = '#2e8540';
const SIGNS = { critical: '🔴', error: '🟠', warning: '🟡', info: '🔵' } as const;

/** Slack takes 50 blocks and, though it says so nowhere, about 13,000 characters of them. */
const MOST_ALERTS = 20;
const LARGEST_BLOCKS = 10_000;
const HEADER_LENGTH = 150;
const FIELD_LENGTH = 300;
const MESSAGE_LENGTH = 1_500;
const MOST_FACTS = 10;

/** The message as Block Kit. Built as data, so no text can break it; cut to Slack's limits. Pure. */
export function slackMessage(notification: Notification): SlackMessage {
  const subject = subjectOf(notification);
  const text = slackText(subject, 1_000);
  const color = notification.kind === 'resolved' ? RESOLVED_COLOUR : COLOURS[notification.severity];
  const blocks = body(notification);
  return {
    text,
    mrkdwn: false,
    blocks: [{ type: 'header', text: plainText(`${sign(notification)} ${subject}`, HEADER_LENGTH) }],
    attachments: [{ color, fallback: text, blocks }],
  };
}

/** The same without blocks, for a Slack that refuses them: everything that matters, as plain text. */
export function slackPlainMessage(notification: Notification): SlackMessage {
  const lines = notification.alerts
    .slice(0, MOST_ALERTS)
    .map(({ alert }) => `• ${slackText(`${alert.title}: ${alert.message}`, 300)}`);
  const more = notification.alerts.length - lines.length;
  return {
    mrkdwn: false,
    text: [
      slackText(subjectOf(notification), 1_000),
      ...lines,
      ...(more > 0 ? [`… and ${more} more`] : []),
      ...(notification.run.url === undefined ? [] : [slackText(notification.run.url, 500)]),
    ].join('\n'),
  };
}

/** The first message of a thread as things stand now: what still fires, what is over. Pure. */
export function slackThreadMessage(notification: Notification): SlackMessage {
  const members = [...(notification.thread?.members ?? [])].sort(
    (a, b) => Number(a.status !== 'firing') - Number(b.status !== 'firing') || a.firedAt - b.firedAt,
  );
  const firing = members.filter(({ status }) => status === 'firing');
  const subject = threadSubject(notification, members);
  const text = slackText(subject, 1_000);
  const severity = worstSeverity(firing.map((member) => member.severity));
  const closing = [...(actions(notification) ?? []), context(notification)];
  const blocks: SlackBlock[] = [];
  let size = sizeOf(closing);
  for (const member of members.slice(0, MOST_ALERTS)) {
    const line = memberLine(member, notification.at);
    size += sizeOf([line]);
    if (size > LARGEST_BLOCKS) break;
    blocks.push(line);
  }
  const more = members.length - blocks.length;
  if (more > 0) blocks.push(moreLine(`… and ${more} more`));
  const over = firing.length === 0;
  return {
    text,
    mrkdwn: false,
    blocks: [
      { type: 'header', text: plainText(`${over ? '🟢' : SIGNS[severity]} ${subject}`, HEADER_LENGTH) },
    ],
    attachments: [
      { color: over ? RESOLVED_COLOUR : COLOURS[severity], fallback: text, blocks: [...blocks, ...closing] },
    ],
  };
}

function memberLine(member: ThreadMember, now: number): SlackBlock {
  const title = shownText(headingOf(member), 200);
  const lasted = formatDuration(Math.max(0, (member.resolvedAt ?? now) - member.firedAt));
  const name = nameOf(member.check);
  if (member.status === 'event') {
    return richText({ text: `${SIGNS[member.severity]} ` }, { text: title, bold: true }, name);
  }
  const over = member.status === 'resolved';
  const detail = over ? `resolved after ${lasted}` : shownText(member.message, 300) || `firing for ${lasted}`;
  return richText(
    { text: over ? '🟢 ' : `${SIGNS[member.severity]} ` },
    over ? { text: title, strike: true } : { text: title, bold: true },
    name,
    { text: `\n${detail}` },
  );
}

function body(notification: Notification): SlackBlock[] {
  const closing = [...(actions(notification) ?? []), context(notification)];
  const [only] = notification.alerts;
  const opening = notification.alerts.length === 1 ? single(only, notification) : [];
  const blocks: SlackBlock[] = [...opening];
  if (notification.alerts.length > 1) {
    blocks.push(...causeBlock(notification));
    let size = sizeOf([...closing, ...blocks]);
    let shown = 0;
    for (const alert of notification.alerts.slice(0, MOST_ALERTS)) {
      const line = lineOf(alert, notification);
      size += sizeOf([line]);
      if (size > LARGEST_BLOCKS) break;
      blocks.push(line);
      shown++;
    }
    const more = notification.alerts.length - shown;
    if (more > 0) blocks.push(moreLine(`… and ${more} more`));
  }
  return [...blocks, ...closing];
}

function single(entry: NotifiedAlert, notification: Notification): SlackBlock[] {
  const { alert } = entry;
  const explained = explainsOf(entry);
  const facts = [
    { label: 'Severity', value: alert.severity },
    { label: 'Environment', value: alert.environment },
    { label: 'Source', value: alert.source },
    { label: 'Type', value: alert.type },
    ...(explained === undefined ? [] : [{ label: 'Explains', value: explained }]),
    ...alert.facts,
    ...Object.entries(alert.labels).map(([label, value]) => ({ label, value })),
    ...(alert.event ? [] : [{ label: 'Firing', value: since(entry, notification) }]),
  ];
  const shown = facts.slice(0, MOST_FACTS);
  const more = facts.length - shown.length;
  const blocks: SlackBlock[] = [];
  if (alert.message !== '') blocks.push(richText({ text: shownText(alert.message, MESSAGE_LENGTH) }));
  blocks.push(...causeBlock(notification));
  blocks.push({
    type: 'section',
    fields: shown.map(({ label, value }) =>
      plainText(
        `${shownText(label, 100)}\n${shownText(value, FIELD_LENGTH) || '-'}`,
        FIELD_LENGTH + 110,
        true,
      ),
    ),
  });
  if (more > 0) blocks.push(moreLine(`… and ${count(more, 'fact')} more`));
  if (notification.kind === 'firing' && alert.firstStep !== undefined) {
    blocks.push(
      richText({ text: 'What to do first\n', bold: true }, { text: shownText(alert.firstStep, 1_000) }),
    );
  }
  return blocks;
}

/** The root cause, once for all alerts of the message. */
function causeBlock(notification: Notification): SlackBlock[] {
  const cause = causeOf(notification);
  return cause === undefined
    ? []
    : [richText({ text: 'Cause: ', bold: true }, { text: shownText(cause, 1_000) })];
}

function lineOf(entry: NotifiedAlert, notification: Notification): SlackBlock {
  const { alert } = entry;
  const over = notification.kind === 'resolved';
  const explained = explainsOf(entry);
  const detail = over ? since(entry, notification) : shownText(alert.message, 300) || alert.severity;
  return richText(
    { text: `${over ? '🟢' : SIGNS[alert.severity]} ` },
    { text: shownText(headingOf(alert), 200), bold: true },
    nameOf(alert.check),
    { text: `\n${detail}` },
    { text: explained === undefined ? '' : `\nexplains ${shownText(explained, 300)}` },
  );
}

function moreLine(text: string): SlackBlock {
  return { type: 'context', elements: [plainText(text, 200)] };
}

function nameOf(check: string): Span {
  return { text: check === '' ? '' : `  ${shownText(check, 100)}` };
}

function since(entry: NotifiedAlert, notification: Notification): string {
  const lasted = notification.at - entry.firedAt;
  if (notification.kind === 'resolved') return `resolved after ${formatDuration(Math.max(0, lasted))}`;
  return lasted < 1_000 ? 'since now' : `for ${formatDuration(lasted)}`;
}

function actions(notification: Notification): SlackBlock[] | undefined {
  const buttons: SlackBlock[] = [];
  const link = (text: string, url: string | undefined, primary = false) => {
    if (url === undefined || url.length > 3_000 || !/^https?:\/\//.test(url)) return;
    buttons.push({
      type: 'button',
      text: plainText(text, 75),
      url,
      ...(primary ? { style: 'primary' } : {}),
      action_id: `open-${buttons.length}`,
    });
  };
  link('Open the run', notification.run.url, true);
  if (notification.kind === 'firing') {
    const runbooks = new Map(
      notification.alerts.flatMap(({ alert }) =>
        alert.runbook ? [[alert.runbook, alert.type] as const] : [],
      ),
    );
    for (const [url, type] of [...runbooks].slice(0, 4)) {
      link(runbooks.size === 1 ? 'Runbook' : `Runbook: ${type}`, url);
    }
  }
  return buttons.length === 0 ? undefined : [{ type: 'actions', elements: buttons }];
}

function context(notification: Notification): SlackBlock {
  const { run } = notification;
  const [only] = notification.alerts;
  const reasons = new Set(notification.alerts.map(({ reason }) => reason));
  const parts = [
    reasons.size === 1 ? only.reason : undefined,
    run.repository,
    run.workflow,
    run.commit?.slice(0, 7),
    run.actor === '' ? undefined : `by ${run.actor}`,
    notification.caveat,
    notification.alerts.length === 1 ? `alert ${only.alert.fingerprint}` : undefined,
  ];
  const text = parts.filter((part) => part !== undefined && part !== '').join(' · ');
  return { type: 'context', elements: [plainText(text || notification.id, 1_500)] };
}

function sign(notification: Notification): string {
  return notification.kind === 'resolved' ? '🟢' : SIGNS[notification.severity];
}

function sizeOf(blocks: readonly SlackBlock[]): number {
  return JSON.stringify(blocks).length;
}
