import type { Delivery } from '../report/schema.ts';
import type { Channel } from './channels/common/channel.ts';
import { type MessageContext, type Notification, notificationOf } from './channels/common/notification.ts';
import { type DeliveryPorts, withRetries } from './channels/common/retries.ts';
import type { Memory } from './log/memory.ts';
import { headingOf } from './model/alert.ts';
import type { AlertTiming, GroupPart } from './model/options.ts';
import { cut } from './model/text.ts';
import type { Decision } from './policy/decision.ts';
import type { Sending } from './policy/record-outcome.ts';

/** One message for one channel, and the decisions that it tells. */
export interface Message {
  readonly channel: Channel;
  readonly decisions: readonly Decision[];
  readonly notification: Notification;
}

/**
 * Many alerts that go to one channel become one message of each kind: firing, then resolved. Apart stay
 * those that `groupBy` parts, and those that follow different earlier messages. Pure.
 */
export function messagesOf(
  decisions: readonly Decision[],
  memory: Memory,
  channels: readonly Channel[],
  groupBy: readonly GroupPart[],
  context: MessageContext,
): Message[] {
  const messages: Message[] = [];
  const inhibited = inhibitedBy(decisions);
  for (const channel of channels) {
    const own = decisions.filter(
      ({ action, channels: goals }) => action === 'send' && goals.includes(channel.key),
    );
    for (const kind of ['firing', 'resolved'] as const) {
      const groups = Map.groupBy(
        own.filter((decision) => decision.kind === kind),
        (decision) => groupKey(decision, channel, groupBy),
      );
      for (const group of groups.values()) {
        const recipients = group[0]?.recipients?.[channel.key];
        const notification = notificationOf(
          group,
          { ...context, inhibited, ...(recipients === undefined ? {} : { recipients }) },
          threadOf(group, channel, memory),
        );
        if (notification) messages.push({ channel, decisions: group, notification });
      }
    }
  }
  return messages;
}

/** What each alert of the run inhibits: it is listed beneath its cause. */
function inhibitedBy(decisions: readonly Decision[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { inhibitor, alert } of decisions) {
    if (inhibitor === undefined) continue;
    const line = cut(`${headingOf(alert)}${alert.check === '' ? '' : ` (${alert.check})`}`, 200);
    found.set(inhibitor, [...(found.get(inhibitor) ?? []), line]);
  }
  return found;
}

function groupKey(
  { alert, memory, recipients }: Decision,
  channel: Channel,
  groupBy: readonly GroupPart[],
): string {
  if (channel.oneMessageEach) return alert.fingerprint;
  const parts = groupBy.map((part) => {
    if (part === 'type' || part === 'source' || part === 'severity') return alert[part];
    const label = part.slice('label:'.length);
    return Object.hasOwn(alert.labels, label) ? alert.labels[label] : '';
  });
  return JSON.stringify([memory?.references[channel.key] ?? '', recipients?.[channel.key] ?? [], ...parts]);
}

function threadOf(group: readonly Decision[], channel: Channel, memory: Memory) {
  const reference = group[0]?.memory?.references[channel.key];
  if (reference === undefined) return undefined;
  const remembered = [...memory.alerts.values()].filter(
    ({ references }) => references[channel.key] === reference,
  );
  return { reference, remembered };
}

/**
 * Sends all messages, each channel on its own: one that fails or hangs does not stop the others.
 * @param onProgress notified what is known so far, each time a channel is done and others are not.
 */
export async function sendAll(
  messages: readonly Message[],
  timing: AlertTiming,
  ports: DeliveryPorts & { redact(text: string): string },
  onProgress: (sendings: readonly Sending[]) => Promise<void>,
): Promise<Sending[]> {
  const deliveries = new Map<Decision, Map<string, Delivery>>();
  for (const { decisions } of messages) for (const one of decisions) deliveries.set(one, new Map());
  const sendings = () => [...deliveries].map(([decision, done]) => ({ decision, deliveries: done }));

  const deadline = ports.clock.monotonic() + timing.deliveryMs;
  const byChannel = Map.groupBy(messages, ({ channel }) => channel);
  let open = byChannel.size;
  await Promise.all(
    [...byChannel.values()].map(async (queue) => {
      for (const message of queue) {
        const left = Math.max(1, deadline - ports.clock.monotonic());
        const delivery = await send(message, { ...timing, deliveryMs: left }, ports);
        for (const one of message.decisions) deliveries.get(one)?.set(message.channel.key, delivery);
      }
      open--;
      // The log is at hand at once and costs nothing to repeat.
      if (open > 0 && queue[0]?.channel.name !== 'log') await onProgress(sendings());
    }),
  );
  return sendings();
}

async function send(
  message: Message,
  timing: AlertTiming,
  ports: DeliveryPorts & { redact(text: string): string },
): Promise<Delivery> {
  const { channel, notification } = message;
  const outcome = await withRetries((signal) => channel.deliver(notification, signal), timing, ports);
  const name = channel.name;
  const missed =
    (outcome.ok && outcome.partial === undefined) || !outcome.missed ? {} : { missed: [...outcome.missed] };
  if (!outcome.ok) {
    const error = ports.redact(outcome.error);
    if (outcome.reached === undefined) return { name, status: 'failed', error };
    return { name, status: 'partial', error, ...missed, reference: outcome.reached };
  }
  const reference = outcome.reference === undefined ? {} : { reference: outcome.reference };
  if (outcome.partial !== undefined) {
    return { name, status: 'partial', error: ports.redact(outcome.partial), ...missed, ...reference };
  }
  const remark = outcome.remark === undefined ? {} : { error: ports.redact(outcome.remark) };
  return { name, status: 'delivered', ...remark, ...reference };
}
