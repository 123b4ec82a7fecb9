import type { Delivery } from '../../report/schema.ts';
import { entryOf } from '../policy/decide.ts';
import type { Decision } from '../policy/decision.ts';
import { type HistoryEntry, remember } from './history.ts';
import type { AlertMemory, Memory } from './memory.ts';

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
      claim: { ...known.claim, delivered },
      references: { ...known.references, ...referencesOf(deliveries) },
    });
  }
  return { ...memory, alerts };
}

/** Ends the claims: what was told is remembered as told, what failed as owed. Pure. */
export function settle(memory: Memory, sendings: readonly Sending[], claimId: string, now: number): Memory {
  const alerts = new Map(memory.alerts);
  const entries: HistoryEntry[] = [];
  for (const { decision, deliveries } of sendings) {
    // Another run may have lost or replaced the entry; what this run knows of it is good enough.
    const known = alerts.get(decision.alert.fingerprint) ?? decision.memory;
    if (!known) continue;
    alerts.set(known.fingerprint, settled(known, decision, deliveries, claimId, now));
    entries.push({
      ...entryOf(decision.alert, now),
      event: decision.kind,
      rule: decision.rule,
      channels: Object.fromEntries([...deliveries].map(([key, delivery]) => [key, delivery.status])),
      ...(decision.kind === 'resolved' ? { lastedMs: Math.max(0, now - known.firedAt) } : {}),
    });
  }
  return { alerts, history: remember(memory.history, ...entries) };
}

function settled(
  known: AlertMemory,
  decision: Decision,
  deliveries: ReadonlyMap<string, Delivery>,
  claimId: string,
  now: number,
): AlertMemory {
  const { claim, owed: _, quiet: __, ...rest } = known;
  const delivered = reached(deliveries);
  const failed = [...deliveries.keys()].filter((key) => !delivered.includes(key));
  const before = known.told;
  const inherited = claim?.id === claimId ? claim.delivered : [];
  const channels = [...new Set([...(before?.channels ?? []), ...inherited, ...delivered])];
  const foreign = claim !== undefined && claim.id !== claimId;
  const next: AlertMemory = {
    ...rest,
    references: { ...known.references, ...referencesOf(deliveries) },
    ...(foreign ? { claim } : {}),
    ...(failed.length > 0 ? { owed: owedBy(decision, failed) } : {}),
  };
  if (delivered.length === 0 && inherited.length === 0) return next;
  if (decision.kind === 'resolved') return { ...next, status: 'resolved', resolvedAt: now };
  const { severity } = decision.alert;
  const level = Math.max(before?.level ?? 0, decision.level ?? 0);
  const told = { at: now, severity, count: (before?.count ?? 0) + 1, level, channels };
  return decision.alert.event
    ? { ...next, told, status: 'resolved', resolvedAt: now }
    : { ...next, told, status: 'firing' };
}

function owedBy({ kind, memory }: Decision, channels: string[]): NonNullable<AlertMemory['owed']> {
  const toldBefore = memory?.claim?.toldBefore;
  return { kind, channels, ...(toldBefore === undefined ? {} : { toldBefore }) };
}

/** A message that reached some of a channel's recipients was told there: the others are named in the error. */
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
