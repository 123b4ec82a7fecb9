import type { Delivery } from '../report/schema.ts';
import type { RunContext } from '../support/run-context.ts';
import type { Channel } from './channels/channel.ts';
import { type DeliveryPorts, withRetries } from './delivery.ts';
import { type Notification, notificationOf } from './notification.ts';
import type { AlertTiming } from './options.ts';
import type { Decision } from './policy.ts';
import type { Sending } from './settle.ts';

/** One message for one channel, and the decisions that it tells. */
export interface Message {
  readonly channel: Channel;
  readonly decisions: readonly Decision[];
  readonly notification: Notification;
}

/** Many alerts that go to one channel become one message of each kind: firing, then resolved. Pure. */
export function messagesOf(
  decisions: readonly Decision[],
  channels: readonly Channel[],
  run: { environment: string; now: number; context: RunContext; caveat?: string },
): Message[] {
  const messages: Message[] = [];
  for (const channel of channels) {
    for (const kind of ['firing', 'resolved'] as const) {
      const own = decisions.filter(
        (decision) =>
          decision.action === 'send' && decision.kind === kind && decision.channels.includes(channel.key),
      );
      const notification = notificationOf(own, run);
      if (notification) messages.push({ channel, decisions: own, notification });
    }
  }
  return messages;
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

  const byChannel = Map.groupBy(messages, ({ channel }) => channel);
  let open = byChannel.size;
  await Promise.all(
    [...byChannel.values()].map(async (queue) => {
      for (const message of queue) {
        const delivery = await send(message, timing, ports);
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
  if (!outcome.ok) return { name, status: 'failed', error: ports.redact(outcome.error) };
  const reference = outcome.reference === undefined ? {} : { reference: outcome.reference };
  if (outcome.partial !== undefined) {
    return { name, status: 'partial', error: ports.redact(outcome.partial), ...reference };
  }
  const remark = outcome.remark === undefined ? {} : { error: ports.redact(outcome.remark) };
  return { name, status: 'delivered', ...remark, ...reference };
}
