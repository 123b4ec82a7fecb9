import type { Delivery } from '../report/schema.ts';
import type { Channel } from './channels/common/channel.ts';
import { type MessageContext, type Notification, notificationOf } from './channels/common/notification.ts';
import { type DeliveryPorts, withRetries } from './channels/common/retries.ts';
import type { Memory } from './log/memory.ts';
import type { Sending } from './log/record-outcome.ts';
import type { AlertTiming, GroupPart } from './model/options.ts';
import type { Decision } from './policy/decision.ts';

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
        const notification = notificationOf(group, context, threadOf(group, channel, memory));
        if (notification) messages.push({ channel, decisions: group, notification });
      }
    }
  }
  return messages;
}

function groupKey({ alert, memory }: Decision, channel: Channel, groupBy: readonly GroupPart[]): string {
  if (channel.oneMessageEach) return alert.fingerprint;
  const parts = groupBy.map((part) => {
    if (part === 'type' || part === 'source' || part === 'severity') return alert[part];
    const label = part.slice('label:'.length);
    return Object.hasOwn(alert.labels, label) ? alert.labels[label] : '';
  });
  return JSON.stringify([memory?.references[channel.key] ?? '', ...parts]);
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
 * @param onProgress told what is known so far, each time a channel is done and others are not.
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
  if (!outcome.ok) {
    const error = ports.redact(outcome.error);
    if (outcome.reached === undefined) return { name, status: 'failed', error };
    return { name, status: 'partial', error, reference: outcome.reached };
  }
  const reference = outcome.reference === undefined ? {} : { reference: outcome.reference };
  if (outcome.partial !== undefined) {
    return { name, status: 'partial', error: ports.redact(outcome.partial), ...reference };
  }
  const remark = outcome.remark === undefined ? {} : { error: ports.redact(outcome.remark) };
  return { name, status: 'delivered', ...remark, ...reference };
}
