import * as z from 'zod';
import { severitySchema } from '../../report/schema.ts';
import { cut } from '../model/text.ts';

export const MAX_HISTORY = 1_000;

export const historyEntry = z.object({
  /** Epoch milliseconds. */
  at: z.int().nonnegative().max(8.64e15),
  fingerprint: z.string(),
  type: z.string(),
  severity: severitySchema,
  source: z.string(),
  check: z.string(),
  title: z.string(),
  /** What was notified, or that nobody was notified and which rule said so. */
  event: z.enum(['firing', 'resolved', 'muted', 'inhibited']),
  rule: z.string(),
  /** By channel: `delivered`, `partial`, `failed`. */
  channels: z.record(z.string(), z.string()),
  /** Of resolved ones: how long it fired, milliseconds. */
  lastedMs: z.int().nonnegative().optional(),
});
export type HistoryEntry = z.infer<typeof historyEntry>;

/** The history with more entries; the oldest go where it grows over its bound. */
export function remember(
  history: readonly HistoryEntry[],
  ...entries: readonly HistoryEntry[]
): readonly HistoryEntry[] {
  // An entry is for lists and statistics: it keeps its size whatever the alert's texts are.
  const short = entries.map((entry) => ({
    ...entry,
    title: cut(entry.title, 120),
    source: cut(entry.source, 120),
    check: cut(entry.check, 120),
  }));
  return [...history, ...short].slice(-MAX_HISTORY);
}

/** The part of a history entry that is the alert's own. */
export function entryOf(
  alert: Pick<HistoryEntry, 'fingerprint' | 'type' | 'severity' | 'source' | 'check' | 'title'>,
  at: number,
) {
  const { fingerprint, type, severity, source, check, title } = alert;
  return { at, fingerprint, type, severity, source, check, title };
}
