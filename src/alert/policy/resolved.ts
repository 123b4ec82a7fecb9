import { formatDuration } from '../../support/duration.ts';
import type { AlertMemory } from '../log/memory.ts';
import type { FiringAlert } from '../model/alert.ts';
import type { Decision, Judged, PolicyRun, Rule } from './decision.ts';
import { configured, type PolicyRules } from './rules.ts';
import {
  alertOfMemory,
  claimed,
  isClaimedByOther,
  newMemory,
  resolved,
  unfinished,
  waiting,
  withDeadClaimSettled,
} from './transitions.ts';

/**
 * Decides over a remembered alert that passes again. Whoever was told that it fires is told that it is
 * over, in a silence too: otherwise they would look for a fault that is gone. Pure.
 * @param asked a person said that it is over; then no threshold holds it back.
 */
export function judgePassing(
  stored: AlertMemory,
  asked: boolean,
  rules: PolicyRules,
  run: PolicyRun,
): Judged {
  const alert = alertOfMemory(stored, run.environment);
  if (isClaimedByOther(stored, run, rules)) return waiting(alert, stored);
  const known = withDeadClaimSettled(stored);
  const send = (verdict: Rule, channels: readonly string[]): Judged => {
    const memory = claimed(seen, 'resolved', verdict, channels, rules, run);
    const { rule, reason } = verdict;
    const decision: Decision = {
      alert,
      kind: 'resolved',
      action: 'send',
      status: 'resolved',
      rule,
      reason,
      channels,
      memory,
    };
    return { decision, memory, essential: true };
  };
  const end = (rule: string, reason: string, memory: AlertMemory): Judged => ({
    decision: { alert, kind: 'resolved', action: 'hold', status: 'resolved', rule, reason, channels: [] },
    memory,
    essential: true,
  });
  const seen: AlertMemory = { ...known, seenAt: run.now, failures: 0, passes: known.passes + 1 };

  if (known.status === 'resolved' && known.owed?.kind !== 'resolved' && !known.claim) {
    return end('already-told', 'The run that told that it is over died after telling it.', known);
  }
  const left = unfinished(known, 'resolved', rules);
  if (left?.channels) return send(left, left.channels);
  if (!asked && seen.passes < rules.successThreshold && known.status !== 'pending') {
    const reason = `It passed ${seen.passes} of ${rules.successThreshold} times in a row; then it counts as over.`;
    const decision: Decision = {
      alert,
      kind: 'resolved',
      action: 'hold',
      status: 'suppressed',
      rule: 'below-success-threshold',
      reason,
      channels: [],
    };
    return { decision, memory: seen, essential: true };
  }

  const lasted = formatDuration(Math.max(0, run.now - known.firedAt));
  // Those who were told, of this alert or of the one before it, those who should have been, and those whom an
  // interrupted sender may have told.
  const concerned = new Set([
    ...(known.told?.channels ?? []),
    ...(known.owed?.channels ?? []),
    ...(known.claim?.channels ?? []),
    ...(known.inherited ?? []),
  ]);
  if (concerned.size === 0) {
    const reason = `It is over after ${lasted}; nobody had been told that it fired.`;
    return end('nobody-was-told', reason, resolved(seen, run.now));
  }
  if (!rules.sendResolved) {
    const reason = `It is over after ${lasted}; send-resolved is false.`;
    return end('send-resolved-off', reason, resolved(seen, run.now));
  }
  const reachable = configured([...concerned], rules);
  const channels = reachable.length > 0 ? reachable : rules.channels;
  return send({ rule: 'resolved', reason: `It passes again after ${lasted}.` }, channels);
}

/** Somebody says that it is over, and no memory can be asked whether it was firing. */
export function blindResolved(alert: FiringAlert, blind: Rule, rules: PolicyRules, run: PolicyRun): Judged {
  const memory = claimed(newMemory(alert, run.now), 'resolved', blind, rules.channels, rules, run);
  const { rule, reason } = blind;
  const { channels } = rules;
  return {
    decision: { alert, kind: 'resolved', action: 'send', status: 'resolved', rule, reason, channels, memory },
    memory,
    essential: true,
  };
}
