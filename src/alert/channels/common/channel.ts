import type { ChannelName } from '../../model/alert.ts';
import type { Notification } from './notification.ts';
import type { Attempt } from './retries.ts';

/** One place where alerts go. */
export interface Channel {
  readonly name: ChannelName;
  /** Names it in the memory; its name, unless a route gives it another goal. */
  readonly key: string;
  /** Alerts are never put together in one message here. */
  readonly oneMessageEach?: boolean;
  /** The exact message as a person may read it, for dry runs. Sends nothing. */
  preview(notification: Notification): string;
  /** One attempt. Network errors may be thrown; they are retried. */
  deliver(notification: Notification, signal: AbortSignal): Promise<Attempt>;
  close?(): Promise<void> | void;
}
