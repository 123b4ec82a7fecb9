import type { Severity } from '../../report/vocabulary.ts';

/** What a user's rules are: plain, validated data. */

/**
 * Which alerts a route, a silence, a maintenance window or an inhibition is about. Every given part must
 * fit; of a list one entry. `*` stands for any text, `?` for one character. Without any part it fits all.
 */
export interface Matcher {
  readonly type?: readonly string[];
  readonly source?: readonly string[];
  readonly check?: readonly string[];
  readonly environment?: readonly string[];
  readonly severity?: readonly Severity[];
  readonly minSeverity?: Severity;
  readonly labels?: Readonly<Record<string, readonly string[]>>;
}

/** Alerts that fit go to these channels in place of the usual ones. */
export interface Route {
  readonly match: Matcher;
  readonly channels: readonly string[];
  readonly repeatIntervalMs?: number;
  /** The routes below count as well. */
  readonly continue: boolean;
}

/** An alert that fires for this long is worse than it was, and more people hear of it. */
export interface Escalation {
  readonly afterMs: number;
  readonly match: Matcher;
  /** What it rises to; it never falls. */
  readonly severity?: Severity;
  /** Beside those it went to before. */
  readonly channels: readonly string[];
}

/** While an alert that fits `when` fires and was notified, those that fit `mute` are not notified. */
export interface Inhibition {
  readonly when: Matcher;
  readonly mute: Matcher;
  /** Both must have the same of these, too. */
  readonly equal: readonly 'source'[];
  /** One that no run saw failing for this long inhibits nothing any more. */
  readonly withinMs: number;
}

/** Alerts that fit are not notified until a moment, because somebody said so. */
export interface Silence {
  readonly match: Matcher;
  /** Epoch milliseconds. */
  readonly from?: number;
  readonly until: number;
  readonly reason: string;
  readonly by?: string;
}

/** Alerts that fit are not notified in a window that comes again and again. */
export interface MaintenanceWindow {
  readonly name: string;
  readonly match: Matcher;
  readonly durationMs: number;
  /** IANA name; the times of the schedule are wall times there. */
  readonly timeZone: string;
  readonly schedule: CronSchedule | RruleSchedule;
}

export interface CronSchedule {
  readonly kind: 'cron';
  readonly pattern: string;
}

export interface RruleSchedule {
  readonly kind: 'rrule';
  readonly rule: string;
  /** The wall time of the first window: `2026-01-04T02:00`. */
  readonly start: string;
}
