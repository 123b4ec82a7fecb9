import type { AlertMemory } from '../log/memory.ts';
import type { FiringAlert } from '../model/alert.ts';
import type { Decision, Judged, PolicyRun } from './decision.ts';
import { deduplicate } from './deduplication.ts';
import { type Inhibitor, inhibitedBy } from './inhibition.ts';
import { matches } from './matcher.ts';
import { type PolicyRules, routeFor } from './rules.ts';
import {
  claimed,
  isClaimedByOther,
  seenFiring,
  unfinished,
  waiting,
  withDeadClaimRecorded,
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
  const known = stored && withDeadClaimRecorded(stored);
  const seen = seenFiring(given, known, run);
  const route = routeFor(given, run.now - seen.firedAt, rules);
  const alert = route.severity === given.severity ? given : { ...given, severity: route.severity };
  const quiet = quietFor(alert, known, inhibitors, rules, run);
  if (quiet) return heldQuiet(alert, seen, quiet, known);

  const verdict = run.blind
    ? { ...run.blind, channels: route.channels }
    : deduplicate({ alert, seen, known, route }, rules, run);
  const base = {
    alert,
    kind: 'firing' as const,
    rule: verdict.rule,
    reason: verdict.reason,
    level: route.level,
  };
  if (verdict.channels === undefined) {
    // What nobody was notified of is held only for as long as it has not failed often enough.
    const pending = !seen.notified;
    return {
      decision: { ...base, action: 'hold', status: 'suppressed', channels: [] },
      memory: { ...seen, held: seen.held + 1, ...(pending ? { status: 'pending' } : {}) },
      essential: pending,
    };
  }
  const memory = claimed(seen, 'firing', verdict, verdict.channels, rules, run);
  return {
    decision: {
      ...base,
      action: 'send',
      status: 'sent',
      channels: verdict.channels,
      ...(verdict.recipients === undefined ? {} : { recipients: verdict.recipients }),
      memory,
    },
    memory,
    essential: true,
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
  // A message under route is finished: half of the people have been notified.
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
