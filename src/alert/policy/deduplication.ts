import { compareSeverity } from '../../report/vocabulary.ts';
import { formatDuration } from '../../support/duration.ts';
import type { AlertMemory } from '../log/memory.ts';
import type { FiringAlert } from '../model/alert.ts';
import { CLOCK_TOLERANCE_MS, type PolicyRun, type Rule } from './decision.ts';
import type { MatchedRoute, PolicyRules } from './rules.ts';
import { outdated, undeliveredRule, unfinished } from './transitions.ts';

/** An alert that fires, with what earlier runs know of it. */
interface Seen {
  readonly alert: FiringAlert;
  /** With this run counted in. */
  readonly seen: AlertMemory;
  /** As earlier runs left it; undefined if none saw it. */
  readonly known: AlertMemory | undefined;
  readonly route: MatchedRoute;
}

/**
 * Deduplication: whether a firing alert is sent now, or was notified already and is held. The first rule that fits
 * decides. Pure.
 */
export function deduplicate(at: Seen, rules: PolicyRules, run: PolicyRun): Rule {
  const rule = ruleFor(at, rules, run);
  if (rule.channels !== undefined || at.alert.event || !at.known || !outdated(at.known, run)) return rule;
  const last = (run.stamp?.number ?? 1) - 1;
  return {
    rule: 'history-outdated',
    reason: `The history is older than run ${last}, so a resolve may be missing from it; sent to be safe.`,
    channels: at.route.channels,
  };
}

function ruleFor({ alert, seen, known, route }: Seen, rules: PolicyRules, run: PolicyRun): Rule {
  const left = unfinished(known, 'firing', rules);
  if (left) return left;
  const { channels } = route;
  const notified = seen.notified;
  if (!notified) return firstTime(alert, seen, known, channels, rules);
  const undelivered = () => undeliveredRule(seen, rules, 'The last message');
  if (alert.event) {
    const missed = undelivered();
    if (missed) return missed;
    // A custom event has no name that sets it apart from the next: after the interval it is another one.
    if (alert.check === '')
      return byTime(run.now - notified.at, channels, route.repeatIntervalMs, 'Happened again');
    return { rule: 'event-already-notified', reason: 'It happened once and was notified.' };
  }
  if (route.level > notified.level) {
    const fires = formatDuration(run.now - seen.firedAt);
    return { rule: 'escalated', reason: `Firing for ${fires}, now ${alert.severity}.`, channels };
  }
  if (compareSeverity(alert.severity, notified.severity) > 0) {
    const reason = `Its severity rose from ${notified.severity} to ${alert.severity}.`;
    return { rule: 'severity-rose', reason, channels };
  }
  const missed = undelivered();
  if (missed) return missed;
  const people = channels.filter((channel) => channel !== 'log');
  if (people.length > 0 && !people.some((channel) => notified.channels.includes(channel))) {
    const reason = `Notified before, but not by ${people.join(', ')}, where it is routed now.`;
    return { rule: 'new-channels', reason, channels };
  }
  return byTime(run.now - notified.at, channels, route.repeatIntervalMs, 'Still firing');
}

function firstTime(
  alert: FiringAlert,
  seen: AlertMemory,
  known: AlertMemory | undefined,
  channels: readonly string[],
  rules: PolicyRules,
): Rule {
  if (!alert.event && seen.failures < rules.failureThreshold) {
    return {
      rule: 'below-failure-threshold',
      reason: `Failed in ${seen.failures} of ${rules.failureThreshold} runs in a row that are needed to notify.`,
    };
  }
  const rule = 'first-notification';
  if (alert.event) return { rule, reason: 'It happened once; there is nothing to resolve later.', channels };
  if (known?.status === 'resolved') return { rule, reason: 'Firing again after it was resolved.', channels };
  if (known?.quiet) return { rule, reason: `Still firing and no longer ${known.quiet}.`, channels };
  if (known?.undelivered)
    return { rule, reason: 'Still firing, and no message about it has arrived yet.', channels };
  const reason =
    rules.failureThreshold > 1 ? `Failed in ${seen.failures} runs in a row.` : 'It was not firing before.';
  return { rule, reason, channels };
}

function byTime(elapsed: number, channels: readonly string[], repeatIntervalMs: number, what: string): Rule {
  const every = formatDuration(repeatIntervalMs);
  if (elapsed < -CLOCK_TOLERANCE_MS) {
    return {
      rule: 'clock-went-back',
      reason: `The last notification is dated ${formatDuration(-elapsed)} in the future (clock moved back).`,
      channels,
    };
  }
  const ago = formatDuration(Math.max(0, elapsed));
  if (elapsed >= repeatIntervalMs) {
    return {
      rule: 'repeat-interval-elapsed',
      reason: `${what}; last notified ${ago} ago, repeated every ${every}.`,
      channels,
    };
  }
  return { rule: 'within-repeat-interval', reason: `Notified ${ago} ago; repeated every ${every}.` };
}
