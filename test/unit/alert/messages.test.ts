import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { incomingOf } from '../../../src/alert/catalogue/from-report.ts';
import {
  type Notification,
  notificationOf,
  subjectOf,
} from '../../../src/alert/channels/common/notification.ts';
import { emailHtml } from '../../../src/alert/channels/email/html.ts';
import { emailText } from '../../../src/alert/channels/email/text.ts';
import { issueBody, issueComment } from '../../../src/alert/channels/github-issue/text.ts';
import {
  slackMessage,
  slackPlainMessage,
  slackThreadMessage,
} from '../../../src/alert/channels/slack/blocks.ts';
import { webhookBody } from '../../../src/alert/channels/webhook/webhook.ts';
import type { Decision } from '../../../src/alert/policy/decision.ts';
import { newMemory } from '../../../src/alert/policy/transitions.ts';
import type { Check } from '../../../src/report/schema.ts';
import { REPORT_SCHEMA } from '../../../src/report/vocabulary.ts';
import { mentionsIn, refusalOf } from '../../support/slack-message.ts';

const T0 = Date.UTC(2026, 0, 27, 12);

const check = (over: Partial<Check>): Check => ({
  id: 'c',
  kind: 'http',
  target: 'api',
  metric: 'http_req_duration',
  observed: 1,
  unit: 'ms',
  threshold: 'p(95)<1ms',
  samples: 1,
  attempts: 1,
  verdict: 'fail',
  reason: 'late',
  ...over,
});

/** A message about failed checks, notified in a thread. */
function notification(checks: readonly Check[], kind: Notification['kind'], label = ''): Notification {
  const { firing } = incomingOf(
    {
      subject: {
        kind: 'report',
        report: {
          schema: REPORT_SCHEMA,
          mode: 'verify',
          environment: 'production',
          dryRun: false,
          startedAt: new Date(T0).toISOString(),
          finishedAt: new Date(T0).toISOString(),
          verdict: 'fail',
          cause: label,
          checks: [...checks],
          alerts: [],
        },
      },
      labels: { note: label },
      fireOn: ['fail'],
      types: {},
    },
    'production',
    'app',
  );
  const decisions = firing.map((alert): Decision => {
    const memory = { ...newMemory(alert, T0), status: 'firing' as const, episode: 1 };
    return {
      alert,
      kind,
      action: 'send',
      status: 'sent',
      rule: 'r',
      reason: label || 'r',
      channels: ['slack'],
      memory,
    };
  });
  const run = {
    repository: 'acme/shop',
    url: 'https://github.com/acme/shop/actions/runs/1',
    actor: label,
    host: 'h',
  };
  const remembered = decisions.flatMap(({ memory }) => (memory ? [memory] : []));
  const made = notificationOf(
    decisions,
    { environment: 'production', now: T0 + 60_000, run, caveat: label },
    { reference: 'C/1.1', remembered },
  );
  if (!made) throw new Error('no message');
  return made;
}

/** Text that has tried to break something before. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom('<', '>', '&', '!', '@', '`', '*', '\n', 'a', '|', ':', '#'),
    maxLength: 300,
  }),
  fc
    .array(
      fc.constantFrom(
        '<!channel>',
        '<!here|x>',
        '<@U12345678>',
        '@here',
        '&lt;',
        '\u202e',
        '```',
        '::error::',
        '-->',
      ),
      {
        maxLength: 60,
      },
    )
    .map((parts) => parts.join(' ')),
  fc.integer({ min: 0, max: 6_000 }).map((length) => '&<🔥'.repeat(length)),
);

const checks = fc
  .record({ texts: fc.array(nasty, { minLength: 1, maxLength: 4 }), count: fc.integer({ min: 1, max: 60 }) })
  .map(({ texts, count }) =>
    Array.from({ length: count }, (_, index) => {
      const text = texts[index % texts.length] ?? '';
      return check({
        id: `${index} ${text}`,
        target: text || 'x',
        reason: text,
        hint: text,
        threshold: text,
      });
    }),
  );

describe('whatever the texts are', () => {
  test('Slack takes the message, and nobody is mentioned', () => {
    fc.assert(
      fc.property(
        checks,
        fc.constantFrom('firing' as const, 'resolved' as const),
        nasty,
        (list, kind, label) => {
          const one = notification(list, kind, label);
          for (const message of [slackMessage(one), slackPlainMessage(one), slackThreadMessage(one)]) {
            const payload = JSON.parse(JSON.stringify(message));
            expect(refusalOf(payload)).toBeUndefined();
            expect(mentionsIn({ ...payload, link_names: true })).toEqual([]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('the HTML of the mail has only the elements that it was built from', () => {
    fc.assert(
      fc.property(checks, nasty, (list, label) => {
        const one = notification(list, 'firing', label);
        const html = emailHtml(one, subjectOf(one));
        const elements = new Set([...html.matchAll(/<\/?([a-zA-Z!][a-zA-Z0-9]*)/g)].map(([, name]) => name));
        const known = [
          '!doctype',
          'html',
          'head',
          'meta',
          'title',
          'style',
          'body',
          'div',
          'p',
          'strong',
          'br',
          'table',
          'tr',
          'td',
          'a',
        ];
        expect([...elements].filter((name) => !known.includes(name ?? ''))).toEqual([]);
        expect(html.match(/href="(?!https:\/\/github\.com\/)/g)).toBeNull();
        expect(html.length).toBeLessThan(1_000_000);
        expect(emailText(one).length).toBeLessThan(500_000);
      }),
      { numRuns: 40 },
    );
  });

  test('subjects are one short line', () => {
    fc.assert(
      fc.property(checks, (list) => {
        const subject = subjectOf(notification(list, 'firing'));
        expect(subject.length).toBeLessThanOrEqual(200);
        expect(subject).not.toMatch(/[\r\n]/);
      }),
    );
  });

  test('an issue keeps its size and its marker, and mentions nobody outside its block of text', () => {
    fc.assert(
      fc.property(nasty, nasty, (reason, label) => {
        const one = notification([check({ reason, target: reason || 'x', hint: reason })], 'firing', label);
        const body = issueBody(one);
        expect(body.length).toBeLessThan(65_536);
        expect(issueComment(one).length).toBeLessThan(65_536);
        expect(body.split('\n')[0]).toMatch(/^<!-- deploy-guard:alert:[0-9a-f]{20} -->$/);
        const fence = /^(`{3,})text$/m.exec(body)?.[1];
        const outside = fence
          ? body.replace(new RegExp(`^${fence}text\\n[\\s\\S]*?\\n${fence}$`, 'm'), '')
          : body;
        expect(outside.replace(/^<!--.*-->$/m, '')).not.toMatch(/@[A-Za-z0-9]|<!--|-->|<[a-z]/);
      }),
    );
  });

  test('the webhook sends what was meant, as JSON', () => {
    fc.assert(
      fc.property(checks, (list) => {
        const body = JSON.stringify(webhookBody(notification(list, 'firing')));
        expect(JSON.parse(body).alerts.length).toBeGreaterThan(0);
      }),
      { numRuns: 30 },
    );
  });
});

test('more alerts than fit are counted', () => {
  const many = Array.from({ length: 300 }, (_, index) => check({ id: `c${index}`, reason: 'x'.repeat(400) }));
  const one = notification(many, 'firing');
  const shown = (JSON.stringify(slackMessage(one)).match(/"rich_text"/g) ?? []).length;
  expect(JSON.stringify(slackMessage(one))).toContain(`… and ${300 - shown} more`);
  expect(emailText(one)).toContain('… and 250 more');
});
