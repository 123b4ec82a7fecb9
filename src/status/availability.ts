import type { Entry } from './history.ts';

/** A page that shows an old state as the present one would be a wrong green. */
export const STALE_AFTER_MS = 24 * 3_600_000;

/**
 * The share of checks since a time that found an environment healthy, in percent; never rounded up to 100.
 * Checks that could not measure count as not healthy: a page must not get greener by not checking.
 * @returns undefined without a check
 */
export function availability(entries: readonly Entry[], since: number): string | undefined {
  const counted = entries.filter(({ at }) => Date.parse(at) >= since);
  if (counted.length === 0) return undefined;
  const good = counted.filter(({ verdict }) => verdict === 'pass' || verdict === 'warn').length;
  const percent = Math.floor((good / counted.length) * 10_000) / 100;
  return `${Number.isInteger(percent) ? percent : percent.toFixed(2)} %`;
}

/** How many checks there were since a time, in epoch milliseconds. */
export function checksSince(entries: readonly Entry[], since: number): number {
  return entries.filter(({ at }) => Date.parse(at) >= since).length;
}

/** A time without health. */
export interface Incident {
  environment: string;
  /** epoch milliseconds of the first bad check */
  from: number;
  /** epoch milliseconds of the next good one; undefined while the incident goes on */
  to: number | undefined;
  /** what the first bad check said */
  note: string;
}

/** From the first bad check to the next good one, each environment by itself; newest first. Pure. */
export function incidentsOf(entries: readonly Entry[]): Incident[] {
  const open = new Map<string, Incident>();
  const all: Incident[] = [];
  for (const { at, environment, verdict, note } of entries) {
    const bad = verdict !== 'pass' && verdict !== 'warn';
    const current = open.get(environment);
    if (bad && !current) {
      const incident: Incident = { environment, from: Date.parse(at), to: undefined, note };
      open.set(environment, incident);
      all.push(incident);
    } else if (!bad && current) {
      current.to = Date.parse(at);
      open.delete(environment);
    }
  }
  return all.sort((one, other) => other.from - one.from);
}
