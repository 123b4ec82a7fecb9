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
  undeliveredRule,
  unfinished,
  waiting,
  withDeadClaimRecorded,
} from './transitions.ts';

/**
 * Decides over a remembered alert that passes again. Resolved notifications ignore silences: a recipient
 * who was notified of the firing would otherwise look for a fault that is gone. Pure.
 * @param asked a user said that it is over; then no threshold holds it back.
 */
export function judgeResolved(
  stored: AlertMemory,
  asked: boolean,
  rules: PolicyRules,
  run: PolicyRun,
): Judged {
  const alert = alertOfMemory(stored, run.environment);
  if (isClaimedByOther(stored, run, rules)) return waiting(alert, stored);
  const known = withDeadClaimRecorded(stored);
  const send = (verdict: Rule, channels: readonly string[], kind: Decision['kind'] = 'resolved'): Judged => {
    const memory = claimed(seen, kind, verdict, channels, rules, run);
    const { rule, reason, recipients } = verdict;
    const decision: Decision = {
      alert,
      kind,
      action: 'send',
      status: kind === 'resolved' ? 'resolved' : 'sent',
      rule,
      reason,
      channels,
      ...(recipients === undefined ? {} : { recipients }),
      ...(kind === 'firing' ? { again: true } : {}),
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

  if (known.status === 'resolved' && known.undelivered?.kind !== 'resolved' && !known.claim) {
    return end(
      'already-notified',
      'The resolved notification was sent by a run that died afterwards.',
      known,
    );
  }
  const left = unfinished(known, 'resolved', rules);
  if (left?.channels) return send(left, left.channels);
  const missed = missedFiring(known, rules, run);
  if (missed?.channels) return send(missed, missed.channels, 'firing');
  if (!asked && seen.passes < rules.successThreshold && known.status !== 'pending') {
    const reason = `Passed in ${seen.passes} of ${rules.successThreshold} runs in a row that are needed to resolve.`;
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
  // Those who were notified, of this alert or of the one before it, those who should have been, and those whom an
  // interrupted sender may have notified.
  const concerned = new Set([
    ...(known.notified?.channels ?? []),
    ...(known.undelivered?.channels ?? []),
    ...(known.claim?.channels ?? []),
    ...(known.inherited ?? []),
  ]);
  if (concerned.size === 0) {
    const reason = `Resolved after ${lasted}; no recipient had been notified that it fired.`;
    return end('no-recipient-notified', reason, resolved(seen, run.now));
  }
  if (!rules.sendResolved) {
    const reason = `Resolved after ${lasted}; send-resolved is false.`;
    return end('send-resolved-off', reason, resolved(seen, run.now));
  }
  const reachable = configured([...concerned], rules);
  const channels = reachable.length > 0 ? reachable : rules.channels;
  return send({ rule: 'resolved', reason: `Passes again after ${lasted}.` }, channels);
}

/** What a recipient missed of the firing is delivered before the end is, once per run. */
function missedFiring(known: AlertMemory, rules: PolicyRules, run: PolicyRun): Rule | undefined {
  if (known.undelivered?.kind !== 'firing' || !known.notified) return undefined;
  if (run.redelivered?.has(known.fingerprint)) return undefined;
  const rule = undeliveredRule(known, rules, 'Delivered late: the message');
  return (
    rule && { ...rule, reason: `${rule.reason} It is over meanwhile; the resolved notification follows.` }
  );
}

/** A user says that it is over, and no memory can be asked whether it was firing. */
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
