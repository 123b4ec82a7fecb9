import { formatDuration } from '../../support/duration.ts';
import type { AlertMemory } from '../log/memory.ts';
import type { FiringAlert } from '../model/alert.ts';
import type { Inhibition } from '../model/rules.ts';
import { type Matchable, matches } from './matcher.ts';
import { type PolicyRules, reachesSomebody } from './rules.ts';

const HOUR_MS = 3_600_000;

/** Without its database a service answers slowly, with errors or not at all: one cause, one message. */
export const DEFAULT_INHIBITIONS: readonly Inhibition[] = [
  {
    when: { type: ['database-down'] },
    mute: { type: ['database-slow', 'high-error-rate', 'slow-responses', 'service-down'] },
    equal: [],
    withinMs: HOUR_MS,
  },
];

/** What may keep others quiet, with how it came to be known. */
export interface Inhibitor {
  readonly fingerprint: string;
  readonly alert: Matchable & { readonly title: string };
  /** When a run last saw it failing, epoch milliseconds. */
  readonly seenAt: number;
}

/** An inhibitor from the memory: firing, and notified; one that nobody was notified of may keep nobody quiet. */
export function inhibitorOf(
  memory: AlertMemory,
  environment: string,
  rules: PolicyRules,
): Inhibitor | undefined {
  if (memory.status !== 'firing' || !memory.notified) return undefined;
  if (!reachesSomebody(memory.notified.channels, rules)) return undefined;
  const { fingerprint, type, source, check, severity, title, labels } = memory;
  const alert = { type, source, check, severity, title, labels, environment };
  return canInhibit(alert, rules) ? { fingerprint, alert, seenAt: memory.seenAt } : undefined;
}

/** Whether any rule is about it: most alerts inhibit nothing, and need not be looked at for each other one. */
export function canInhibit(alert: Matchable, rules: PolicyRules): boolean {
  return rules.inhibitions.some(({ when }) => matches(when, alert));
}

/** The first inhibitor that keeps the alert quiet, and the reason in words. */
export function inhibitedBy(
  alert: FiringAlert,
  inhibitors: Iterable<Inhibitor>,
  rules: readonly Inhibition[],
  now: number,
): { inhibitor: Inhibitor; reason: string } | undefined {
  const fitting = rules.filter(({ mute }) => matches(mute, alert));
  if (fitting.length === 0) return undefined;
  for (const inhibitor of inhibitors) {
    if (inhibitor.fingerprint === alert.fingerprint) continue;
    for (const { when, equal, withinMs } of fitting) {
      const age = now - inhibitor.seenAt;
      if (age > withinMs || age < -withinMs) continue;
      if (!matches(when, inhibitor.alert)) continue;
      if (equal.some((part) => inhibitor.alert[part] !== alert[part])) continue;
      const seen = age > 1_000 ? `, seen ${formatDuration(age)} ago` : '';
      return {
        inhibitor,
        reason: `${inhibitor.alert.title} (${inhibitor.alert.source}) fires${seen} and explains it.`,
      };
    }
  }
  return undefined;
}

/**
 * The alerts in an order in which each comes after those that could inhibit it. In a ring of rules the
 * first one given goes first.
 */
export function inhibitorsFirst(
  alerts: readonly FiringAlert[],
  rules: readonly Inhibition[],
): readonly FiringAlert[] {
  if (rules.length === 0 || alerts.length < 2) return alerts;
  let left = [...alerts];
  const ordered: FiringAlert[] = [];
  while (left.length > 0) {
    const causes = rules.map(({ when }) => left.filter((alert) => matches(when, alert)));
    const free = left.filter(
      (alert) =>
        !rules.some(
          ({ mute }, index) => matches(mute, alert) && causes[index]?.some((cause) => cause !== alert),
        ),
    );
    const next = free.length > 0 ? free : left.slice(0, 1);
    ordered.push(...next);
    const gone = new Set(next);
    left = left.filter((alert) => !gone.has(alert));
  }
  return ordered;
}
