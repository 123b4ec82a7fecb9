import type { Log } from '../../../support/log.ts';
import { disarmCommands } from '../../../support/untrusted-lines.ts';
import { cut } from '../../model/text.ts';
import type { Channel } from '../common/channel.ts';
import type { Notification } from '../common/notification.ts';
import { subjectOf } from '../common/notification.ts';

/** An annotation for people and one structured line for machines, in the log of the run. */
export function logChannel(log: Log): Channel {
  return {
    name: 'log',
    key: 'log',
    preview: (notification) => `${annotation(notification)}\n${structuredLine(notification)}`,
    async deliver(notification) {
      const text = annotation(notification);
      if (notification.kind === 'resolved' || notification.severity === 'info') log.notice(text);
      else if (notification.severity === 'warning') log.warning(text);
      else log.error(text);
      log.info(structuredLine(notification));
      return { ok: true };
    },
  };
}

function annotation(notification: Notification): string {
  const lines = notification.alerts.slice(0, 20).map(({ alert }) => {
    const detail = alert.message.split('\n')[0] ?? '';
    return `${alert.severity}: ${cut(alert.title, 200)}${detail ? ` (${cut(detail, 300)})` : ''}`;
  });
  const more = notification.alerts.length - lines.length;
  if (more > 0) lines.push(`… and ${more} more`);
  return disarmCommands([subjectOf(notification), ...lines].join('\n'));
}

/** One line of JSON; no line break or workflow command can come out of it. */
function structuredLine(notification: Notification): string {
  const { kind, environment, severity, id } = notification;
  const alerts = notification.alerts.slice(0, 100).map(({ alert, rule, firedAt }) => ({
    fingerprint: alert.fingerprint,
    type: alert.type,
    severity: alert.severity,
    source: cut(alert.source, 200),
    check: cut(alert.check, 200),
    title: cut(alert.title, 200),
    message: cut(alert.message, 500),
    rule,
    firedAt: new Date(firedAt).toISOString(),
  }));
  return disarmCommands(`alert ${JSON.stringify({ id, kind, environment, severity, alerts })}`);
}

/** A log in which nothing that came from outside can act as a command to the runner. */
export function withoutCommands(log: Log): Log {
  return {
    debug: (message) => log.debug(disarmCommands(message)),
    info: (message) => log.info(disarmCommands(message)),
    notice: (message) => log.notice(disarmCommands(message)),
    warning: (message) => log.warning(disarmCommands(message)),
    error: (message) => log.error(disarmCommands(message)),
    group: (title, work) => log.group(disarmCommands(title), work),
  };
}
