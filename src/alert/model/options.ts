import type { Report } from '../../report/schema.ts';
import type { Severity } from '../../report/vocabulary.ts';
import type { AlertType, ChannelName } from './alert.ts';
import type { Escalation, Inhibition, MaintenanceWindow, Route, Silence } from './rules.ts';

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

/** Either way into Slack. The token's way can answer in threads and change what it wrote. */
export type SlackOptions =
  | { readonly kind: 'webhook'; readonly url: string }
  | { readonly kind: 'token'; readonly token: string; readonly channel: string; readonly apiUrl: string };

export type SmtpAuth =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | {
      readonly kind: 'oauth2';
      readonly user: string;
      readonly accessToken?: string;
      readonly clientId?: string;
      readonly clientSecret?: string;
      readonly refreshToken?: string;
      /** Where a refresh token is turned into an access token; Google's if not given. */
      readonly tokenUrl?: string;
    };

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte; `required`: STARTTLS or nothing; `offered`: STARTTLS where offered. */
  readonly tls: 'implicit' | 'required' | 'offered';
  readonly auth?: SmtpAuth;
}

export interface EmailOptions {
  readonly server: SmtpServer;
  readonly from: string;
  readonly to: readonly string[];
}

export interface WebhookOptions {
  readonly url: string;
  /** Signs the body. */
  readonly secret?: string;
}

/** A channel with another goal than the usual one, as routes name it. */
export interface Target {
  readonly name: ChannelName;
  readonly slackChannel?: string;
  readonly slackWebhookUrl?: string;
  readonly emailTo?: readonly string[];
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

/** What of two alerts must be the same for them to share a message. */
export type GroupPart = 'type' | 'source' | 'severity' | `label:${string}`;

/** Everything that mode `alert` needs to know: plain, validated data. */
export interface AlertOptions {
  readonly subject: OwnAlert | { readonly kind: 'report'; readonly report: Report };
  readonly labels: Readonly<Record<string, string>>;
  /** Verdicts of a check that fire. */
  readonly fireOn: readonly FiringVerdict[];
  /** Types of the user's own, and changes to the common ones. */
  readonly types: Readonly<Record<string, AlertType>>;

  /** Where alerts go that no route sends elsewhere: names of channels, or keys of `targets`. */
  readonly channels: readonly string[];
  /** Whether the user named them; if not, they are those that are configured, and the log. */
  readonly channelsGiven: boolean;
  readonly targets: Readonly<Record<string, Target>>;
  readonly slack?: SlackOptions;
  readonly email?: EmailOptions;
  readonly webhook?: WebhookOptions;
  /** Labels of the issues that are opened; the first one finds them again. */
  readonly issueLabels: readonly [string, ...string[]];

  readonly repeatIntervalMs: number;
  readonly sendResolved: boolean;
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly groupBy: readonly GroupPart[];
  readonly routes: readonly Route[];
  readonly escalations: readonly Escalation[];
  readonly inhibitions: readonly Inhibition[];
  readonly silences: readonly Silence[];
  readonly maintenance: readonly MaintenanceWindow[];

  readonly failOnDeliveryError: boolean;
  readonly timing: AlertTiming;
}

/** Everything but what it is about: how alerts are decided and sent. */
export type DeliveryOptions = Omit<AlertOptions, 'subject'>;

export const FIRING_VERDICTS = ['warn', 'fail', 'inconclusive', 'error'] as const;
export type FiringVerdict = (typeof FIRING_VERDICTS)[number];
