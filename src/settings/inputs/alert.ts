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
import { booleanText, choicesText, choiceText, durationText, listText, plainText } from '../values/common.ts';
import { quoted, refuse } from '../values/refusal.ts';
import { defineInputs } from './definition.ts';

/** `database-down`; `DATABASE_DOWN` is read as the same. Whether it is known, the guard file has a say in. */
const alertTypeText = plainText.transform((text) => text.toLowerCase().replaceAll('_', '-'));

const labelsText = listText({ commas: false }).transform((lines, context) => {
  const labels: Record<string, string> = {};
  for (const line of lines) {
    const match = /^([A-Za-z_][\w.-]{0,62})\s*=\s*(.*)$/s.exec(line);
    // `__proto__` would be set aside in silence.
    if (!match?.[1] || match[1] === '__proto__') {
      return refuse(context, {
        code: 'not-a-label',
        value: quoted(line),
        message: 'is not a label',
        hint: 'Write `KEY=VALUE`, one per line, such as `team=payments`.',
      });
    }
    labels[match[1]] = match[2] ?? '';
  }
  return labels;
});

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
    list: true,
    description: 'Labels that the message shows, and that routes and silences match.',
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
    description: 'Slack incoming webhook.',
    values: 'URL',
    secret: true,
    secretParts: secretsOfUrl,
    schema: slackUrlText,
  },
  'slack-token': {
    group: 'alert',
    description:
      'Slack bot token, instead of the webhook: it can answer in threads and update its messages. Needs chat:write.',
    values: '`xoxb-…`',
    secret: true,
    schema: slackTokenText,
  },
  'slack-channel': {
    group: 'alert',
    description: 'Slack channel, with slack-token.',
    values: '`#name` or id',
    inGuardFile: true,
    schema: slackChannelText,
  },
  'slack-api-url': {
    group: 'alert',
    description: "Address of Slack's Web API, for GovSlack and tests.",
    values: 'URL',
    default: 'https://slack.com/api/',
    schema: slackUrlText,
  },
  'smtp-url': {
    group: 'alert',
    description:
      'The mail server. smtps: TLS from the start (465); smtp+starttls: STARTTLS required (587); smtp: STARTTLS if offered, and no password without it (25).',
    values: '`smtp://` `smtps://` `smtp+starttls://user:password@host:port`',
    secret: true,
    secretParts: (text) => [...secretsOfUri(text), ...smtpQuerySecrets(text)],
    schema: smtpUrlText,
  },
  'email-from': {
    group: 'alert',
    description: 'Sender of mails.',
    values: 'address',
    inGuardFile: true,
    schema: addressText,
  },
  'email-to': {
    group: 'alert',
    list: true,
    description: 'Recipients of mails.',
    values: 'list of addresses',
    inGuardFile: true,
    schema: addressesText,
  },
  'webhook-url': {
    group: 'alert',
    description: 'URL that receives decision and alert as JSON by POST.',
    values: 'URL',
    secret: true,
    secretParts: secretsOfUrl,
    schema: httpsUrlText,
  },
  'webhook-secret': {
    group: 'alert',
    description: 'Key that signs the body: X-Deploy-Guard-Signature: sha256=HMAC.',
    values: 'text',
    secret: true,
    schema: plainText,
  },
  'repeat-interval': {
    group: 'alert',
    description: 'A firing alert is sent again after this.',
    values: 'duration',
    default: '4h',
    inGuardFile: true,
    schema: durationText({ min: 1 }),
  },
  'send-resolved': {
    group: 'alert',
    description: 'Notify when an alert is resolved.',
    values: '`true` `false`',
    default: 'true',
    inGuardFile: true,
    schema: booleanText,
  },
  'fail-on-delivery-error': {
    group: 'alert',
    description: 'Fail the step when a message could not be delivered.',
    values: '`true` `false`',
    default: 'true',
    inGuardFile: true,
    schema: booleanText,
  },
});
