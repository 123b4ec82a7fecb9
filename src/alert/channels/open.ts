import type { Clock } from '../../support/clock.ts';
import type { Log } from '../../support/log.ts';
import { CHANNEL_NAMES, type ChannelName } from '../model/alert.ts';
import type { AlertOptions, Target } from '../model/options.ts';
import type { Channel } from './common/channel.ts';
import { HttpSender } from './common/http.ts';
import { emailChannel } from './email/email.ts';
import { githubIssueChannel, type IssuePort } from './github-issue/github-issue.ts';
import { channelKeys } from './keys.ts';
import { logChannel } from './log/log.ts';
import { slackToken } from './slack/token.ts';
import { slackWebhook } from './slack/webhook.ts';
import { webhookChannel } from './webhook/webhook.ts';

export interface ChannelPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly issues?: IssuePort;
}

/**
 * The channels that the options name. Nothing is connected before the first message.
 * `close` ends every connection that they opened.
 * @throws Error where the options name a channel that they do not configure; the settings see to that.
 */
export function openChannels(
  options: AlertOptions,
  ports: ChannelPorts,
): { channels: readonly Channel[]; close(): Promise<void> } {
  const opening = new Opening(options, ports);
  const channels = channelKeys(options).map((key) => opening.open(key));
  return {
    channels,
    async close() {
      for (const channel of channels) await channel.close?.();
      await opening.http?.close();
    },
  };
}

class Opening {
  http: HttpSender | undefined;
  readonly #options: AlertOptions;
  readonly #ports: ChannelPorts;

  constructor(options: AlertOptions, ports: ChannelPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  open(key: string): Channel {
    const target = Object.hasOwn(this.#options.targets, key) ? this.#options.targets[key] : usual(key);
    const channel = target && this.#channel(key, target);
    if (!channel) throw new Error(`the channel ${key} is not configured`);
    return channel;
  }

  #channel(key: string, target: Target): Channel | undefined {
    const { email, webhook, issueLabels, timing } = this.#options;
    switch (target.name) {
      case 'log':
        return logChannel(this.#ports.log);
      case 'slack':
        return this.#slack(key, target);
      case 'email':
        return email && emailChannel(key, { ...email, to: target.emailTo ?? email.to }, timing.attemptMs);
      case 'webhook':
        return webhook && webhookChannel(webhook, this.#sender(), this.#now);
      case 'github-issue':
        return this.#ports.issues && githubIssueChannel(this.#ports.issues, issueLabels);
    }
  }

  #slack(key: string, target: Target): Channel | undefined {
    const { slack } = this.#options;
    if (target.slackWebhookUrl !== undefined) {
      return slackWebhook(key, target.slackWebhookUrl, this.#sender(), this.#now);
    }
    if (slack?.kind === 'webhook') return slackWebhook(key, slack.url, this.#sender(), this.#now);
    if (slack === undefined) return undefined;
    const channel = target.slackChannel ?? slack.channel;
    return slackToken(key, { ...slack, channel }, this.#sender(), this.#now);
  }

  readonly #now = () => this.#ports.clock.now();

  #sender(): HttpSender {
    this.http ??= new HttpSender();
    return this.http;
  }
}

function usual(key: string): Target | undefined {
  return (CHANNEL_NAMES as readonly string[]).includes(key) ? { name: key as ChannelName } : undefined;
}
