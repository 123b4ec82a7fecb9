import { createHash } from 'node:crypto';
import type { Severity } from '../report/schema.ts';
import type { RunContext } from '../support/run-context.ts';
import { type FiringAlert, worstSeverity } from './model.ts';
import type { Decision } from './policy.ts';
import { cleanLine, cut } from './text.ts';

/** One alert within a message. */
export interface NotifiedAlert {
  readonly alert: FiringAlert;
  readonly rule: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly firedAt: number;
  /** How often it was told before. */
  readonly toldBefore: number;
  readonly episode: number;
  readonly references: Readonly<Record<string, string>>;
}

/** One message: what all channels make theirs from. */
export interface Notification {
  /** The same when the same message is sent again by a run that takes over. */
  readonly id: string;
  readonly kind: 'firing' | 'resolved';
  readonly environment: string;
  readonly severity: Severity;
  /** Worst first; at least one. */
  readonly alerts: readonly [NotifiedAlert, ...NotifiedAlert[]];
  readonly at: number;
  readonly run: RunContext;
  /** What the receiver should know: that earlier runs could not be asked. */
  readonly caveat?: string;
}

/** The message for decisions that go the same way; undefined where there are none. */
export function notificationOf(
  decisions: readonly Decision[],
  run: { environment: string; now: number; context: RunContext; caveat?: string },
): Notification | undefined {
  const alerts = decisions.map((decision) => notified(decision, run.now)).sort(byWorst);
  const [first, ...others] = alerts;
  const kind = decisions[0]?.kind;
  if (!first || !kind) return undefined;
  const identity = alerts.map(({ alert, episode, toldBefore }) => [alert.fingerprint, episode, toldBefore]);
  return {
    id: createHash('sha256')
      .update(JSON.stringify([kind, identity]))
      .digest('hex')
      .slice(0, 24),
    kind,
    environment: run.environment,
    severity: worstSeverity(alerts.map(({ alert }) => alert.severity)),
    alerts: [first, ...others],
    at: run.now,
    run: run.context,
    ...(run.caveat === undefined ? {} : { caveat: run.caveat }),
  };
}

/** `[FIRING:2] production/api, web: 2 alerts`; `[RESOLVED] production/api: Slow responses`. */
export function subjectOf(notification: Notification): string {
  const { alerts, kind, environment } = notification;
  const sources = [...new Set(alerts.map(({ alert }) => alert.source))];
  const where =
    sources.length > 3
      ? `${sources.slice(0, 3).join(', ')} and ${sources.length - 3} more`
      : sources.join(', ');
  const word =
    kind === 'firing'
      ? `FIRING:${alerts.length}`
      : alerts.length > 1
        ? `RESOLVED:${alerts.length}`
        : 'RESOLVED';
  const [only] = alerts;
  const titles = [...new Set(alerts.map(({ alert }) => alert.title))];
  const what = titles.length === 1 ? only.alert.title : `${alerts.length} alerts`;
  return cut(cleanLine(`[${word}] ${environment}/${cut(where, 100)} ${what}`), 200);
}

function notified(decision: Decision, now: number): NotifiedAlert {
  const { alert, rule, reason, memory } = decision;
  return {
    alert,
    rule,
    reason,
    firedAt: memory?.firedAt ?? now,
    toldBefore: memory?.told?.count ?? 0,
    episode: memory?.episode ?? 1,
    references: memory?.references ?? {},
  };
}

const ORDER = { critical: 0, error: 1, warning: 2, info: 3 } as const;

function byWorst(a: NotifiedAlert, b: NotifiedAlert): number {
  return (
    ORDER[a.alert.severity] - ORDER[b.alert.severity] ||
    compareText(a.alert.source, b.alert.source) ||
    compareText(a.alert.check, b.alert.check)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
