import type { Clock } from '../../support/clock.ts';
import type { Log } from '../../support/log.ts';
import { HttpSender } from '../http.ts';
import type { ChannelName } from '../model.ts';
import type { AlertOptions } from '../options.ts';
import type { Channel } from './channel.ts';
import { emailChannel } from './email.ts';
import { logChannel } from './log.ts';
import { slackWebhook } from './slack.ts';

/** The channels that the options name. `close` ends every connection that they opened. */
export function openChannels(
  options: AlertOptions,
  ports: { clock: Clock; log: Log },
): { channels: readonly Channel[]; close(): Promise<void> } {
  let http: HttpSender | undefined;
  const sender = () => {
    http ??= new HttpSender();
    return http;
  };
  const open = (name: ChannelName): Channel | undefined => {
    if (name === 'log') return logChannel(ports.log);
    if (name === 'slack' && options.slack) {
      return slackWebhook(options.slack.webhookUrl, sender(), () => ports.clock.now());
    }
    if (name === 'email' && options.email) return emailChannel(options.email, options.timing.attemptMs);
    return undefined;
  };
  const channels = options.channels.map(open).filter((channel) => channel !== undefined);
  return {
    channels,
    async close() {
      for (const channel of channels) await channel.close?.();
      await http?.close();
    },
  };
}
