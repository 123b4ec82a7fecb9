import * as z from 'zod';
import { severitySchema } from '../../report/schema.ts';
import { type HistoryEntry, historyEntry, MAX_HISTORY } from './history.ts';

/** More alerts than this at once are not remembered: the oldest resolved go first. */
export const MAX_ALERTS = 1_000;

/** Later ones are no times in JavaScript, and would end the run that shows them. */
const epoch = z.int().nonnegative().max(8.64e15);
const counter = z.int().nonnegative();
const channelKeys = z.array(z.string()).max(100);

/** By channel: recipients by name, such as mail addresses. */
const recipients = z.record(z.string(), z.array(z.string()).max(200));

const runStamp = z.object({
  /** `owner/name workflow`: numbers are compared within one workflow. */
  workflow: z.string(),
  number: counter,
  attempt: counter,
});
/** A run by its numbers on GitHub. */
export type RunStamp = z.infer<typeof runStamp>;

const writerSchema = runStamp.extend({ environment: z.string(), job: z.string() });
/** The run that wrote a history last. */
export type Writer = z.infer<typeof writerSchema>;

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
  /** Recipients that the delivered ones among the channels did not reach. */
  missed: recipients.optional(),
  /** How often it had been notified before this message; part of its id, for as long as it is tried. */
  notifiedBefore: counter.optional(),
});
export type Claim = z.infer<typeof claimSchema>;

const notifiedSchema = z.object({
  at: epoch,
  severity: severitySchema,
  /** How often the firing was notified. */
  count: counter,
  /** How far it had escalated. */
  level: counter,
  channels: channelKeys,
});

const alertMemoryFields = z.object({
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
  /** `pending`: seen, but not often enough to be notified. */
  status: z.enum(['pending', 'firing', 'resolved']),
  /** Counts the times it fired, went away and came back; part of message ids. */
  episode: counter,
  firedAt: epoch,
  seenAt: epoch,
  /** The run that saw it last. */
  seenBy: runStamp.optional(),
  resolvedAt: epoch.optional(),
  /** Runs in a row that saw it failing, passing. */
  failures: counter,
  passes: counter,
  /** Runs that saw it and did not tell it, over its whole life. */
  held: counter,
  notified: notifiedSchema.optional(),
  /** Who was notified of the alert that this one took the place of: they hear of its end. */
  inherited: channelKeys.optional(),
  /** It fires, and a rule keeps it from being notified. */
  quiet: z.enum(['muted', 'inhibited']).optional(),
  claim: claimSchema.optional(),
  /** Channels that the last message did not reach. */
  undelivered: z
    .object({
      kind: z.enum(['firing', 'resolved']),
      channels: channelKeys,
      /** Of a channel that reached some of its recipients: those it did not. */
      recipients: recipients.optional(),
      /** As of that message's claim. */
      notifiedBefore: counter.optional(),
    })
    .optional(),
  /** By channel: what a later message refers to (a Slack thread, a message id, an issue's number). */
  references: z.record(z.string(), z.string()),
});
export type AlertMemory = z.infer<typeof alertMemoryFields>;

/** Entries of releases up to 0.1 are read too: they named the same things `told`, `owed` and `toldBefore`. */
const alertMemorySchema = z.preprocess(withCurrentNames, alertMemoryFields);

/** What an environment's runs remember together: the value under the environment's key in `alert_history`. */
export interface Memory {
  readonly alerts: ReadonlyMap<string, AlertMemory>;
  /** Oldest first. */
  readonly history: readonly HistoryEntry[];
  readonly writer?: Writer;
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
  const { version, alerts, history, writer } = stored as Record<string, unknown>;
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
  const last = writerSchema.safeParse(writer);
  return {
    memory: { alerts: known, history: entries, ...(last.success ? { writer: last.data } : {}) },
    dropped,
  };
}

/** The value to store: plain JSON of bounded size. */
export function storedMemory(memory: Memory): unknown {
  return {
    version: VERSION,
    ...(memory.writer === undefined ? {} : { writer: memory.writer }),
    alerts: bounded([...memory.alerts.values()]),
    history: memory.history.slice(-MAX_HISTORY),
  };
}

/** Resolved ones go first, then those that were not seen for longest. */
function bounded(alerts: AlertMemory[]): AlertMemory[] {
  if (alerts.length <= MAX_ALERTS) return alerts;
  const worth = (alert: AlertMemory) => (alert.status === 'resolved' && !alert.undelivered ? 0 : 1);
  return alerts.sort((a, b) => worth(b) - worth(a) || b.seenAt - a.seenAt).slice(0, MAX_ALERTS);
}

const FORMER_NAMES: Readonly<Record<string, string>> = {
  told: 'notified',
  owed: 'undelivered',
  toldBefore: 'notifiedBefore',
};

function withCurrentNames(stored: unknown): unknown {
  if (stored === null || typeof stored !== 'object' || Array.isArray(stored)) return stored;
  return Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [
      Object.hasOwn(FORMER_NAMES, name) ? FORMER_NAMES[name] : name,
      name === 'claim' || name === 'owed' || name === 'undelivered' ? withCurrentNames(value) : value,
    ]),
  );
}
