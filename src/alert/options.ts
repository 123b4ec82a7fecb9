import type { Report, Severity } from '../report/schema.ts';
import type { ChannelName } from './model.ts';

/** An alert of the user's own, or the end of one. */
export interface OwnAlert {
  readonly kind: 'own';
  readonly type: string;
  /** Undefined: the type's own. */
  readonly severity?: Severity;
  readonly title?: string;
  readonly message?: string;
  readonly source?: string;
  readonly resolve: boolean;
}

export interface SlackOptions {
  readonly webhookUrl: string;
}

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte; `required`: STARTTLS or nothing; `offered`: STARTTLS where offered. */
  readonly tls: 'implicit' | 'required' | 'offered';
  readonly auth?: { readonly user: string; readonly password: string };
}

export interface EmailOptions {
  readonly server: SmtpServer;
  readonly from: string;
  readonly to: readonly string[];
}

/** How long things may take, in milliseconds. */
export interface AlertTiming {
  /** One attempt of one channel. */
  readonly attemptMs: number;
  /** All attempts of a channel together. */
  readonly deliveryMs: number;
  /** The first pause before trying again; each later one is twice as long. */
  readonly pauseMs: number;
  /**
   * A claim holds this long: longer than delivering can take, so that a second run sends only where
   * the first one died.
   */
  readonly claimMs: number;
  /** How often a run looks whether another one is done with an alert that it claimed. */
  readonly pollMs: number;
}

export const ALERT_TIMING: AlertTiming = {
  attemptMs: 10_000,
  deliveryMs: 60_000,
  pauseMs: 1_000,
  claimMs: 90_000,
  pollMs: 1_000,
};

/** Everything that mode `alert` needs to know: plain, validated data. */
export interface AlertOptions {
  readonly subject: OwnAlert | { readonly kind: 'report'; readonly report: Report };
  readonly labels: Readonly<Record<string, string>>;
  /** Where alerts go. */
  readonly channels: readonly ChannelName[];
  readonly slack?: SlackOptions;
  readonly email?: EmailOptions;
  readonly repeatIntervalMs: number;
  readonly sendResolved: boolean;
  readonly failOnDeliveryError: boolean;
  readonly timing: AlertTiming;
}
