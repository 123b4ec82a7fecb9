import type { Severity } from '../../report/vocabulary.ts';

export const CHANNEL_NAMES = ['slack', 'email', 'github-issue', 'webhook', 'log'] as const;
export type ChannelName = (typeof CHANNEL_NAMES)[number];

/** A short `label: value` line that a message shows about an alert. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** Something that is wrong now. All texts may come from outside and are data, never markup. */
export interface FiringAlert {
  /** Names the alert: a hash of type, environment, source and check. */
  readonly fingerprint: string;
  readonly type: string;
  readonly environment: string;
  /** Who or what is in trouble: the target, the service. */
  readonly source: string;
  /** Which check found it; empty where the source has only one. */
  readonly check: string;
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
  readonly facts: readonly Fact[];
  readonly labels: Readonly<Record<string, string>>;
  /** What to do first. */
  readonly firstStep?: string;
  readonly runbook?: string;
  /** It happened and is over (a rollback was executed): told once, never resolved. */
  readonly event: boolean;
}

/** Something that passes again. An undefined type or check matches every one of the source. */
export interface PassingCheck {
  readonly type?: string;
  readonly source: string;
  readonly check?: string;
  /** Written by a person (`resolve: true`): told even where no state knows of the alert. */
  readonly asked: boolean;
  /** What is told then, and what stands in the report where nothing was firing. */
  readonly fallback?: FiringAlert;
}

/** What one run has to say. */
export interface Incoming {
  readonly firing: readonly FiringAlert[];
  readonly passing: readonly PassingCheck[];
  /** Says in words why there is nothing to tell, where there is not. */
  readonly nothing?: string;
}

/** The title, with the source where the title does not name it. */
export function headingOf(alert: { readonly title: string; readonly source: string }): string {
  const named = alert.title.toLowerCase().includes(alert.source.toLowerCase());
  return named ? alert.title : `${alert.title}: ${alert.source}`;
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2, critical: 3 };

/** Positive where `a` is worse than `b`. */
export function compareSeverity(a: Severity, b: Severity): number {
  return RANK[a] - RANK[b];
}

/** Whether an alert is what passes again. */
export function answers(
  passing: PassingCheck,
  alert: { readonly type: string; readonly source: string; readonly check: string },
): boolean {
  return (
    passing.source === alert.source &&
    (passing.check === undefined || passing.check === alert.check) &&
    (passing.type === undefined || passing.type === alert.type)
  );
}

/** The worst of several; info where there is none. */
export function worstSeverity(severities: Iterable<Severity>): Severity {
  let worst: Severity = 'info';
  for (const severity of severities) if (compareSeverity(severity, worst) > 0) worst = severity;
  return worst;
}
