import { compareSeverity, type Severity } from '../../report/vocabulary.ts';
import type { FiringAlert } from '../model/alert.ts';
import type { Escalation, Inhibition, Route } from '../model/rules.ts';
import { matches } from './matcher.ts';
import type { Quiet } from './silences.ts';

/** What the user set; times in milliseconds, channels by their keys. */
export interface PolicyRules {
  readonly repeatIntervalMs: number;
  readonly sendResolved: boolean;
  readonly claimMs: number;
  /** Runs in a row that must see it failing before it is notified; passing before it is over. */
  readonly failureThreshold: number;
  readonly successThreshold: number;
  /** Where a message goes that no route sends elsewhere. */
  readonly channels: readonly string[];
  /** Every channel there is, those of routes and escalations included. */
  readonly allChannels: readonly string[];
  readonly routes: readonly Route[];
  /** Shortest time first. */
  readonly escalations: readonly Escalation[];
  readonly inhibitions: readonly Inhibition[];
  /** The silences and windows that hold now. */
  readonly quiet: readonly Quiet[];
}

/** Where an alert goes and how often, by the routes and by how far it has escalated. */
export interface MatchedRoute {
  readonly channels: readonly string[];
  readonly repeatIntervalMs: number;
  /** The alert's own severity, or what it has escalated to. */
  readonly severity: Severity;
  /** How many steps of escalation it has behind it. */
  readonly level: number;
}

/** @param firingMs how long it fires. */
export function routeFor(alert: FiringAlert, firingMs: number, rules: PolicyRules): MatchedRoute {
  const steps = rules.escalations.filter(
    ({ afterMs, match }) => firingMs >= afterMs && matches(match, alert),
  );
  let severity = alert.severity;
  for (const step of steps) {
    if (step.severity && compareSeverity(step.severity, severity) > 0) severity = step.severity;
  }
  const channels = new Set<string>();
  let repeatIntervalMs: number | undefined;
  let routed = false;
  for (const route of rules.routes) {
    if (!matches(route.match, { ...alert, severity })) continue;
    routed = true;
    for (const channel of route.channels) channels.add(channel);
    repeatIntervalMs = Math.min(
      repeatIntervalMs ?? Number.POSITIVE_INFINITY,
      route.repeatIntervalMs ?? rules.repeatIntervalMs,
    );
    if (!route.continue) break;
  }
  if (!routed) for (const channel of rules.channels) channels.add(channel);
  for (const step of steps) for (const channel of step.channels) channels.add(channel);
  return {
    channels: [...channels],
    repeatIntervalMs: repeatIntervalMs ?? rules.repeatIntervalMs,
    severity,
    level: steps.length,
  };
}

/** Whether somebody beyond the run's own log was notified, or there is nobody else to tell. */
export function reachesSomebody(channels: readonly string[], rules: PolicyRules): boolean {
  return channels.some((channel) => channel !== 'log') || rules.allChannels.every((key) => key === 'log');
}

/** A channel that was taken out of the configuration is undelivered nothing any more. */
export function configured(channels: readonly string[], rules: PolicyRules): readonly string[] {
  return channels.filter((channel) => rules.allChannels.includes(channel));
}
