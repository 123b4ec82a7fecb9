import type { CronSchedule, MaintenanceWindow, Matcher, RruleSchedule, Silence } from '../model/rules.ts';
import { wallClock, wallTimeToInstant } from './time-zone.ts';

/** A silence or window that holds right now. */
export interface Quiet {
  readonly kind: 'silence' | 'maintenance';
  readonly match: Matcher;
  readonly until: number;
  /** Why, for the decision. */
  readonly words: string;
}

const DAY_MS = 86_400_000;

/** What holds at a moment. The libraries for schedules are loaded only where a schedule is given. */
export async function quietAt(
  silences: readonly Silence[],
  windows: readonly MaintenanceWindow[],
  now: number,
): Promise<Quiet[]> {
  const quiet: Quiet[] = silences
    .filter(({ from, until }) => (from ?? Number.NEGATIVE_INFINITY) <= now && now < until)
    .map(({ match, until, reason, by }) => ({
      kind: 'silence',
      match,
      until,
      words: `Silenced until ${iso(until)}${by === undefined ? '' : ` by ${by}`}: ${reason}`,
    }));
  for (const window of windows) {
    const start = await openSince(window, now);
    if (start === undefined) continue;
    const until = start + window.durationMs;
    const words = `In the maintenance window ${window.name}, which ends at ${iso(until)}.`;
    quiet.push({ kind: 'maintenance', match: window.match, until, words });
  }
  return quiet;
}

/** When the window that holds at `now` began; undefined where none does. */
export async function openSince(window: MaintenanceWindow, now: number): Promise<number | undefined> {
  const { schedule } = window;
  const starts = await (schedule.kind === 'cron'
    ? cronStarts(schedule, window, now)
    : rruleStarts(schedule, window, now));
  return starts.filter((start) => start <= now && now < start + window.durationMs).at(-1);
}

/** @throws Error in the library's words where the schedule cannot be read. */
export async function checkSchedule(window: Pick<MaintenanceWindow, 'schedule' | 'timeZone'>): Promise<void> {
  await openSince({ ...window, name: '', match: {}, durationMs: 1 }, Date.UTC(2026, 0, 1));
}

async function cronStarts(
  { pattern }: CronSchedule,
  window: MaintenanceWindow,
  now: number,
): Promise<number[]> {
  const { Cron } = await import('croner');
  const cron = new Cron(pattern, { timezone: window.timeZone, mode: '5-part' });
  // The first start after the earliest that could still hold, and those that follow up to now.
  const starts: number[] = [];
  let at = cron.nextRun(new Date(now - window.durationMs - 1_000));
  while (at !== null && at.getTime() <= now && starts.length < 20_000) {
    starts.push(at.getTime());
    at = cron.nextRun(at);
  }
  return starts;
}

async function rruleStarts(
  { rule, start }: RruleSchedule,
  window: MaintenanceWindow,
  now: number,
): Promise<number[]> {
  // The library would take a rule without one for a yearly one.
  if (!/(^|;)FREQ=/i.test(rule)) throw new Error('the rule names no FREQ');
  const { default: library } = await import('rrule');
  // The library counts in wall time written as if it were UTC; the zone is applied to what it finds.
  const floating = library.rrulestr(`RRULE:${rule}`, { dtstart: new Date(`${start}Z`) });
  const from = wallClock(now - window.durationMs, window.timeZone) - DAY_MS;
  const to = wallClock(now, window.timeZone) + DAY_MS;
  const found = floating.between(new Date(from), new Date(to), true, (_date, count) => count < 20_000);
  return found.map((date) => wallTimeToInstant(date.getTime(), window.timeZone)).sort((a, b) => a - b);
}

function iso(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
