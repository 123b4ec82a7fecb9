import * as z from 'zod';
import { severitySchema } from '../../report/schema.ts';
import { type HistoryEntry, historyEntry, MAX_HISTORY } from './history.ts';

/** More alerts than this at once are not remembered: the oldest resolved go first. */
export const MAX_ALERTS = 1_000;

/** Later ones are no times in JavaScript, and would end the run that shows them. */
const epoch = z.int().nonnegative().max(8.64e15);
const counter = z.int().nonnegative();
const channelKeys = z.array(z.string()).max(100);

const claimSchema = z.object({
  /** The run's own id; another run never has it. */
  id: z.string(),
  /** Who holds it, for messages. */
  holder: z.string(),
  kind: z.enum(['firing', 'resolved']),
  rule: z.string(),
  at: epoch,
  until: epoch,
  /** Where it is to be sent. */
  channels: channelKeys,
  /** Where it already went; a run that takes over leaves these out. */
  delivered: channelKeys,
  /** How often it had been told before this message; part of its id, for as long as it is tried. */
  toldBefore: counter.optional(),
});
export type Claim = z.infer<typeof claimSchema>;

const toldSchema = z.object({
  at: epoch,
  severity: severitySchema,
  /** How often the firing was told. */
  count: counter,
  /** How far it had escalated. */
  level: counter,
  channels: channelKeys,
});

const alertMemorySchema = z.object({
  fingerprint: z.string(),
  type: z.string(),
  source: z.string(),
  check: z.string(),
  severity: severitySchema,
  title: z.string(),
  /** Cut: for messages about its end, and for those that show what else fires. */
  message: z.string(),
  labels: z.record(z.string(), z.string()),
  /** It happened once and is over; absent means that it is not so. */
  event: z.boolean().optional(),
  /** `pending`: seen, but not often enough to be told. */
  status: z.enum(['pending', 'firing', 'resolved']),
  /** Counts the times it fired, went away and came back; part of message ids. */
  episode: counter,
  firedAt: epoch,
  seenAt: epoch,
  resolvedAt: epoch.optional(),
  /** Runs in a row that saw it failing, passing. */
  failures: counter,
  passes: counter,
  /** Runs that saw it and did not tell it, over its whole life. */
  held: counter,
  told: toldSchema.optional(),
  /** Who was told of the alert that this one took the place of: they hear of its end. */
  inherited: channelKeys.optional(),
  /** It fires, and a rule keeps it from being told. */
  quiet: z.enum(['muted', 'inhibited']).optional(),
  claim: claimSchema.optional(),
  /** Channels that the last message did not reach. */
  owed: z
    .object({
      kind: z.enum(['firing', 'resolved']),
      channels: channelKeys,
      /** As of that message's claim. */
      toldBefore: counter.optional(),
    })
    .optional(),
  /** By channel: what a later message refers to (a Slack thread, a message id, an issue's number). */
  references: z.record(z.string(), z.string()),
});
export type AlertMemory = z.infer<typeof alertMemorySchema>;

/** What an environment's runs remember together: the value under the environment's key in `alert_history`. */
export interface Memory {
  readonly alerts: ReadonlyMap<string, AlertMemory>;
  /** Oldest first. */
  readonly history: readonly HistoryEntry[];
}

export const EMPTY_MEMORY: Memory = { alerts: new Map(), history: [] };

/** The layout of the stored value. A change that older versions cannot read gets a new number. */
const VERSION = 1;

/** The stored value comes from a newer version of this program: it must be neither read nor overwritten. */
export class NewerMemoryError extends Error {
  override readonly name = 'NewerMemoryError';
}

/**
 * Reads a stored value. What cannot be read is left out and counted, so that one bad entry does not
 * cost the others.
 * @throws NewerMemoryError for the layout of a newer version.
 */
export function parseMemory(stored: unknown): { memory: Memory; dropped: number } {
  if (stored === undefined || stored === null) return { memory: EMPTY_MEMORY, dropped: 0 };
  if (typeof stored !== 'object') return { memory: EMPTY_MEMORY, dropped: 1 };
  const { version, alerts, history } = stored as Record<string, unknown>;
  if (typeof version === 'number' && version > VERSION) {
    throw new NewerMemoryError(
      `the alert history was written by a newer version of deploy-guard (layout ${version}, this one knows ${VERSION})`,
    );
  }
  let dropped = version === VERSION && Array.isArray(alerts) && Array.isArray(history) ? 0 : 1;
  const known = new Map<string, AlertMemory>();
  for (const value of Array.isArray(alerts) ? alerts : []) {
    const parsed = alertMemorySchema.safeParse(value);
    if (parsed.success) known.set(parsed.data.fingerprint, parsed.data);
    else dropped++;
  }
  const entries: HistoryEntry[] = [];
  for (const value of Array.isArray(history) ? history : []) {
    const parsed = historyEntry.safeParse(value);
    if (parsed.success) entries.push(parsed.data);
    else dropped++;
  }
  return { memory: { alerts: known, history: entries }, dropped };
}

/** The value to store: plain JSON of bounded size. */
export function storedMemory(memory: Memory): unknown {
  return {
    version: VERSION,
    alerts: bounded([...memory.alerts.values()]),
    history: memory.history.slice(-MAX_HISTORY),
  };
}

/** Resolved ones go first, then those that were not seen for longest. */
function bounded(alerts: AlertMemory[]): AlertMemory[] {
  if (alerts.length <= MAX_ALERTS) return alerts;
  const worth = (alert: AlertMemory) => (alert.status === 'resolved' && !alert.owed ? 0 : 1);
  return alerts.sort((a, b) => worth(b) - worth(a) || b.seenAt - a.seenAt).slice(0, MAX_ALERTS);
}
