import type { AlertStatus } from '../report/schema.ts';
import { formatDuration } from '../support/duration.ts';
import { remember } from './history.ts';
import type { AlertMemory, Memory } from './memory.ts';
import { compareSeverity, type FiringAlert, type Incoming, type PassingCheck } from './model.ts';

/** What the user set; times in milliseconds. */
export interface PolicyRules {
  readonly repeatIntervalMs: number;
  readonly sendResolved: boolean;
  readonly claimMs: number;
  /** Where a message goes that no rule sends elsewhere. */
  readonly channels: readonly string[];
}

/** Who decides and when. */
export interface PolicyRun {
  readonly environment: string;
  /** Wall time, epoch milliseconds. */
  readonly now: number;
  /** The run's own id, under which it claims what it is about to send. */
  readonly claimId: string;
  /** The run in words, for other runs' messages. */
  readonly holder: string;
  /** No memory could be had: why, by name and in words. Then everything is told. */
  readonly blind?: { readonly rule: string; readonly reason: string };
}

/** What happens to one alert, by which rule and why. */
export interface Decision {
  readonly alert: FiringAlert;
  readonly kind: 'firing' | 'resolved';
  /** `wait`: another run is sending it right now; look again soon. */
  readonly action: 'send' | 'hold' | 'wait';
  /** What the report says: of `send` what it becomes once delivered. */
  readonly status: AlertStatus;
  readonly rule: string;
  readonly reason: string;
  /** Where it is sent. */
  readonly channels: readonly string[];
  /** Of `send`: what the memory knows of the alert, for threads and message ids. */
  readonly memory?: AlertMemory;
}

export interface Outcome {
  readonly decisions: readonly Decision[];
  readonly memory: Memory;
  /** Whether the new memory must be written; else it only counts what was held. */
  readonly essential: boolean;
}

/** Clocks of two machines may differ by this much without anybody having gone back in time. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/**
 * Decides over everything that a run has to say, and claims what is to be sent. Pure: the same memory,
 * incoming, rules and run give the same outcome.
 */
export function decide(memory: Memory, incoming: Incoming, rules: PolicyRules, run: PolicyRun): Outcome {
  const alerts = new Map(memory.alerts);
  let history = memory.history;
  let essential = false;
  const decisions: Decision[] = [];
  const keep = (judged: Judged) => {
    if (judged.memory) alerts.set(judged.memory.fingerprint, judged.memory);
    essential ||= judged.essential;
    decisions.push(judged.decision);
  };

  for (const passing of incoming.passing) {
    const known = [...alerts.values()].filter((alert) => answers(alert, passing));
    for (const alert of known) keep(judgePassing(alert, rules, run));
    if (known.length === 0 && passing.asked && passing.fallback) {
      if (run.blind && rules.sendResolved) keep(blindResolved(passing.fallback, run.blind, rules, run));
      else decisions.push(nothingFiring(passing.fallback));
    }
  }
  for (const alert of incoming.firing) {
    for (const other of alerts.values()) {
      if (!isSuperseded(other, alert, run, rules)) continue;
      alerts.set(other.fingerprint, resolved(other, run.now));
      history = remember(history, {
        ...entryOf(other, run.now),
        event: 'resolved',
        rule: 'superseded',
        channels: {},
        lastedMs: Math.max(0, run.now - other.firedAt),
      });
      essential = true;
    }
    keep(judgeFiring(alert, alerts.get(alert.fingerprint), rules, run));
  }
  return { decisions, memory: { alerts, history }, essential };
}

interface Judged {
  readonly decision: Decision;
  readonly memory?: AlertMemory;
  readonly essential: boolean;
}

function judgeFiring(
  alert: FiringAlert,
  stored: AlertMemory | undefined,
  rules: PolicyRules,
  run: PolicyRun,
): Judged {
  if (stored && isClaimedByOther(stored, run, rules)) return waiting(alert, stored);
  const known = stored && withDeadClaimSettled(stored);
  const seen = seenFiring(alert, known, run.now);
  const verdict = run.blind
    ? { ...run.blind, channels: rules.channels }
    : firingRule(alert, seen, known, rules, run.now);
  const base = { alert, kind: 'firing' as const, rule: verdict.rule, reason: verdict.reason };
  if (verdict.channels === undefined) {
    return {
      decision: { ...base, action: 'hold', status: 'suppressed', channels: [] },
      memory: { ...seen, held: seen.held + 1 },
      essential: false,
    };
  }
  const claimed = claim(seen, 'firing', verdict, verdict.channels, rules, run);
  return {
    decision: { ...base, action: 'send', status: 'sent', channels: verdict.channels, memory: claimed },
    memory: claimed,
    essential: true,
  };
}

interface Rule {
  readonly rule: string;
  readonly reason: string;
  /** Undefined: not told now. */
  readonly channels?: readonly string[];
  /** Of a message taken over from a run that died: where it already is. */
  readonly delivered?: readonly string[];
}

/** The first rule that fits decides. */
function firingRule(
  alert: FiringAlert,
  seen: AlertMemory,
  known: AlertMemory | undefined,
  rules: PolicyRules,
  now: number,
): Rule {
  const left = unfinished(known, 'firing', rules);
  if (left) return left;
  const told = seen.told;
  if (alert.event && known?.told) {
    return { rule: 'event-already-told', reason: 'It happened once and was told.' };
  }
  if (!told) {
    const again = known === undefined ? 'It was not firing before.' : 'It fires again after it was resolved.';
    return { rule: 'first-notification', reason: again, channels: rules.channels };
  }
  if (compareSeverity(alert.severity, told.severity) > 0) {
    return {
      rule: 'severity-rose',
      reason: `Its severity rose from ${told.severity} to ${alert.severity}.`,
      channels: rules.channels,
    };
  }
  const owed = configured(seen.owed?.channels ?? [], rules);
  if (owed.length > 0) {
    const reason = `The last message did not reach ${owed.join(', ')}.`;
    return { rule: 'delivery-owed', reason, channels: owed };
  }
  const elapsed = now - told.at;
  if (elapsed < -CLOCK_TOLERANCE_MS) {
    return {
      rule: 'clock-went-back',
      reason: `It was last told ${formatDuration(-elapsed)} in the future; the clock went back, so nothing can be said about the time since.`,
      channels: rules.channels,
    };
  }
  if (elapsed >= rules.repeatIntervalMs) {
    return {
      rule: 'repeat-interval-elapsed',
      reason: `It still fires and was last told ${formatDuration(elapsed)} ago; it is told again after ${formatDuration(rules.repeatIntervalMs)}.`,
      channels: rules.channels,
    };
  }
  return {
    rule: 'within-repeat-interval',
    reason: `It was told ${formatDuration(Math.max(0, elapsed))} ago and is told again after ${formatDuration(rules.repeatIntervalMs)}.`,
  };
}

function judgePassing(stored: AlertMemory, rules: PolicyRules, run: PolicyRun): Judged {
  const alert = alertOfMemory(stored, run.environment);
  if (isClaimedByOther(stored, run, rules)) return waiting(alert, stored);
  const known = withDeadClaimSettled(stored);
  const alreadyOver = known.status === 'resolved' && known.owed?.kind !== 'resolved' && !known.claim;
  if (alreadyOver) {
    const reason = 'The run that told that it is over died after telling it.';
    return {
      decision: {
        alert,
        kind: 'resolved',
        action: 'hold',
        status: 'resolved',
        rule: 'already-told',
        reason,
        channels: [],
      },
      memory: known,
      essential: true,
    };
  }
  const seen: AlertMemory = {
    ...known,
    seenAt: run.now,
    failures: 0,
    passes: known.passes + 1,
  };
  const base = { alert, kind: 'resolved' as const };
  const lasted = formatDuration(Math.max(0, run.now - known.firedAt));
  const reached = new Set([...(known.told?.channels ?? []), ...(known.owed?.channels ?? [])]);
  const left = unfinished(known, 'resolved', rules);
  if (left?.channels) {
    const claimed = claim(seen, 'resolved', left, left.channels, rules, run);
    return {
      decision: {
        ...base,
        rule: left.rule,
        reason: left.reason,
        action: 'send',
        status: 'resolved',
        channels: left.channels,
        memory: claimed,
      },
      memory: claimed,
      essential: true,
    };
  }
  // An interrupted sender may have told the firing: then its end must be told as well.
  for (const channel of known.claim?.channels ?? []) reached.add(channel);
  if (reached.size === 0 || !rules.sendResolved) {
    const rule = reached.size === 0 ? 'nobody-was-told' : 'send-resolved-off';
    const reason =
      reached.size === 0
        ? `It is over after ${lasted}; nobody had been told that it fired.`
        : `It is over after ${lasted}; send-resolved is false.`;
    return {
      decision: { ...base, action: 'hold', status: 'resolved', rule, reason, channels: [] },
      memory: resolved(seen, run.now),
      essential: true,
    };
  }
  const channels = rules.channels.filter((channel) => reached.has(channel));
  const where = channels.length > 0 ? channels : rules.channels;
  const verdict = { rule: 'resolved', reason: `It passes again after ${lasted}.` };
  const claimed = claim(seen, 'resolved', verdict, where, rules, run);
  return {
    decision: { ...base, ...verdict, action: 'send', status: 'resolved', channels: where, memory: claimed },
    memory: claimed,
    essential: true,
  };
}

/** A message that was begun and not finished: its sender died, or a channel refused it. */
function unfinished(
  known: AlertMemory | undefined,
  kind: 'firing' | 'resolved',
  rules: PolicyRules,
): Rule | undefined {
  const claim = known?.claim;
  if (claim?.kind === kind) {
    const missing = claim.channels.filter((channel) => !claim.delivered.includes(channel));
    const channels = configured(missing, rules);
    if (channels.length > 0) {
      return {
        rule: 'sender-died',
        reason: `The run that was sending it (${claim.holder}) did not finish.`,
        channels,
        delivered: claim.delivered,
      };
    }
  }
  if (kind === 'resolved' && known?.owed?.kind === 'resolved') {
    const channels = configured(known.owed.channels, rules);
    const reason = `The message that it is over did not reach ${channels.join(', ')}.`;
    if (channels.length > 0) return { rule: 'delivery-owed', reason, channels };
  }
  return undefined;
}

/** A channel that was taken out of the configuration is owed nothing any more. */
function configured(channels: readonly string[], rules: PolicyRules): readonly string[] {
  return channels.filter((channel) => rules.channels.includes(channel));
}

function waiting(alert: FiringAlert, known: AlertMemory): Judged {
  return {
    decision: {
      alert,
      kind: known.claim?.kind ?? 'firing',
      action: 'wait',
      status: 'suppressed',
      rule: 'claimed-by-another-run',
      reason: `Another run (${known.claim?.holder ?? 'unknown'}) is sending it.`,
      channels: [],
    },
    essential: false,
  };
}

function blindResolved(alert: FiringAlert, blind: Rule, rules: PolicyRules, run: PolicyRun): Judged {
  const claimed = claim(emptyMemory(alert, run.now), 'resolved', blind, rules.channels, rules, run);
  return {
    decision: {
      alert,
      kind: 'resolved',
      action: 'send',
      status: 'resolved',
      rule: blind.rule,
      reason: blind.reason,
      channels: rules.channels,
      memory: claimed,
    },
    memory: claimed,
    essential: true,
  };
}

function nothingFiring(alert: FiringAlert): Decision {
  return {
    alert,
    kind: 'resolved',
    action: 'hold',
    status: 'none',
    rule: 'not-firing',
    reason: 'No such alert is firing, so there is nothing to resolve.',
    channels: [],
  };
}

/** Whether another run holds a claim that has not run out. */
export function isClaimedByOther(known: AlertMemory, run: PolicyRun, rules: PolicyRules): boolean {
  const claim = known.claim;
  if (!claim || claim.id === run.claimId) return false;
  const left = claim.until - run.now;
  // One that ends later than any claim can was made by a clock that has since gone back.
  return left > 0 && left <= rules.claimMs + CLOCK_TOLERANCE_MS;
}

function answers(alert: AlertMemory, passing: PassingCheck): boolean {
  const same = alert.source === passing.source && alert.check === passing.check;
  const open = alert.status !== 'resolved' || alert.owed?.kind === 'resolved' || alert.claim !== undefined;
  return same && open && (passing.type === undefined || passing.type === alert.type);
}

/** The same check now fails in another way: one alert stands for it, not two. */
function isSuperseded(other: AlertMemory, by: FiringAlert, run: PolicyRun, rules: PolicyRules): boolean {
  return (
    by.check !== '' &&
    other.check === by.check &&
    other.source === by.source &&
    other.fingerprint !== by.fingerprint &&
    other.status !== 'resolved' &&
    !isClaimedByOther(other, run, rules)
  );
}

function seenFiring(alert: FiringAlert, known: AlertMemory | undefined, now: number): AlertMemory {
  // Where somebody may have been told that it is over, its firing is news again.
  const over = known?.status === 'resolved' || known?.claim?.kind === 'resolved';
  const fresh = known === undefined || (over && known.claim?.kind !== 'firing');
  const { told, owed, claim: _, resolvedAt: __, ...rest } = known ?? emptyMemory(alert, now);
  return {
    ...rest,
    severity: alert.severity,
    title: alert.title,
    status: 'firing',
    episode: fresh ? rest.episode + 1 : rest.episode,
    firedAt: fresh ? now : Math.min(rest.firedAt, now),
    seenAt: now,
    failures: fresh ? 1 : rest.failures + 1,
    passes: 0,
    references: fresh ? {} : rest.references,
    ...(fresh || told === undefined ? {} : { told }),
    // What is owed of the end of an alert that fires again needs no telling any more.
    ...(fresh || owed?.kind !== 'firing' ? {} : { owed }),
  };
}

function emptyMemory(alert: FiringAlert, now: number): AlertMemory {
  const { fingerprint, type, source, check, severity, title } = alert;
  const counters = { episode: 0, failures: 0, passes: 0, held: 0 };
  const base = { fingerprint, type, source, check, severity, title, references: {} };
  return { ...base, ...counters, status: 'pending', firedAt: now, seenAt: now };
}

function claim(
  memory: AlertMemory,
  kind: 'firing' | 'resolved',
  verdict: Rule,
  channels: readonly string[],
  rules: PolicyRules,
  run: PolicyRun,
): AlertMemory {
  return {
    ...memory,
    claim: {
      id: run.claimId,
      holder: run.holder,
      kind,
      rule: verdict.rule,
      at: run.now,
      until: run.now + rules.claimMs,
      channels: [...new Set([...(verdict.delivered ?? []), ...channels])],
      delivered: [...(verdict.delivered ?? [])],
    },
  };
}

/** A claim whose sender died after its message was everywhere: that message counts as told. */
function withDeadClaimSettled(known: AlertMemory): AlertMemory {
  const { claim, ...rest } = known;
  if (!claim || claim.channels.some((channel) => !claim.delivered.includes(channel))) return known;
  if (claim.kind === 'resolved') return resolved(rest, claim.at);
  const channels = [...new Set([...(rest.told?.channels ?? []), ...claim.delivered])];
  const told = { at: claim.at, severity: rest.severity, count: (rest.told?.count ?? 0) + 1, channels };
  return { ...rest, told };
}

function resolved(memory: AlertMemory, now: number): AlertMemory {
  const { claim: _, owed: __, ...rest } = memory;
  return { ...rest, status: 'resolved', resolvedAt: now, seenAt: now };
}

/** What the memory knows of an alert, to be told as over. */
export function alertOfMemory(memory: AlertMemory, environment: string): FiringAlert {
  const { fingerprint, type, source, check, severity, title } = memory;
  const names = { fingerprint, type, environment, source, check, severity, title };
  return { ...names, message: '', facts: [], labels: {}, event: false };
}

/** The part of a history entry that is the alert's own. */
export function entryOf(
  alert: Pick<AlertMemory, 'fingerprint' | 'type' | 'severity' | 'source' | 'check' | 'title'>,
  at: number,
) {
  const { fingerprint, type, severity, source, check, title } = alert;
  return { at, fingerprint, type, severity, source, check, title };
}
