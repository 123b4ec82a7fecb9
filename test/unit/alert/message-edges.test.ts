import { describe, expect, test } from 'vitest';
import {
  type Notification,
  type NotifiedAlert,
  subjectOf,
  type ThreadMember,
} from '../../../src/alert/channels/common/notification.ts';
import { mailOf } from '../../../src/alert/channels/email/email.ts';
import { emailHtml } from '../../../src/alert/channels/email/html.ts';
import { emailText } from '../../../src/alert/channels/email/text.ts';
import { issueBody } from '../../../src/alert/channels/github-issue/text.ts';
import { logChannel } from '../../../src/alert/channels/log/log.ts';
import {
  slackMessage,
  slackPlainMessage,
  slackThreadMessage,
} from '../../../src/alert/channels/slack/blocks.ts';
import { plainText } from '../../../src/alert/channels/slack/text.ts';
import { webhookBody } from '../../../src/alert/channels/webhook/webhook.ts';
import type { FiringAlert } from '../../../src/alert/model/alert.ts';
import { silentLog } from '../../../src/support/log.ts';
import { refusalOf } from '../../support/slack-message.ts';
import { alertOf, HOUR, NOW } from './policy-builders.ts';

/** A run outside GitHub, by nobody that is known: it has no page, no repository, no workflow. */
const NOWHERE = { actor: '', host: '' };

const entryOf = (over: Partial<FiringAlert> = {}, rest: Partial<NotifiedAlert> = {}): NotifiedAlert => ({
  alert: alertOf('slow-responses', over),
  rule: 'r',
  reason: 'reason',
  firedAt: NOW - HOUR,
  notifiedBefore: 0,
  episode: 1,
  explains: [],
  ...rest,
});

const messageOf = (alerts: readonly NotifiedAlert[], over: Partial<Notification> = {}): Notification => ({
  id: 'id-1',
  kind: 'firing',
  environment: 'production',
  severity: 'error',
  alerts: alerts as Notification['alerts'],
  at: NOW,
  run: NOWHERE,
  ...over,
});

const many = (amount: number, over: Partial<FiringAlert> = {}) =>
  Array.from({ length: amount }, (_value, index) => entryOf({ check: `c${index}`, ...over }));

describe('an event', () => {
  const event = messageOf([entryOf({ event: true, title: 'Rollback executed' })]);

  test('happened; it does not fire, and there is no end to wait for', () => {
    const text = emailText(event);
    expect(text).toContain('This happened in production.');
    expect(text).toContain('  When: 2026-01-27 11:00:00 UTC');
    expect(text).not.toMatch(/fires|Firing since/);
    expect(emailHtml(event, 's')).toContain('This happened in production.');
    expect(subjectOf(event)).toMatch(/^\[EVENT\] /);
  });

  test('beside an alert: that fires', () => {
    expect(emailText(messageOf([entryOf(), entryOf({ event: true })]))).toContain('2 alerts fire in');
  });

  test('a thread of events alone has nothing that fires or is over', () => {
    const member: ThreadMember = { ...alertOf('rollback-executed'), status: 'event', firedAt: NOW };
    const thread = { reference: 'C/1.1', members: [member, { ...member, source: 'web' }] };
    const message = slackThreadMessage({ ...event, thread });
    expect(message.text).toBe('[EVENT] production/api, web title of rollback-executed');
    expect(refusalOf(JSON.parse(JSON.stringify(message)))).toBeUndefined();
  });
});

describe('a message of a run that has no page', () => {
  test('email: no link, no empty table', () => {
    const html = emailHtml(messageOf([entryOf()]), 's');
    expect(html).not.toContain('<a ');
    expect(html.match(/<table/g)).toHaveLength(1);
    expect(emailText(messageOf([entryOf()])).trimEnd()).toMatch(/\n--$/);
  });

  test('Slack: no button, and no context without text, which Slack refuses', () => {
    const apart = [entryOf({}, { reason: 'one' }), entryOf({ check: 'd' }, { reason: 'another' })];
    for (const one of [messageOf([entryOf()]), messageOf(apart), messageOf(apart, { kind: 'resolved' })]) {
      for (const message of [slackMessage(one), slackPlainMessage(one), slackThreadMessage(one)]) {
        const payload = JSON.parse(JSON.stringify(message));
        expect(refusalOf(payload)).toBeUndefined();
        expect(JSON.stringify(payload)).not.toContain('"button"');
      }
    }
    expect(JSON.stringify(slackMessage(messageOf(apart)))).not.toContain('another');
    expect(slackPlainMessage(messageOf([entryOf()])).text.split('\n')).toHaveLength(2);
  });

  test('an issue: no link', () => expect(issueBody(messageOf([entryOf()]))).not.toContain(']('));
});

test('a run whose address is no web address is text, not a link', () => {
  const url = 'javascript:alert(1)';
  const html = emailHtml(messageOf([entryOf()], { run: { ...NOWHERE, url } }), 's');
  expect(html).toContain(url);
  expect(html).not.toContain('href');
});

test('several that are over', () => {
  expect(emailText(messageOf(many(2), { kind: 'resolved' }))).toContain('2 alerts in production are over.');
});

test.each([
  ['guard@example.org', '@example.org>'],
  ['Guard <guard@example.org>', '@example.org>'],
  // A Message-ID is ASCII; a domain that is not, or none, gets one that cannot be anybody's.
  ['guard@exämple.org', '@deploy-guard.invalid>'],
  ['guard', '@deploy-guard.invalid>'],
])('the Message-ID of a mail from %s', (from, end) => {
  const { messageId } = mailOf(messageOf([entryOf()]), { from, to: ['a@b.c'] });
  expect(messageId).toBe(`<id-1.deploy-guard${end}`);
});

describe('more than fits is counted', () => {
  test('facts of a mail', () => {
    const facts = Array.from({ length: 25 }, (_value, n) => ({ label: `f${n}`, value: `v${n}` }));
    const text = emailText(messageOf([entryOf({ facts, labels: { team: 'shop' } })]));
    expect(text).toContain('  f19: v19\n  …: and 6 more\n');
    expect(text).not.toContain('f20');
  });

  test('rows of an issue', () => {
    const facts = Array.from({ length: 20 }, (_value, n) => ({ label: `f${n}`, value: '*'.repeat(990) }));
    const body = issueBody(messageOf([entryOf({ facts })]));
    expect(body).toMatch(/\| … \| and \d+ more \|/);
    const rows = body.split('\n').filter((line) => /^\| (?!---|…|\|)/.test(line)).length;
    expect(body).toContain(`| and ${24 - rows} more |`);
    expect(body.length).toBeLessThan(65_536);
  });

  test('alerts of the log', async () => {
    const lines: string[] = [];
    const log = { ...silentLog, error: (line: string) => void lines.push(line) };
    await logChannel(log).deliver(messageOf(many(23)), new AbortController().signal);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\[FIRING:23\]/);
    expect(lines[0]?.split('\n')).toHaveLength(22);
    expect(lines[0]).toMatch(/\n… and 3 more$/);
  });

  test('alerts of the webhook', () => {
    const body = webhookBody(messageOf(many(501)));
    expect(body.alerts).toHaveLength(500);
    expect(body).toMatchObject({ leftOut: 1, subject: expect.stringContaining('FIRING:501') });
    expect(webhookBody(messageOf(many(500)))).not.toHaveProperty('leftOut');
  });
});

test('a header of characters that nobody can see is no empty text, which Slack refuses', () => {
  expect(plainText('\u0000\u202e ', 150).text).toBe('-');
});
