import { formatDuration } from '../../../support/duration.ts';
import { cut } from '../../model/text.ts';
import { explainsOf, type Notification, type NotifiedAlert } from './notification.ts';

const MOST_FACTS = 20;

/** `label: value` lines about one alert, in the order in which one wants to read them. */
export function factsOf(
  entry: NotifiedAlert,
  notification: Notification,
): { label: string; value: string }[] {
  const { alert } = entry;
  const lasted = Math.max(0, notification.at - entry.firedAt);
  const limit = notification.alerts.length > 5 ? 150 : 1_000;
  const explained = explainsOf(entry);
  const given = [...alert.facts, ...Object.entries(alert.labels).map(([label, value]) => ({ label, value }))];
  return [
    { label: 'Severity', value: alert.severity },
    { label: 'Source', value: alert.source },
    ...(explained === undefined ? [] : [{ label: 'Explains', value: cut(explained, limit) }]),
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
