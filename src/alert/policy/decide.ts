import { entryOf, type HistoryEntry, remember } from '../log/history.ts';
import type { AlertMemory, Memory } from '../log/memory.ts';
import { answers, type FiringAlert, type Incoming, type ResolvedCandidate } from '../model/alert.ts';
import type { Decision, Judged, Outcome, PolicyRun } from './decision.ts';
import { judgeFiring } from './firing.ts';
import { canInhibit, type Inhibitor, inhibitorOf, inhibitorsFirst } from './inhibition.ts';
import { blindResolved, judgeResolved } from './resolved.ts';
import { type PolicyRules, reachesSomebody } from './rules.ts';
import { isClaimedByOther, outdated, resolved } from './transitions.ts';

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
    const { decision, memory: next } = judged;
    if (next) alerts.set(next.fingerprint, next);
    if (judged.essential && (decision.status === 'muted' || decision.status === 'inhibited')) {
      history = remember(history, {
        ...entryOf(decision.alert, run.now),
        event: decision.status,
        rule: decision.rule,
        channels: {},
      });
    }
    essential ||= judged.essential;
    decisions.push(decision);
  };

  for (const [candidate, known] of answered(alerts, incoming.resolvedCandidates)) {
    for (const alert of known) keep(judgeResolved(alert, candidate.asked, rules, run));
    if (known.length > 0 || !candidate.asked || !candidate.fallback) continue;
    if (run.blind && rules.sendResolved) keep(blindResolved(candidate.fallback, run.blind, rules, run));
    else decisions.push(nothingFiring(candidate.fallback));
  }

  const bySource = placesOf(alerts);
  const inhibitors = rememberedInhibitors(alerts, incoming, run, rules);
  for (const alert of inhibitorsFirst(incoming.firing, rules.inhibitions)) {
    const known = alerts.get(alert.fingerprint);
    const busy = known !== undefined && isClaimedByOther(known, run, rules);
    const superseded: AlertMemory[] = [];
    for (const fingerprint of busy ? [] : (bySource.get(placeOf(alert)) ?? [])) {
      const other = alerts.get(fingerprint);
      if (!other || !isSuperseded(other, alert, run, rules)) continue;
      superseded.push(other);
      alerts.set(other.fingerprint, resolved(other, run.now));
      inhibitors.delete(other.fingerprint);
      history = remember(history, supersededEntry(other, run.now));
      essential = true;
    }
    const judged = following(
      inheriting(judgeFiring(alert, known, inhibitors.values(), rules, run), superseded),
      alerts,
    );
    keep(judged);
    const { action, status } = judged.decision;
    // Only what is notified may keep others quiet; an event that was notified before is over, and explains nothing.
    const before = alert.event ? [] : (judged.memory?.notified?.channels ?? []);
    const notified =
      action !== 'hold' || (status === 'suppressed' && before.length > 0 && reachesSomebody(before, rules));
    if (notified && canInhibit(judged.decision.alert, rules))
      inhibitors.set(alert.fingerprint, {
        fingerprint: alert.fingerprint,
        alert: judged.decision.alert,
        seenAt: run.now,
      });
    else inhibitors.delete(alert.fingerprint);
  }
  return { decisions, memory: { ...memory, alerts, history }, essential };
}

/**
 * One alert takes the place of another about the same check: it goes on in the other's threads, and who was
 * notified of the other hears of its end.
 */
function inheriting(judged: Judged, from: readonly AlertMemory[]): Judged {
  const { memory } = judged;
  if (!memory || from.length === 0) return judged;
  const notified = from.flatMap(({ notified, undelivered, inherited }) => [
    ...(notified?.channels ?? []),
    ...(undelivered?.channels ?? []),
    ...(inherited ?? []),
  ]);
  const references = Object.assign({}, ...from.map((other) => other.references), memory.references);
  return withMemory(judged, {
    ...memory,
    references,
    ...(notified.length > 0 ? { inherited: [...new Set([...(memory.inherited ?? []), ...notified])] } : {}),
  });
}

/** The decision carries what is remembered only where it is sent. */
function withMemory(judged: Judged, memory: AlertMemory): Judged {
  const { decision } = judged;
  return { ...judged, memory, decision: decision.memory ? { ...decision, memory } : decision };
}

/**
 * A rollback is the next chapter of what fires: its message goes into the thread of the newest alert that
 * was notified. Issues are not threads: each alert has its own.
 */
function following(judged: Judged, alerts: ReadonlyMap<string, AlertMemory>): Judged {
  const { decision, memory } = judged;
  const isRollback = decision.alert.type.startsWith('rollback-');
  if (!isRollback || decision.action !== 'send' || !memory || Object.keys(memory.references).length > 0) {
    return judged;
  }
  const open = [...alerts.values()].filter(
    ({ status, notified, type }) => status === 'firing' && notified && !type.startsWith('rollback-'),
  );
  const newest = open.sort((a, b) => (b.notified?.at ?? 0) - (a.notified?.at ?? 0))[0];
  if (!newest) return judged;
  const references = Object.fromEntries(
    Object.entries(newest.references).filter(([key]) => /^(slack|email)\b/.test(key)),
  );
  return withMemory(judged, { ...memory, references });
}

/** Each resolved candidate with the open alerts that it answers. */
function answered(
  alerts: ReadonlyMap<string, AlertMemory>,
  candidates: readonly ResolvedCandidate[],
): [ResolvedCandidate, AlertMemory[]][] {
  const open = [...alerts.values()].filter(
    (alert) =>
      alert.status !== 'resolved' || alert.undelivered?.kind === 'resolved' || alert.claim !== undefined,
  );
  const bySource = Map.groupBy(open, ({ source }) => source);
  return candidates.map((one) => [
    one,
    (bySource.get(one.source) ?? []).filter((alert) => answers(one, alert)),
  ]);
}

function placesOf(alerts: ReadonlyMap<string, AlertMemory>): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const alert of alerts.values()) {
    const list = places.get(placeOf(alert));
    if (list) list.push(alert.fingerprint);
    else places.set(placeOf(alert), [alert.fingerprint]);
  }
  return places;
}

function placeOf(place: { readonly source: string; readonly check: string }): string {
  return JSON.stringify([place.source, place.check]);
}

/** What earlier runs saw and nobody has seen pass since; this run's own alerts are added as they are judged. */
function rememberedInhibitors(
  alerts: ReadonlyMap<string, AlertMemory>,
  incoming: Incoming,
  run: PolicyRun,
  rules: PolicyRules,
): Map<string, Inhibitor> {
  const found = new Map<string, Inhibitor>();
  if (rules.inhibitions.length === 0 || run.blind) return found;
  const candidates = Map.groupBy(incoming.resolvedCandidates, ({ source }) => source);
  for (const alert of alerts.values()) {
    const passes = candidates.get(alert.source)?.some((one) => answers(one, alert)) ?? false;
    // One from a history older than the last run may be over: it keeps nothing quiet.
    const inhibitor = passes || outdated(alert, run) ? undefined : inhibitorOf(alert, run.environment, rules);
    if (inhibitor) found.set(inhibitor.fingerprint, inhibitor);
  }
  return found;
}

/** The same check now fails in another way: one alert stands for it, not two. */
function isSuperseded(other: AlertMemory, by: FiringAlert, run: PolicyRun, rules: PolicyRules): boolean {
  return (
    by.check !== '' &&
    other.fingerprint !== by.fingerprint &&
    other.status !== 'resolved' &&
    !isClaimedByOther(other, run, rules)
  );
}

function supersededEntry(other: AlertMemory, now: number): HistoryEntry {
  return {
    ...entryOf(other, now),
    event: 'resolved',
    rule: 'superseded',
    channels: {},
    lastedMs: Math.max(0, now - other.firedAt),
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
