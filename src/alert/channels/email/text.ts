import { type FiringAlert, headingOf } from '../../model/alert.ts';
import { count, cut } from '../../model/text.ts';
import { factsOf } from '../common/facts.ts';
import { causeOf, type Notification, type NotifiedAlert } from '../common/notification.ts';

/** More alerts than this are counted, not listed. */
const MOST_IN_MAIL = 50;
/** All messages together; large mails are clipped by clients, Gmail's at about 100 kB. */
const MESSAGES_LENGTH = 50_000;

/** Gmail clips at 102 kB, and what is clipped is not read. */
const LARGEST_BODY = 95_000;
/** Fewer alerts with shorter texts, until the body fits. */
const STAGES = [
  { most: MOST_IN_MAIL, longest: 5_000 },
  { most: 30, longest: 400 },
  { most: 15, longest: 200 },
  { most: 5, longest: 100 },
] as const;

/** How much of each alert is shown. */
export interface Room {
  readonly most: number;
  /** Characters of one text. */
  readonly longest: number;
}

/** The fullest body that clients show whole. */
export function fitting(render: (room: Room) => string): string {
  let body = '';
  for (const room of STAGES) {
    body = render(room);
    if (Buffer.byteLength(body) <= LARGEST_BODY) break;
  }
  return body;
}

/** The mail for clients without HTML, and for people who read on a watch. */
export function emailText(notification: Notification): string {
  return fitting((room) => textBody(notification, room));
}

function textBody(notification: Notification, room: Room): string {
  const shown = notification.alerts.slice(0, room.most);
  const more = notification.alerts.length - shown.length;
  const cause = causeOf(notification);
  return [
    opening(notification),
    ...(notification.run.url === undefined ? [] : [`Run: ${notification.run.url}`]),
    ...(cause === undefined ? [] : [`Cause: ${cut(cause, 1_000)}`]),
    '',
    ...shown.flatMap((entry) => [...section(entry, notification, room), '']),
    ...(more > 0 ? [`… and ${more} more`, ''] : []),
    ...closing(notification),
  ].join('\n');
}

/** `2 alerts fire in production.` */
export function opening(notification: Notification): string {
  const alerts = count(notification.alerts.length, 'alert');
  const many = notification.alerts.length > 1;
  if (notification.kind === 'firing' && notification.alerts.every(({ alert }) => alert.event)) {
    return `This happened in ${notification.environment}.`;
  }
  return notification.kind === 'firing'
    ? `${alerts} ${many ? 'fire' : 'fires'} in ${notification.environment}.`
    : `${alerts} in ${notification.environment} ${many ? 'are' : 'is'} over.`;
}

/** The alert's message; the more alerts share a mail, the shorter each is. */
export function messageOf(alert: FiringAlert, notification: Notification): string {
  const shown = Math.min(notification.alerts.length, MOST_IN_MAIL);
  return cut(alert.message, Math.min(5_000, Math.floor(MESSAGES_LENGTH / shown)));
}

/** What to do first, where there is something to do. */
export function firstStepOf(alert: FiringAlert, notification: Notification): string | undefined {
  return notification.kind === 'firing' && alert.firstStep !== undefined
    ? cut(alert.firstStep, 500)
    : undefined;
}

/** `label: value` lines about the run. */
export function runFacts(notification: Notification): { label: string; value: string }[] {
  const { run } = notification;
  const facts: [string, string | undefined][] = [
    ['Run', run.url],
    ['Repository', run.repository],
    ['Workflow', run.workflow],
    ['Commit', run.commit],
    ['Started by', run.actor],
    ['Note', notification.caveat],
  ];
  return facts.flatMap(([label, value]) => (value ? [{ label, value: cut(value, 500) }] : []));
}

function section(entry: NotifiedAlert, notification: Notification, { longest }: Room): string[] {
  const { alert } = entry;
  const firstStep = firstStepOf(alert, notification);
  return [
    `* ${headingOf(alert)}`,
    ...(alert.message === '' ? [] : [cut(messageOf(alert, notification), longest)]),
    ...factsOf(entry, notification).map(({ label, value }) => `  ${label}: ${cut(value, longest)}`),
    ...(firstStep === undefined ? [] : [`  What to do first: ${firstStep}`]),
    ...(alert.runbook === undefined ? [] : [`  Runbook: ${alert.runbook}`]),
  ];
}

function closing(notification: Notification): string[] {
  return ['-- ', ...runFacts(notification).map(({ label, value }) => `${label}: ${value}`)];
}
