import type {
  Alert,
  AlertSeverity,
  AlertsHistoryAnswer,
  AlertsSummaryAnswer,
  AlertType,
  Reason,
} from '../model/answers.ts';
import { severityOf } from './rules.ts';

/** The most that the history holds; the oldest goes first. */
export const HISTORY_LIMIT = 1_000;

/** One odd sample is no alert, and one good one no recovery. */
const FIRE_AFTER = 2;
const RESOLVE_AFTER = 2;

const SEVERITIES: readonly AlertSeverity[] = ['info', 'warning', 'error', 'critical'];

interface Entry {
  readonly id: string;
  readonly type: AlertType;
  severity: AlertSeverity;
  message: string;
  value: number | null;
  threshold: number | null;
  readonly unit: Reason['unit'];
  readonly startedAt: number;
  resolvedAt: number | null;
}

interface Watch {
  /** Evaluations in a row that were broken, or clear while the alert fires. */
  broken: number;
  clear: number;
  firstSeenAt: number;
  entry: Entry | null;
}

/** What is firing and what has fired. One alert a type at a time; at most HISTORY_LIMIT kept. */
export class AlertBook {
  readonly #watches = new Map<AlertType, Watch>();
  readonly #history: Entry[] = [];
  #sequence = 0;
  #firedTotal = 0;
  #resolvedTotal = 0;

  /**
   * Takes in the rules that are broken now. An alert fires when its rule was broken twice in a row (a lost
   * database at once) and is resolved when it was clear twice in a row.
   * @param now epoch milliseconds
   * @param only this rule was looked at again, out of turn; the others wait for theirs
   * @returns the alerts that fired, grew more severe or were resolved by this
   */
  update(reasons: readonly Reason[], now: number, only?: AlertType): Alert[] {
    const changed: Entry[] = [];
    const concerned = (type: AlertType): boolean => only === undefined || type === only;
    const broken = new Map(
      reasons.filter(({ rule }) => concerned(rule)).map((reason) => [reason.rule, reason]),
    );
    for (const [type, watch] of this.#watches) {
      if (broken.has(type) || !concerned(type)) continue;
      watch.broken = 0;
      watch.clear++;
      if (watch.entry === null) {
        this.#watches.delete(type);
      } else if (watch.clear >= RESOLVE_AFTER) {
        watch.entry.resolvedAt = now;
        this.#resolvedTotal++;
        changed.push(watch.entry);
        this.#watches.delete(type);
      }
    }
    for (const [type, reason] of broken) {
      const watch = this.#watches.get(type) ?? { broken: 0, clear: 0, firstSeenAt: now, entry: null };
      this.#watches.set(type, watch);
      watch.broken++;
      watch.clear = 0;
      if (watch.entry !== null) {
        if (this.#refresh(watch.entry, reason)) changed.push(watch.entry);
      } else if (watch.broken >= (type === 'database-down' ? 1 : FIRE_AFTER)) {
        watch.entry = this.#fire(reason, watch.firstSeenAt);
        changed.push(watch.entry);
      }
    }
    return changed.map((entry) => shown(entry, now));
  }

  summary(now: number): Omit<AlertsSummaryAnswer, 'timestamp' | 'status'> {
    const active = [...this.#watches.values()].flatMap(({ entry }) => (entry === null ? [] : [entry]));
    const byType: Partial<Record<AlertType, number>> = {};
    for (const { type } of this.#history) byType[type] = (byType[type] ?? 0) + 1;
    const firedSince = (since: number) => this.#history.filter(({ startedAt }) => startedAt >= since).length;
    return {
      firing: active.length,
      firingBySeverity: bySeverity(active),
      active: active
        .sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
        .map((entry) => shown(entry, now)),
      history: {
        size: this.#history.length,
        limit: HISTORY_LIMIT,
        firedTotal: this.#firedTotal,
        resolvedTotal: this.#resolvedTotal,
        firedLastHour: firedSince(now - 3_600_000),
        firedLastDay: firedSince(now - 86_400_000),
        bySeverity: bySeverity(this.#history),
        byType,
      },
    };
  }

  /** @param severity only these; null for all */
  history(
    now: number,
    limit: number,
    severity: readonly AlertSeverity[] | null,
  ): Omit<AlertsHistoryAnswer, 'timestamp'> {
    const matching = this.#history.filter((entry) => severity === null || severity.includes(entry.severity));
    const newest = limit === 0 ? [] : matching.slice(-limit).reverse();
    return { matched: matching.length, limit, severity, alerts: newest.map((entry) => shown(entry, now)) };
  }

  #fire(reason: Reason, since: number): Entry {
    this.#sequence++;
    this.#firedTotal++;
    const { rule, message, value, threshold, unit } = reason;
    const entry: Entry = {
      id: `${rule}-${this.#sequence}`,
      type: rule,
      severity: severityOf(reason),
      message,
      value,
      threshold,
      unit,
      startedAt: since,
      resolvedAt: null,
    };
    this.#history.push(entry);
    if (this.#history.length > HISTORY_LIMIT) this.#history.shift();
    return entry;
  }

  /** Keeps the worst severity that the alert had. @returns whether it grew */
  #refresh(entry: Entry, reason: Reason): boolean {
    const severity = severityOf(reason);
    const grew = SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(entry.severity);
    if (grew) entry.severity = severity;
    entry.message = reason.message;
    entry.value = reason.value;
    entry.threshold = reason.threshold;
    return grew;
  }
}

function shown(entry: Entry, now: number): Alert {
  const { startedAt, resolvedAt, ...rest } = entry;
  return {
    ...rest,
    status: resolvedAt === null ? 'firing' : 'resolved',
    startedAt: new Date(startedAt).toISOString(),
    resolvedAt: resolvedAt === null ? null : new Date(resolvedAt).toISOString(),
    // The wall clock may jump back; a duration is never negative.
    durationSeconds: Math.max(0, ((resolvedAt ?? now) - startedAt) / 1_000),
  };
}

function bySeverity(entries: readonly Entry[]): Record<AlertSeverity, number> {
  const counts = { info: 0, warning: 0, error: 0, critical: 0 };
  for (const { severity } of entries) counts[severity]++;
  return counts;
}
