import { formatDuration } from '../../support/duration.ts';
import type { AlertMemory } from '../log/memory.ts';
import { compareSeverity, type FiringAlert } from '../model/alert.ts';
import { CLOCK_TOLERANCE_MS, type Decision, type Judged, type PolicyRun, type Rule } from './decision.ts';
import { type Inhibitor, inhibitedBy } from './inhibition.ts';
import { matches } from './matcher.ts';
import { configured, type PolicyRules, type Way, wayOf } from './rules.ts';
import {
  claimed,
  isClaimedByOther,
  seenFiring,
  unfinished,
  waiting,
  withDeadClaimSettled,
} from './transitions.ts';

/** Decides over an alert that fires. Pure. */
export function judgeFiring(
  given: FiringAlert,
  stored: AlertMemory | undefined,
  inhibitors: Iterable<Inhibitor>,
  rules: PolicyRules,
  run: PolicyRun,
): Judged {
  if (stored && isClaimedByOther(stored, run, rules)) return waiting(given, stored);
  const known = stored && withDeadClaimSettled(stored);
  const seen = seenFiring(given, known, run.now);
  const way = wayOf(given, run.now - seen.firedAt, rules);
  const alert = way.severity === given.severity ? given : { ...given, severity: way.severity };
  const quiet = quietFor(alert, known, inhibitors, rules, run);
  if (quiet) return heldQuiet(alert, seen, quiet, known);

  const verdict = run.blind
    ? { ...run.blind, channels: way.channels }
    : firingRule(alert, seen, known, way, rules, run.now);
  const base = {
    alert,
    kind: 'firing' as const,
    rule: verdict.rule,
    reason: verdict.reason,
    level: way.level,
  };
  if (verdict.channels === undefined) {
    // What nobody was told of is held only for as long as it has not failed often enough.
    const pending = !seen.told;
    return {
      decision: { ...base, action: 'hold', status: 'suppressed', channels: [] },
      memory: { ...seen, held: seen.held + 1, ...(pending ? { status: 'pending' } : {}) },
      essential: pending,
    };
  }
  const memory = claimed(seen, 'firing', verdict, verdict.channels, rules, run);
  return {
    decision: { ...base, action: 'send', status: 'sent', channels: verdict.channels, memory },
    memory,
    essential: true,
  };
}

/** The first rule that fits decides. */
function firingRule(
  alert: FiringAlert,
  seen: AlertMemory,
  known: AlertMemory | undefined,
  way: Way,
  rules: PolicyRules,
  now: number,
): Rule {
  const left = unfinished(known, 'firing', rules);
  if (left) return left;
  const { channels } = way;
  const told = seen.told;
  if (!told) return firstTime(alert, seen, known, channels, rules);
  if (alert.event) return eventAgain(alert, seen, told, way, rules, now);
  if (way.level > told.level) {
    const fires = formatDuration(now - seen.firedAt);
    return {
      rule: 'escalated',
      reason: `It has been firing for ${fires} and is now ${alert.severity}.`,
      channels,
    };
  }
  if (compareSeverity(alert.severity, told.severity) > 0) {
    const reason = `Its severity rose from ${told.severity} to ${alert.severity}.`;
    return { rule: 'severity-rose', reason, channels };
  }
  const owed = stillOwed(seen, rules);
  if (owed) return owed;
  const people = channels.filter((channel) => channel !== 'log');
  if (people.length > 0 && !people.some((channel) => told.channels.includes(channel))) {
    const reason = `It was told, but not by ${people.join(', ')}, where it goes now.`;
    return { rule: 'new-channels', reason, channels };
  }
  return byTime(now - told.at, channels, way.repeatIntervalMs);
}

/** An event that was told: only who did not get the message hears of it again. */
function eventAgain(
  alert: FiringAlert,
  seen: AlertMemory,
  told: NonNullable<AlertMemory['told']>,
  way: Way,
  rules: PolicyRules,
  now: number,
): Rule {
  const owed = stillOwed(seen, rules);
  if (owed) return owed;
  // One of the user's own has no name that sets it apart from the next: after the interval it is another one.
  if (alert.check === '')
    return byTime(now - told.at, way.channels, way.repeatIntervalMs, 'It happened again');
  return { rule: 'event-already-told', reason: 'It happened once and was told.' };
}

function stillOwed(seen: AlertMemory, rules: PolicyRules): Rule | undefined {
  const owed = configured(seen.owed?.channels ?? [], rules);
  if (owed.length === 0) return undefined;
  const reason = `The last message did not reach ${owed.join(', ')}.`;
  return { rule: 'delivery-owed', reason, channels: owed, toldBefore: seen.owed?.toldBefore };
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
      reason: `It failed ${seen.failures} of ${rules.failureThreshold} times in a row; then it is told.`,
    };
  }
  const rule = 'first-notification';
  if (alert.event) return { rule, reason: 'It happened once; there is nothing to be over.', channels };
  if (known?.status === 'resolved')
    return { rule, reason: 'It fires again after it was resolved.', channels };
  if (known?.quiet) return { rule, reason: `It still fires and is no longer ${known.quiet}.`, channels };
  if (known?.owed)
    return { rule, reason: 'It still fires, and no message about it has arrived yet.', channels };
  const reason =
    rules.failureThreshold > 1 ? `It failed ${seen.failures} times in a row.` : 'It was not firing before.';
  return { rule, reason, channels };
}

function byTime(
  elapsed: number,
  channels: readonly string[],
  repeatIntervalMs: number,
  what = 'It still fires',
): Rule {
  const every = formatDuration(repeatIntervalMs);
  if (elapsed < -CLOCK_TOLERANCE_MS) {
    return {
      rule: 'clock-went-back',
      reason: `It was last told ${formatDuration(-elapsed)} in the future; the clock went back, so nothing can be said about the time since.`,
      channels,
    };
  }
  const ago = formatDuration(Math.max(0, elapsed));
  if (elapsed >= repeatIntervalMs) {
    return {
      rule: 'repeat-interval-elapsed',
      reason: `${what} and was last told ${ago} ago; it is told again after ${every}.`,
      channels,
    };
  }
  return {
    rule: 'within-repeat-interval',
    reason: `It was told ${ago} ago and is told again after ${every}.`,
  };
}

interface QuietRule {
  readonly status: 'muted' | 'inhibited';
  readonly rule: string;
  readonly reason: string;
  readonly inhibitor?: string;
}

/** Silences and maintenance are people's own words and come first; then causes that explain it. */
function quietFor(
  alert: FiringAlert,
  known: AlertMemory | undefined,
  inhibitors: Iterable<Inhibitor>,
  rules: PolicyRules,
  run: PolicyRun,
): QuietRule | undefined {
  const muted = rules.quiet.find(({ match }) => matches(match, alert));
  if (muted) return { status: 'muted', rule: muted.kind, reason: muted.words };
  // A message under way is finished: half of the people have been told.
  if (alert.event || unfinished(known, 'firing', rules)) return undefined;
  const by = inhibitedBy(alert, inhibitors, rules.inhibitions, run.now);
  if (!by) return undefined;
  return { status: 'inhibited', rule: 'inhibited', reason: by.reason, inhibitor: by.inhibitor.fingerprint };
}

function heldQuiet(
  alert: FiringAlert,
  seen: AlertMemory,
  quiet: QuietRule,
  known: AlertMemory | undefined,
): Judged {
  const { status, rule, reason, inhibitor } = quiet;
  const decision: Decision = {
    alert,
    kind: 'firing',
    action: 'hold',
    status,
    rule,
    reason,
    channels: [],
    ...(inhibitor === undefined ? {} : { inhibitor }),
  };
  // That it began is remembered: for how long it fires, and so that its end of quiet is noticed.
  const news = known?.quiet !== status || known.episode !== seen.episode;
  return { decision, memory: { ...seen, held: seen.held + 1, quiet: status }, essential: news };
}
