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
  /** The root cause that the report names, if it is more than this alert's own message. */
  readonly cause?: string;
  /** What this alert explains: failed checks of the same report that are no alerts of their own. */
  readonly explains?: readonly string[];
  /** What to do first. */
  readonly firstStep?: string;
  readonly runbook?: string;
  /** It happened and is over (a rollback was executed): notified once, never resolved. */
  readonly event: boolean;
}

/** Something that passes again. An undefined type or check matches every one of the source. */
export interface ResolvedCandidate {
  readonly type?: string;
  readonly source: string;
  readonly check?: string;
  /** Written by a person (`resolve: true`): notified even where no state knows of the alert. */
  readonly asked: boolean;
  /** What is notified then, and what stands in the report where nothing was firing. */
  readonly fallback?: FiringAlert;
}

/** One common alert: what it means and what to do first, written for whoever is woken by it. */
export interface AlertType {
  readonly title: string;
  readonly severity: Severity;
  readonly meaning: string;
  readonly firstStep: string;
  /** It happened and is over: notified once, never resolved. */
  readonly event?: boolean;
  /** Where it says what to do; for the common alerts this project's own documentation if not given. */
  readonly runbook?: string;
}

/** What one run has to say. */
export interface Incoming {
  readonly firing: readonly FiringAlert[];
  readonly resolvedCandidates: readonly ResolvedCandidate[];
  /** Says in words why there is nothing to tell, where there is not. */
  readonly nothing?: string;
}

/** The title, with the source where the title does not name it. */
export function headingOf(alert: { readonly title: string; readonly source: string }): string {
  const named = alert.title.toLowerCase().includes(alert.source.toLowerCase());
  return named ? alert.title : `${alert.title}: ${alert.source}`;
}

/** Whether an alert is what passes again. */
export function answers(
  candidate: ResolvedCandidate,
  alert: { readonly type: string; readonly source: string; readonly check: string },
): boolean {
  return (
    candidate.source === alert.source &&
    (candidate.check === undefined || candidate.check === alert.check) &&
    (candidate.type === undefined || candidate.type === alert.type)
  );
}
