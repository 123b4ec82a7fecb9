import * as z from 'zod';
import { ALERT_TYPE_NAMES } from '../../alert/catalogue.ts';
import { CHANNEL_NAMES } from '../../alert/model.ts';
import { SEVERITIES } from '../../report/schema.ts';
import { nearest } from '../../support/nearest.ts';
import { secretsOfUri } from '../../support/redact.ts';
import { defineInputs } from '../input.ts';
import {
  booleanText,
  choicesText,
  choiceText,
  durationText,
  listText,
  plainText,
  shorten,
} from '../values.ts';
import { addressesText, addressText, slackUrlText, smtpUrlText } from './alert-values.ts';

/** What the action can send to so far. */
const SENDABLE = CHANNEL_NAMES.filter((name) => name === 'slack' || name === 'email' || name === 'log');

/** `database-down`; `DATABASE_DOWN` is read as the same. */
const alertTypeText = plainText.transform((text, context) => {
  const name = text.toLowerCase().replaceAll('_', '-');
  if ((ALERT_TYPE_NAMES as readonly string[]).includes(name)) return name;
  const near = nearest(name, ALERT_TYPE_NAMES);
  context.addIssue({
    code: 'custom',
    message: `'${shorten(text)}' is not known; ${near ? `did you mean \`${near}\`? ` : ''}write \`custom\` for an alert of your own, or one of ${ALERT_TYPE_NAMES.join(', ')}`,
  });
  return z.NEVER;
});

const labelsText = listText({ commas: false }).transform((lines, context) => {
  const labels: Record<string, string> = {};
  for (const line of lines) {
    const match = /^([A-Za-z_][\w.-]{0,62})\s*=\s*(.*)$/s.exec(line);
    if (!match?.[1]) {
      context.addIssue({
        code: 'custom',
        message: `'${shorten(line)}' is not a label; write \`KEY=VALUE\`, one a line, such as \`team=payments\``,
      });
      return z.NEVER;
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
    description: 'The type of an alert of your own.',
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
    description: 'Where alerts go; every configured channel and the log if not given.',
    values: `list of ${SENDABLE.map((name) => `\`${name}\``).join(' ')}`,
    inGuardFile: true,
    schema: choicesText(SENDABLE),
  },
  'slack-webhook-url': {
    group: 'alert',
    description: "Slack's incoming webhook.",
    values: 'URL',
    secret: true,
    schema: slackUrlText,
  },
  'smtp-url': {
    group: 'alert',
    description:
      'The mail server. smtps: TLS from the start (465); smtp+starttls: STARTTLS or nothing (587); smtp: STARTTLS where offered, and never a password without it (25).',
    values: '`smtp://` `smtps://` `smtp+starttls://user:password@host:port`',
    secret: true,
    secretParts: secretsOfUri,
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
    description: 'Recipients of mails.',
    values: 'list of addresses',
    inGuardFile: true,
    schema: addressesText,
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
