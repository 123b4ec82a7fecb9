import { formatDuration } from '../../../support/duration.ts';
import { type FiringAlert, headingOf } from '../../model/alert.ts';
import { count, cut } from '../../model/text.ts';
import type { Notification, NotifiedAlert } from '../common/notification.ts';

/** More alerts than this are counted, not listed. */
export const MOST_IN_MAIL = 50;
/** All messages together; large mails are clipped by clients, Gmail's at about 100 kB. */
const MESSAGES_LENGTH = 50_000;
const MOST_FACTS = 20;

/** The mail for clients without HTML, and for people who read on a watch. */
export function emailText(notification: Notification): string {
  const shown = notification.alerts.slice(0, MOST_IN_MAIL);
  const more = notification.alerts.length - shown.length;
  return [
    opening(notification),
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

/** `label: value` lines about one alert, in the order in which one wants to read them. */
export function factsOf(
  entry: NotifiedAlert,
  notification: Notification,
): { label: string; value: string }[] {
  const { alert } = entry;
  const lasted = Math.max(0, notification.at - entry.firedAt);
  const limit = notification.alerts.length > 5 ? 150 : 1_000;
  const given = [...alert.facts, ...Object.entries(alert.labels).map(([label, value]) => ({ label, value }))];
  return [
    { label: 'Severity', value: alert.severity },
    { label: 'Source', value: alert.source },
    ...given
      .slice(0, MOST_FACTS)
      .map(({ label, value }) => ({ label: cut(label, 100), value: cut(value, limit) })),
    ...(given.length > MOST_FACTS ? [{ label: '…', value: `and ${given.length - MOST_FACTS} more` }] : []),
    { label: alert.event ? 'When' : 'Firing since', value: moment(entry.firedAt) },
    ...(notification.kind === 'resolved' ? [{ label: 'Lasted', value: formatDuration(lasted) }] : []),
    { label: 'Why now', value: cut(entry.reason, 500) },
  ];
}

function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
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
