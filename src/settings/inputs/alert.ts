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
    description: 'The type of an alert of your own; the guard file can add types.',
    values: ALERT_TYPE_NAMES.map((name) => `\`${name}\``).join(' '),
    schema: alertTypeText,
  },
  severity: {
    group: 'alert',
    description: "How bad it is; the type's own if not given.",
    values: '`info` `warning` `error` `critical`',
    schema: choiceText(SEVERITIES),
  },
  title: {
    group: 'alert',
    description: 'One line that says what is wrong. Names an alert of type custom.',
    values: 'text',
    schema: plainText,
  },
  message: {
    group: 'alert',
    description: 'More about it. Text only; nothing in it is read as markup.',
    values: 'text',
    schema: plainText,
  },
  source: {
    group: 'alert',
    description: 'Who or what is in trouble; the repository if not given.',
    values: 'text',
    schema: plainText,
  },
  labels: {
    group: 'alert',
    list: true,
    description: 'Facts that the message shows.',
    values: '`KEY=VALUE` a line',
    schema: labelsText,
  },
  resolve: {
    group: 'alert',
    description: 'This alert is over.',
    values: '`true` `false`',
    default: 'false',
    schema: booleanText,
  },
  channels: {
    group: 'alert',
    list: true,
    description:
      'Where alerts go; every configured channel and the log if not given. github-issue is used only where it is named.',
    values: `list of ${CHANNEL_NAMES.map((name) => `\`${name}\``).join(' ')}`,
    inGuardFile: true,
    schema: choicesText(CHANNEL_NAMES),
  },
  'slack-webhook-url': {
    group: 'alert',
    description: "Slack's incoming webhook.",
    values: 'URL',
    secret: true,
    secretParts: secretsOfUrl,
    schema: slackUrlText,
  },
  'slack-token': {
    group: 'alert',
    description:
      "Slack's bot token, in place of the webhook: answers in threads and changes what it wrote. Needs chat:write.",
    values: '`xoxb-…`',
    secret: true,
    schema: slackTokenText,
  },
  'slack-channel': {
    group: 'alert',
    description: "Slack's channel, with slack-token.",
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
      'The mail server. smtps: TLS from the start (465); smtp+starttls: STARTTLS or nothing (587); smtp: STARTTLS where offered, and never a password without it (25).',
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
    description: 'Address of your own that gets decision and alert as JSON by POST.',
    values: 'URL',
    secret: true,
    secretParts: secretsOfUrl,
    schema: httpsUrlText,
  },
  'webhook-secret': {
    group: 'alert',
    description: 'Signs the body: X-Deploy-Guard-Signature: sha256=HMAC.',
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
    description: 'Say when an alert is over.',
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
