import { formatDuration } from '../../support/duration.ts';
import { type FiringAlert, headingOf } from '../model.ts';
import type { Notification, NotifiedAlert } from '../notification.ts';
import { count, cut } from '../text.ts';

/** More alerts than this are counted, not listed. */
export const MOST_IN_MAIL = 50;
const LONGEST_MESSAGE = 5_000;

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
  return [
    { label: 'Severity', value: alert.severity },
    { label: 'Source', value: alert.source },
    ...alert.facts.map(({ label, value }) => ({ label, value: cut(value, 1_000) })),
    ...Object.entries(alert.labels).map(([label, value]) => ({ label, value: cut(value, 500) })),
    { label: alert.event ? 'When' : 'Firing since', value: moment(entry.firedAt) },
    ...(notification.kind === 'resolved' ? [{ label: 'Lasted', value: formatDuration(lasted) }] : []),
    { label: 'Why now', value: entry.reason },
  ];
}

function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function messageOf(alert: FiringAlert): string {
  return cut(alert.message, LONGEST_MESSAGE);
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
  return facts.flatMap(([label, value]) => (value ? [{ label, value }] : []));
}

function section(entry: NotifiedAlert, notification: Notification): string[] {
  const { alert } = entry;
  return [
    `* ${headingOf(alert)}`,
    ...(alert.message === '' ? [] : [messageOf(alert)]),
    ...factsOf(entry, notification).map(({ label, value }) => `  ${label}: ${value}`),
    ...(notification.kind === 'firing' && alert.firstStep !== undefined
      ? [`  What to do first: ${alert.firstStep}`]
      : []),
    ...(alert.runbook === undefined ? [] : [`  Runbook: ${alert.runbook}`]),
  ];
}

function closing(notification: Notification): string[] {
  return ['-- ', ...runFacts(notification).map(({ label, value }) => `${label}: ${value}`)];
}
