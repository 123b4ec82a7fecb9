import type { AlertMemory } from '../log/memory.ts';
import type { FiringAlert } from '../model/alert.ts';
import { cut } from '../model/text.ts';
import { CLOCK_TOLERANCE_MS, type Judged, type PolicyRun, type Rule } from './decision.ts';
import { configured, type PolicyRules } from './rules.ts';

/** Changes of what is remembered of an alert. Pure. */

/** A run saw it failing. */
export function seenFiring(
  alert: FiringAlert,
  known: AlertMemory | undefined,
  { now, stamp }: Pick<PolicyRun, 'now' | 'stamp'>,
): AlertMemory {
  // Where somebody may have been notified that it is over, its firing is news again.
  const over = known?.status === 'resolved' || known?.claim?.kind === 'resolved';
  // An event that was notified is over ever since; to see it again is no news of it.
  const again = alert.event && known?.notified !== undefined;
  const fresh = known === undefined || (over && !again && known.claim?.kind !== 'firing');
  const {
    notified,
    undelivered,
    quiet,
    inherited,
    claim: _,
    resolvedAt,
    ...rest
  } = known ?? newMemory(alert, now);
  return {
    ...rest,
    ...descriptionOf(alert),
    status: again ? 'resolved' : 'firing',
    episode: fresh ? rest.episode + 1 : rest.episode,
    firedAt: fresh ? now : Math.min(rest.firedAt, now),
    seenAt: now,
    ...(stamp === undefined ? {} : { seenBy: stamp }),
    failures: fresh ? 1 : rest.failures + 1,
    passes: 0,
    references: fresh ? {} : rest.references,
    ...(again && resolvedAt !== undefined ? { resolvedAt } : {}),
    ...(fresh || notified === undefined ? {} : { notified }),
    ...(fresh || quiet === undefined ? {} : { quiet }),
    ...(fresh || inherited === undefined ? {} : { inherited }),
    // What is undelivered of the end of an alert that fires again needs no telling any more.
    ...(fresh || undelivered?.kind !== 'firing' ? {} : { undelivered }),
  };
}

export function newMemory(alert: FiringAlert, now: number): AlertMemory {
  const { fingerprint, type, source, check } = alert;
  const counters = { episode: 0, failures: 0, passes: 0, held: 0 };
  const names = { fingerprint, type, source, check, references: {} };
  return { ...names, ...descriptionOf(alert), ...counters, status: 'pending', firedAt: now, seenAt: now };
}

/** What may change while it is still the same alert; cut, because the memory keeps its size. */
function descriptionOf(alert: FiringAlert) {
  const labels = Object.entries(alert.labels).slice(0, 10);
  return {
    severity: alert.severity,
    title: cut(alert.title, 150),
    message: cut(alert.message, 300),
    ...(alert.event ? { event: true } : {}),
    labels: Object.fromEntries(labels.map(([name, value]) => [cut(name, 60), cut(value, 100)])),
  };
}

/** The run takes it upon itself to tell it. */
export function claimed(
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
      notifiedBefore: verdict.notifiedBefore ?? memory.notified?.count ?? 0,
    },
  };
}

export function resolved(memory: AlertMemory, now: number): AlertMemory {
  const { claim: _, undelivered: __, quiet: ___, inherited: ____, ...rest } = memory;
  return { ...rest, status: 'resolved', resolvedAt: now, seenAt: now };
}

/** A claim whose sender died after its message was everywhere: that message counts as notified. */
export function withDeadClaimRecorded(known: AlertMemory): AlertMemory {
  const { claim, ...rest } = known;
  if (!claim || claim.channels.some((channel) => !claim.delivered.includes(channel))) return known;
  if (claim.kind === 'resolved' && claim.missed === undefined) return resolved(rest, claim.at);
  const channels = [...new Set([...(rest.notified?.channels ?? []), ...claim.delivered])];
  const { missed } = claim;
  const { severity, notified } = rest;
  return {
    ...rest,
    ...(missed === undefined
      ? {}
      : { undelivered: { kind: claim.kind, channels: Object.keys(missed), recipients: missed } }),
    notified: {
      at: claim.at,
      severity,
      count: (notified?.count ?? 0) + 1,
      level: notified?.level ?? 0,
      channels,
    },
  };
}

/** Whether another run holds a claim that has not run out. */
export function isClaimedByOther(known: AlertMemory, run: PolicyRun, rules: PolicyRules): boolean {
  const claim = known.claim;
  if (!claim || claim.id === run.claimId || run.abandoned?.has(claim.id)) return false;
  const left = claim.until - run.now;
  // One that ends later than any claim can was made by a clock that has since gone back.
  return left > 0 && left <= rules.claimMs + CLOCK_TOLERANCE_MS;
}

export function waiting(alert: FiringAlert, known: AlertMemory): Judged {
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

/** A message that was begun and not finished: its sender died, or a channel refused it. */
export function unfinished(
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
        notifiedBefore: claim.notifiedBefore,
      };
    }
  }
  if (kind === 'resolved' && known?.undelivered?.kind === 'resolved') {
    const left = undeliveredRule(known, rules, 'The resolved notification');
    if (left) return left;
  }
  return undefined;
}

/** What the memory knows of an alert, to be notified as over. */
export function alertOfMemory(memory: AlertMemory, environment: string): FiringAlert {
  const { fingerprint, type, source, check, severity, title, message, labels } = memory;
  const names = { fingerprint, type, environment, source, check, severity, title };
  return { ...names, message, facts: [], labels, event: false };
}

/** The rule that what the last message missed is sent; undefined if nothing is undelivered. */
export function undeliveredRule(known: AlertMemory, rules: PolicyRules, what: string): Rule | undefined {
  const channels = configured(known.undelivered?.channels ?? [], rules);
  if (channels.length === 0) return undefined;
  const { recipients, notifiedBefore } = known.undelivered ?? {};
  const names = channels.map((key) => (recipients?.[key] ? `${recipients[key].join(', ')} (${key})` : key));
  const reason = `${what} did not reach ${names.join(', ')}.`;
  return { rule: 'undelivered', reason, channels, recipients, notifiedBefore };
}

/**
 * Whether what is known of an alert comes from before the last run, by the numbers of the runs: a cached state can
 * be older than that, and a resolve lost with its cache would suppress the next outage.
 */
export function outdated(known: AlertMemory, { stamp, mayBeOutdated }: PolicyRun): boolean {
  const seen = known.seenBy;
  if (!mayBeOutdated || stamp === undefined || seen === undefined || seen.workflow !== stamp.workflow)
    return false;
  if (seen.number === stamp.number) return seen.attempt < stamp.attempt - 1;
  return seen.number < stamp.number - 1;
}
