import { createHash } from 'node:crypto';
import { compareSeverity, type Severity, worstSeverity } from '../../../report/vocabulary.ts';
import type { RunContext } from '../../../support/run-context.ts';
import type { AlertMemory } from '../../log/memory.ts';
import type { FiringAlert } from '../../model/alert.ts';
import { cleanLine, cut } from '../../model/text.ts';
import type { Decision } from '../../policy/decision.ts';

/** One alert within a message. */
export interface NotifiedAlert {
  readonly alert: FiringAlert;
  readonly rule: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly firedAt: number;
  /** How often it was notified before. */
  readonly notifiedBefore: number;
  readonly episode: number;
  /** What this alert explains: symptoms of the report, and alerts that it inhibits. */
  readonly explains: readonly string[];
}

/** An alert that an earlier message of the thread notified, as it stands now. */
export interface ThreadMember {
  readonly fingerprint: string;
  readonly title: string;
  readonly source: string;
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  /** `event`: it happened once; there is nothing to be over. */
  readonly status: 'firing' | 'resolved' | 'event';
  readonly firedAt: number;
  readonly resolvedAt?: number;
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
  /** Only these recipients of the channel, who missed the message before; all of them if not given. */
  readonly recipients?: readonly string[];
  /** What the receiver should know: that earlier runs could not be asked. */
  readonly caveat?: string;
  /** The message of this channel that this one follows, and everything that belongs to it. */
  readonly thread?: { readonly reference: string; readonly members: readonly ThreadMember[] };
}

/** About the run that sends, for every message of it. */
export interface MessageContext {
  readonly environment: string;
  readonly now: number;
  readonly run: RunContext;
  readonly caveat?: string;
  /** Of a message delivered late: who missed it. */
  readonly recipients?: readonly string[];
  /** By fingerprint: what an alert of the run inhibits, in words. */
  readonly inhibited?: ReadonlyMap<string, readonly string[]>;
}

/** The message for decisions that go the same way; undefined where there are none. */
export function notificationOf(
  decisions: readonly Decision[],
  context: MessageContext,
  thread?: { reference: string; remembered: readonly AlertMemory[] },
): Notification | undefined {
  const ordered = [...decisions].sort(byWorst);
  const alerts = ordered.map((decision) => notified(decision, context));
  const [first, ...others] = alerts;
  const kind = decisions[0]?.kind;
  if (!first || !kind) return undefined;
  // As of the first try: a message that is tried again may have arrived, and must not pass for one before it either.
  const identity = ordered.map(({ alert, memory }) => [
    alert.fingerprint,
    memory?.episode ?? 1,
    memory?.claim?.notifiedBefore ?? memory?.notified?.count ?? 0,
  ]);
  return {
    id: createHash('sha256')
      .update(JSON.stringify([kind, identity]))
      .digest('hex')
      .slice(0, 24),
    kind,
    environment: context.environment,
    severity: worstSeverity(alerts.map(({ alert }) => alert.severity)),
    alerts: [first, ...others],
    at: context.now,
    run: context.run,
    ...(context.recipients === undefined ? {} : { recipients: context.recipients }),
    ...(context.caveat === undefined ? {} : { caveat: context.caveat }),
    ...(thread === undefined ? {} : { thread: threadOf(thread, decisions, kind, context.now) }),
  };
}

/** `[FIRING:2] production/api, web: 2 alerts`; `[RESOLVED] production/api: Slow responses`. */
export function subjectOf(notification: Notification): string {
  const { alerts, kind } = notification;
  const over = alerts.length > 1 ? `RESOLVED:${alerts.length}` : 'RESOLVED';
  const notified = alerts.every(({ alert }) => alert.event) ? 'EVENT' : `FIRING:${alerts.length}`;
  const word = kind === 'firing' ? notified : over;
  return subject(
    word,
    notification.environment,
    alerts.map(({ alert }) => alert),
  );
}

/** The subject of a whole thread as it stands: `[FIRING:1, RESOLVED:2] …`, `[RESOLVED:3] …`. */
export function threadSubject(notification: Notification, members: readonly ThreadMember[]): string {
  const firing = members.filter(({ status }) => status === 'firing').length;
  const over = members.filter(({ status }) => status === 'resolved').length;
  const words = [
    ...(firing > 0 ? [`FIRING:${firing}`] : []),
    ...(over > 0 ? [over > 1 || firing > 0 ? `RESOLVED:${over}` : 'RESOLVED'] : []),
  ];
  const alerts = members.filter(({ status }) => status !== 'event');
  return subject(words.join(', ') || 'EVENT', notification.environment, alerts.length > 0 ? alerts : members);
}

function subject(
  word: string,
  environment: string,
  alerts: readonly { title: string; source: string }[],
): string {
  const sources = [...new Set(alerts.map(({ source }) => source))];
  const where =
    sources.length > 3
      ? `${sources.slice(0, 3).join(', ')} and ${sources.length - 3} more`
      : sources.join(', ');
  const titles = [...new Set(alerts.map(({ title }) => title))];
  const what = titles.length === 1 ? titles[0] : `${alerts.length} alerts`;
  return cut(cleanLine(`[${word}] ${environment}/${cut(where, 100)} ${what}`), 200);
}

function notified(decision: Decision, { now, inhibited }: MessageContext): NotifiedAlert {
  const { alert, rule, reason, memory } = decision;
  return {
    alert,
    rule,
    reason,
    firedAt: memory?.firedAt ?? now,
    notifiedBefore: memory?.notified?.count ?? 0,
    episode: memory?.episode ?? 1,
    explains:
      decision.kind === 'firing'
        ? [...(alert.explains ?? []), ...(inhibited?.get(alert.fingerprint) ?? [])]
        : [],
  };
}

function threadOf(
  thread: { reference: string; remembered: readonly AlertMemory[] },
  decisions: readonly Decision[],
  kind: Notification['kind'],
  now: number,
): NonNullable<Notification['thread']> {
  const notified = new Set(decisions.map(({ alert }) => alert.fingerprint));
  const members = thread.remembered.map((known): ThreadMember => {
    const over = notified.has(known.fingerprint) ? kind === 'resolved' : known.status === 'resolved';
    const { fingerprint, title, source, check, severity, message, firedAt } = known;
    const member = { fingerprint, title, source, check, severity, message, firedAt };
    if (known.event) return { ...member, status: 'event' };
    return over
      ? { ...member, status: 'resolved', resolvedAt: known.resolvedAt ?? now }
      : { ...member, status: 'firing' };
  });
  return { reference: thread.reference, members };
}

function byWorst(a: Pick<Decision, 'alert'>, b: Pick<Decision, 'alert'>): number {
  return (
    compareSeverity(b.alert.severity, a.alert.severity) ||
    compareText(a.alert.source, b.alert.source) ||
    compareText(a.alert.check, b.alert.check)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `explains 2 more: …` without its first word; undefined if it explains nothing. */
export function explainsOf({ explains }: NotifiedAlert): string | undefined {
  return explains.length === 0 ? undefined : `${explains.length} more: ${explains.join('; ')}`;
}

/** The root cause that all alerts of the message share, if no alert says the same; undefined if they differ. */
export function causeOf({ alerts, kind }: Notification): string | undefined {
  const causes = new Set(alerts.map(({ alert }) => alert.cause));
  const [cause] = causes;
  const said = alerts.some(({ alert }) => alert.message === cause);
  return kind === 'resolved' || causes.size !== 1 || said ? undefined : cause || undefined;
}
