import { type FiringAlert, headingOf } from '../../model/alert.ts';
import { count, cut } from '../../model/text.ts';
import { factsOf } from '../common/facts.ts';
import { causeOf, type Notification, type NotifiedAlert } from '../common/notification.ts';

/** More alerts than this are counted, not listed. */
export const MOST_IN_MAIL = 50;
/** All messages together; large mails are clipped by clients, Gmail's at about 100 kB. */
const MESSAGES_LENGTH = 50_000;

/** The mail for clients without HTML, and for people who read on a watch. */
export function emailText(notification: Notification): string {
  const shown = notification.alerts.slice(0, MOST_IN_MAIL);
  const more = notification.alerts.length - shown.length;
  const cause = causeOf(notification);
  return [
    opening(notification),
    ...(notification.run.url === undefined ? [] : [`Run: ${notification.run.url}`]),
    ...(cause === undefined ? [] : [`Cause: ${cut(cause, 1_000)}`]),
    '',
    ...shown.flatMap((entry) => [...section(entry, notification), '']),
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

function section(entry: NotifiedAlert, notification: Notification): string[] {
  const { alert } = entry;
  const firstStep = firstStepOf(alert, notification);
  return [
    `* ${headingOf(alert)}`,
    ...(alert.message === '' ? [] : [messageOf(alert, notification)]),
    ...factsOf(entry, notification).map(({ label, value }) => `  ${label}: ${value}`),
    ...(firstStep === undefined ? [] : [`  What to do first: ${firstStep}`]),
    ...(alert.runbook === undefined ? [] : [`  Runbook: ${alert.runbook}`]),
  ];
}

function closing(notification: Notification): string[] {
  return ['-- ', ...runFacts(notification).map(({ label, value }) => `${label}: ${value}`)];
}
