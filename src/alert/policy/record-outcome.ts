import type { Delivery } from '../../report/schema.ts';
import { entryOf, type HistoryEntry, remember } from '../log/history.ts';
import type { AlertMemory, Memory } from '../log/memory.ts';
import type { Decision } from './decision.ts';

/** How the sending of one claimed decision went, by channel. */
export interface Sending {
  readonly decision: Decision;
  readonly deliveries: ReadonlyMap<string, Delivery>;
}

/** Notes on the claim where the message already is, so that a run that takes over leaves it out. Pure. */
export function noteProgress(memory: Memory, sendings: readonly Sending[], claimId: string): Memory {
  const alerts = new Map(memory.alerts);
  for (const { decision, deliveries } of sendings) {
    const known = alerts.get(decision.alert.fingerprint);
    if (known?.claim?.id !== claimId) continue;
    const delivered = [...new Set([...known.claim.delivered, ...reached(deliveries)])];
    alerts.set(known.fingerprint, {
      ...known,
      claim: { ...known.claim, delivered, ...missedOf(deliveries) },
      references: { ...known.references, ...referencesOf(deliveries) },
    });
  }
  return { ...memory, alerts };
}

/** Ends the claims: what arrived is remembered as notified, what did not as undelivered. Pure. */
export function recordOutcome(
  memory: Memory,
  sendings: readonly Sending[],
  claimId: string,
  now: number,
): Memory {
  const alerts = new Map(memory.alerts);
  const entries: HistoryEntry[] = [];
  for (const { decision, deliveries } of sendings) {
    // Another run may have lost or replaced the entry; what this run knows of it is good enough.
    const known = alerts.get(decision.alert.fingerprint) ?? decision.memory;
    if (!known) continue;
    alerts.set(known.fingerprint, recorded(known, decision, deliveries, claimId, now));
    entries.push({
      ...entryOf(decision.alert, now),
      event: decision.kind,
      rule: decision.rule,
      channels: Object.fromEntries([...deliveries].map(([key, delivery]) => [key, delivery.status])),
      ...(decision.kind === 'resolved' ? { lastedMs: Math.max(0, now - known.firedAt) } : {}),
    });
  }
  return { ...memory, alerts, history: remember(memory.history, ...entries) };
}

function recorded(
  known: AlertMemory,
  decision: Decision,
  deliveries: ReadonlyMap<string, Delivery>,
  claimId: string,
  now: number,
): AlertMemory {
  const { claim, undelivered: _, quiet: __, ...rest } = known;
  const delivered = reached(deliveries);
  const before = known.notified;
  const own = claim?.id === claimId ? claim.delivered : [];
  const channels = [...new Set([...(before?.channels ?? []), ...own, ...delivered])];
  const foreign = claim !== undefined && claim.id !== claimId;
  const undelivered = undeliveredOf(decision, deliveries, claim?.id === claimId ? claim.missed : undefined);
  const next: AlertMemory = {
    ...rest,
    references: { ...known.references, ...referencesOf(deliveries) },
    ...(foreign ? { claim } : {}),
    ...(undelivered === undefined ? {} : { undelivered }),
  };
  if (delivered.length === 0 && own.length === 0) return next;
  if (decision.kind === 'resolved') return { ...next, status: 'resolved', resolvedAt: now };
  const { severity } = decision.alert;
  const level = Math.max(before?.level ?? 0, decision.level ?? 0);
  const notified = { at: now, severity, count: (before?.count ?? 0) + 1, level, channels };
  // A message delivered late begins no new interval: the others were notified when they were.
  if ((decision.again || decision.recipients) && before)
    return { ...next, notified: { ...before, channels } };
  return decision.alert.event
    ? { ...next, notified, status: 'resolved', resolvedAt: now }
    : { ...next, notified, status: 'firing' };
}

/** The channels that failed, and the recipients that a channel missed. */
function undeliveredOf(
  { kind, memory, recipients: asked }: Decision,
  deliveries: ReadonlyMap<string, Delivery>,
  missedBefore: Readonly<Record<string, readonly string[]>> | undefined,
): AlertMemory['undelivered'] {
  const failed = [...deliveries].filter(([, { status }]) => status !== 'delivered' && status !== 'partial');
  const missed: Record<string, string[]> = {};
  for (const [key, names] of Object.entries(missedBefore ?? {}))
    if (!deliveries.has(key)) missed[key] = [...names];
  // A channel that was to reach some recipients only, and failed: it is still only those.
  for (const [key] of failed) if (asked?.[key]) missed[key] = [...asked[key]];
  for (const [key, { status, missed: names }] of deliveries)
    if (status === 'partial' && names && names.length > 0) missed[key] = [...names];
  const channels = [...new Set([...failed.map(([key]) => key), ...Object.keys(missed)])];
  if (channels.length === 0) return undefined;
  const notifiedBefore = memory?.claim?.notifiedBefore;
  return {
    kind,
    channels,
    ...(Object.keys(missed).length === 0 ? {} : { recipients: missed }),
    ...(notifiedBefore === undefined ? {} : { notifiedBefore }),
  };
}

function missedOf(deliveries: ReadonlyMap<string, Delivery>): { missed?: Record<string, string[]> } {
  const missed = [...deliveries].flatMap(([key, { missed: names }]) =>
    names && names.length > 0 ? [[key, [...names]] as [string, string[]]] : [],
  );
  return missed.length === 0 ? {} : { missed: Object.fromEntries(missed) };
}

/** A message that reached some of a channel's recipients was notified there: the others are named in the error. */
function reached(deliveries: ReadonlyMap<string, Delivery>): string[] {
  return [...deliveries]
    .filter(([, delivery]) => delivery.status === 'delivered' || delivery.status === 'partial')
    .map(([key]) => key);
}

/** Only what a later message can refer to; the first message of an episode stays the one referred to. */
function referencesOf(deliveries: ReadonlyMap<string, Delivery>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, { reference }] of deliveries) if (reference !== undefined) found[key] = reference;
  return found;
}
