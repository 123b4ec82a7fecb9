import { expect, test } from 'vitest';
import type { Notification } from '../../../src/alert/channels/common/notification.ts';
import { explainSmtpError } from '../../../src/alert/channels/email/errors.ts';
import { emailHtml } from '../../../src/alert/channels/email/html.ts';
import { emailText } from '../../../src/alert/channels/email/text.ts';
import { cleanText } from '../../../src/alert/model/text.ts';
import { ALERT_INPUTS } from '../../../src/settings/inputs/alert.ts';
import { addressesText, slackUrlText, smtpUrlText } from '../../../src/settings/values/alert.ts';
import { alertOf, NOW } from './policy-builders.ts';

const labels = (text: string) => ALERT_INPUTS.labels.schema.parse(text);

test.each([
  ['the first value of a key wins', 'team=payments\nteam=canary', { team: 'payments' }, ['team=canary']],
  ['a line that is no pair continues the one before', 'note=one\ntwo\nb=1', { note: 'one\ntwo', b: '1' }, []],
  ['what follows an ignored line is ignored too', 'a=1\na=2\nmore', { a: '1' }, ['a=2', 'more']],
  ['a first line without a key is ignored', 'just text\na=1', { a: '1' }, ['just text']],
  ['a name of the prototype is no key', 'a=1\n__proto__=x', { a: '1\n__proto__=x' }, []],
])('labels: %s', (_name, text, expected, ignored) => {
  expect(labels(text)).toEqual({ labels: expected, ignored });
});

test('addresses: commas and semicolons separate, but not within a quoted name', () => {
  expect(
    addressesText.parse('"Ops, EU; night" <ops@example.org>; dba@example.org, Lead <l@example.org>'),
  ).toEqual(['"Ops, EU; night" <ops@example.org>', 'dba@example.org', 'Lead <l@example.org>']);
  expect(addressesText.safeParse('Ops, EU <ops@example.org>').success).toBe(false);
});

test.each(['https://hooks.slack.com/triggers/T0/1/x', 'https://hooks.slack.com/workflows/T0/A0/1/x'])(
  'a webhook of a Slack workflow is refused: %s',
  (url) => {
    expect(JSON.stringify(slackUrlText.safeParse(url).error?.issues)).toContain('slack-workflow-webhook');
  },
);

test('smtp-url takes the name for EHLO, the name of the server and a CA', () => {
  const ca = new URL('../../../package.json', import.meta.url).pathname;
  expect(
    smtpUrlText.parse(`smtps://u:p@host?name=me.example.org&servername=mx.example.org&ca=${ca}`),
  ).toEqual({
    host: 'host',
    port: 465,
    tls: 'implicit',
    clientName: 'me.example.org',
    serverName: 'mx.example.org',
    caFile: ca,
    auth: { kind: 'password', user: 'u', password: 'p' },
  });
  expect(smtpUrlText.safeParse('smtps://host?ca=/no/such/file').success).toBe(false);
});

test.each([
  ['421 4.7.0 Try again later, closing connection. (EHLO)', 421, '?name='],
  [
    '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant',
    535,
    'Microsoft 365',
  ],
  ['504 5.7.4 Unrecognized authentication type', 504, 'XOAUTH2'],
])('the mail server answers %s: the hint says what to do', (response, responseCode, hint) => {
  const server = {
    host: 'mx',
    port: 465,
    tls: 'implicit',
    auth: { kind: 'oauth2', user: 'u', accessToken: 't' },
  } as const;
  expect(explainSmtpError({ response, responseCode }, server).error).toContain(hint);
});

test('escape sequences are removed whole', () => {
  expect(cleanText('\u001b[31mred\u001b[0m \u001b]8;;https://x.example\u0007link\u001b]8;;\u0007')).toBe(
    'red link',
  );
});

test('the body of a mail stays below what Gmail clips, with the link of the run at its top', () => {
  const entry = {
    alert: alertOf('slow-responses', {
      message: '<&"'.repeat(3_000),
      facts: [{ label: '"', value: '&'.repeat(2_000) }],
    }),
    rule: 'r',
    reason: '&'.repeat(600),
    firedAt: NOW,
    notifiedBefore: 0,
    episode: 1,
    explains: [],
  };
  const notification: Notification = {
    id: 'x',
    kind: 'firing',
    environment: 'production',
    severity: 'error',
    alerts: [entry, ...Array.from({ length: 200 }, () => entry)],
    at: NOW,
    run: { actor: 'a', host: 'h', url: 'https://github.com/acme/shop/actions/runs/1/attempts/2' },
  };
  for (const body of [emailHtml(notification, 'subject'), emailText(notification)]) {
    expect(Buffer.byteLength(body)).toBeLessThan(100_000);
    expect(body.slice(0, 4_000)).toContain('/attempts/2');
    expect(body).toMatch(/and \d+ more/);
  }
});
