import * as z from 'zod';
import { VERDICTS } from '../report/vocabulary.ts';
import type { Merged } from './merge.ts';

/** Names the layout of the history file. */
export const HISTORY_SCHEMA = 'deploy-guard.history/v1';

const DAY_MS = 24 * 3_600_000;
/** What the status page shows, and no more: a file in a cache must not grow for ever. */
export const LONGEST_MS = 90 * DAY_MS;
export const MOST_ENTRIES = 10_000;

const entrySchema = z.object({
  at: z.iso.datetime(),
  environment: z.string(),
  verdict: z.enum(VERDICTS),
  note: z.string(),
  url: z.string().optional(),
  responseMs: z.number().nonnegative().optional().describe('Median response time of the HTTP targets'),
});
const historySchema = z.object({ schema: z.literal(HISTORY_SCHEMA), entries: z.array(entrySchema) });
/** One check of one environment. */
export type Entry = z.infer<typeof entrySchema>;

/**
 * Reads a history file.
 * @throws Error in words if the text is not a history; the caller decides whether to start a new one
 */
export function parseHistory(text: string): Entry[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  const parsed = historySchema.safeParse(data);
  if (!parsed.success) throw new Error(`it is not a history of the layout ${HISTORY_SCHEMA}`);
  return parsed.data.entries;
}

export function formatHistory(entries: readonly Entry[]): string {
  return `${JSON.stringify({ schema: HISTORY_SCHEMA, entries })}\n`;
}

/**
 * The history with the new results at its end, oldest first, without entries that are too old or too many. Pure.
 * Reports of rollbacks and alerts say nothing about health and are left out; so are dry runs. The same report given twice counts once.
 * @param now epoch milliseconds; the time of rows without one
 */
export function addToHistory(entries: readonly Entry[], merged: Merged, now: number): Entry[] {
  const added = merged.rows
    .filter(({ mode, dryRun }) => !dryRun && (mode === 'verify' || mode === 'unknown'))
    .map(({ environment, verdict, note, at, url, responseMs }): Entry => {
      const entry = { at: at ?? new Date(now).toISOString(), environment, verdict, note: note.slice(0, 500) };
      return {
        ...entry,
        ...(url === undefined ? {} : { url }),
        ...(responseMs === undefined ? {} : { responseMs }),
      };
    });
  const known = new Set(entries.map(keyOf));
  return [...entries, ...added.filter((entry) => !known.has(keyOf(entry)))]
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .filter(({ at }) => now - Date.parse(at) <= LONGEST_MS)
    .slice(-MOST_ENTRIES);
}

function keyOf({ at, environment }: Entry): string {
  return `${at} ${environment}`;
}
