import * as z from 'zod';
import { ALERT_TYPE_NAMES } from '../../alert/catalogue/types.ts';
import { CHANNEL_NAMES } from '../../alert/model/alert.ts';
import { SEVERITIES } from '../../report/vocabulary.ts';
import { secretsOfUri, secretsOfUrl } from '../../support/secret-forms.ts';
import {
  addressesText,
  addressText,
  httpsUrlText,
  slackChannelText,
  slackTokenText,
  slackUrlText,
  smtpQuerySecrets,
  smtpUrlText,
} from '../values/alert.ts';
import { booleanText, choicesText, choiceText, durationText, plainText } from '../values/common.ts';
import { defineInputs } from './definition.ts';

/** `database-down`; `DATABASE_DOWN` is read as the same. Whether it is known, the guard file has a say in. */
const alertTypeText = plainText.transform((text) => text.toLowerCase().replaceAll('_', '-'));

/**
 * Labels may hold text from outside, such as a commit message: nothing in them stops an alert or overwrites a label.
 * The first value of a key wins; a line that is no pair continues the one before; what cannot be kept is a notice.
 */
const labelsText = z.string().transform((text) => {
  const labels = new Map<string, string>();
  const ignored: string[] = [];
  let current: string | undefined;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const match = /^\s*([A-Za-z_][\w.-]{0,62})\s*=\s*(.*)$/s.exec(line);
    const key = match?.[1] === '__proto__' ? undefined : match?.[1];
    if (key === undefined) {
      if (line.trim() === '') continue;
      if (current === undefined) ignored.push(line);
      else labels.set(current, `${labels.get(current)}\n${line.trim()}`);
    } else if (labels.has(key)) {
      ignored.push(line);
      // What follows belongs to the line that was ignored.
      current = undefined;
    } else {
      labels.set(key, match?.[2]?.trim() ?? '');
      current = key;
    }
  }
  return { labels: Object.fromEntries(labels), ignored };
});

/** Channels and how often: with `notify: true`, verify and rollback send too. */
const NOTIFYING_MODES = ['verify', 'alert', 'rollback'] as const;

/** Inputs of mode alert. */
export const ALERT_INPUTS = defineInputs({
  'from-report': {
    group: 'alert',
    description:
      'Path of a report of verify or rollback: one alert for each failed check; resolves those that pass again.',
    values: 'path',
    schema: plainText,
  },
  'alert-type': {
    group: 'alert',
    choices: ALERT_TYPE_NAMES,
    description: 'The type of a custom alert; the guard file can add types.',
    values: ALERT_TYPE_NAMES.map((name) => `\`${name}\``).join(' '),
    schema: alertTypeText,
  },
  severity: {
    group: 'alert',
    choices: SEVERITIES,
    description: 'Severity; the default of the type if not given.',
    values: '`info` `warning` `error` `critical`',
    schema: choiceText(SEVERITIES),
  },
  title: {
    group: 'alert',
    description: 'What is wrong, in one line. Required for type custom, whose alerts it identifies.',
    values: 'text',
    schema: plainText,
  },
  message: {
    group: 'alert',
    description: 'Details. Plain text: markup in it is shown as it is.',
    values: 'text',
    schema: plainText,
  },
  source: {
    group: 'alert',
    description: 'The service or component that is affected; the repository if not given.',
    values: 'text',
    schema: plainText,
  },
  labels: {
    group: 'alert',
    modes: NOTIFYING_MODES,
    list: true,
    description:
      'Labels that the message shows, and that routes and silences match. The first value of a key wins.',
    values: '`KEY=VALUE`, one per line',
    schema: labelsText,
  },
  resolve: {
    group: 'alert',
    description: 'Resolve this alert.',
    values: '`true` `false`',
    default: 'false',
    schema: booleanText,
  },
  channels: {
    group: 'alert',
    modes: NOTIFYING_MODES,
    choices: CHANNEL_NAMES,
    list: true,
    description:
      'Where alerts are sent; every configured channel and the log if not given. github-issue is used only if it is named.',
    values: `list of ${CHANNEL_NAMES.map((name) => `\`${name}\``).join(' ')}`,
    inGuardFile: true,
    schema: choicesText(CHANNEL_NAMES),
  },
  'slack-webhook-url': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    description: 'Slack incoming webhook.',
    values: 'URL',
    secret: true,
    secretParts: secretsOfUrl,
    schema: slackUrlText,
  },
  'slack-token': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    description:
      'Slack bot token, instead of the webhook: it can answer in threads and update its messages. Needs chat:write.',
    values: '`xoxb-…`',
    secret: true,
    schema: slackTokenText,
  },
  'slack-channel': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    description: 'Slack channel, with slack-token.',
    values: '`#name` or id',
    inGuardFile: true,
    schema: slackChannelText,
  },
  'slack-api-url': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    description: "Address of Slack's Web API, for GovSlack and tests.",
    values: 'URL',
    default: 'https://slack.com/api/',
    schema: slackUrlText,
  },
  'smtp-url': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    description:
      'The mail server. smtps: TLS from the start (465); smtp+starttls: STARTTLS required (587); smtp: STARTTLS if offered, and no password without it (25).',
    values: '`smtp://` `smtps://` `smtp+starttls://user:password@host:port`',
    secret: true,
    secretParts: (text) => [...secretsOfUri(text), ...smtpQuerySecrets(text)],
    schema: smtpUrlText,
  },
  'email-from': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    description: 'Sender of mails.',
    values: 'address',
    inGuardFile: true,
    schema: addressText,
  },
  'email-to': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    list: true,
    description: 'Recipients of mails.',
    values: 'list of addresses',
    inGuardFile: true,
    schema: addressesText,
  },
  'webhook-url': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    description: 'URL that receives decision and alert as JSON by POST.',
    values: 'URL',
    secret: true,
    secretParts: secretsOfUrl,
    schema: httpsUrlText,
  },
  'webhook-secret': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    description: 'Key that signs the body: X-Deploy-Guard-Signature: sha256=HMAC.',
    values: 'text',
    secret: true,
    schema: plainText,
  },
  'repeat-interval': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    description: 'A firing alert is sent again after this.',
    values: 'duration',
    default: '4h',
    inGuardFile: true,
    schema: durationText({ min: 1 }),
  },
  'send-resolved': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    description: 'Notify when an alert is resolved.',
    values: '`true` `false`',
    default: 'true',
    inGuardFile: true,
    schema: booleanText,
  },
  'fail-on-delivery-error': {
    group: 'alert',
    modes: NOTIFYING_MODES,
    description: 'Fail the step when a message could not be delivered.',
    values: '`true` `false`',
    default: 'true',
    inGuardFile: true,
    schema: booleanText,
  },
});
