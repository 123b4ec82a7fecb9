import type { Delivery, ReportAlert } from '../report/schema.ts';
import type { Decision } from './policy/decision.ts';
import type { Sending } from './policy/record-outcome.ts';

/** A decision and what became of it, as the report says it. */
export function reported(
  { decision, deliveries }: Sending,
  dryRun: boolean,
  noRecipient = false,
): ReportAlert {
  const { alert, rule, reason } = decision;
  const channels = [...deliveries.values()].map(publicDelivery);
  const { fingerprint, type, severity, title } = alert;
  return {
    fingerprint,
    type,
    severity,
    title,
    status: noRecipient && decision.action === 'send' ? 'none' : statusOf(decision, channels, dryRun),
    decision: rule,
    reason: dryRun && decision.action === 'send' ? `Dry run, so it is not sent. ${reason}` : reason,
    channels,
  };
}

/** Slack's reference is known here by channel and time; the output `slack-ts` is the time alone. */
function publicDelivery(delivery: Delivery): Delivery {
  const ts = delivery.name === 'slack' ? delivery.reference?.split('/')[1] : undefined;
  return ts === undefined ? delivery : { ...delivery, reference: ts };
}

/** What an alert's status is after sending it, or after not doing so. */
export function statusOf(
  decision: Decision,
  channels: readonly Delivery[],
  dryRun: boolean,
): ReportAlert['status'] {
  if (decision.action !== 'send') return decision.status;
  if (dryRun) return 'none';
  // The log always takes it; where somebody else was to be notified, that alone is not telling.
  const others = channels.filter(({ name }) => name !== 'log');
  const counted = others.length > 0 ? others : channels;
  return counted.some(({ status }) => status === 'delivered' || status === 'partial')
    ? decision.status
    : 'failed';
}

/** Each way in which a message did not arrive, once. */
export function problemsOf(alerts: readonly ReportAlert[]): string[] {
  const deliveries = alerts.flatMap(({ channels }) => channels);
  const lost = deliveries.filter(({ status }) => status === 'failed' || status === 'partial');
  return [...new Set(lost.map(({ name, status, error }) => `${name}: ${error ?? status}`))];
}
