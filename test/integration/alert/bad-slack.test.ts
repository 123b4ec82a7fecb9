import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import type { AlertOptions } from '../../../src/alert/model/options.ts';
import { type ScriptedAnswer, type SlackServer, startSlackServer } from '../../support/slack-server.ts';
import { check, OWN, options, ports, reportOf, TIMING } from './world.ts';

let slack: SlackServer;
beforeEach(async () => {
  slack = await startSlackServer();
});
afterEach(() => slack.close());

const bySlack = (over: Partial<AlertOptions> = {}) =>
  options({ channels: ['slack'], slack: { kind: 'webhook', url: slack.webhookUrl }, ...over });

const notified = (over: Partial<AlertOptions> = {}) => alert(bySlack(over), ports());

describe('Slack refuses for good: the step fails at once and says what to do', () => {
  test.each<[ScriptedAnswer, RegExp]>([
    [
      { status: 403, body: 'invalid_token' },
      /403 "invalid_token": the webhook URL is not whole or was revoked/,
    ],
    [{ status: 403, body: 'action_prohibited' }, /rules forbid/],
    [{ status: 404, body: 'no_service' }, /404 "no_service": the webhook was removed or switched off/],
    [{ status: 403, body: '' }, /403: access is forbidden; the webhook may have been revoked/],
    [{ status: 404, body: '' }, /404: there is no such webhook/],
    [{ status: 410, body: 'channel_is_archived' }, /is archived/],
    [
      { status: 200, body: '<html>Sign in to the proxy</html>' },
      /answered 200 "<html>Sign in to the proxy<\/html>"/,
    ],
    [{ status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }, /answered 302/],
  ])('%j', async (answer, expected) => {
    slack.answerNext(answer);
    const result = await notified();
    expect(result).toMatchObject({ failed: true, alerts: [{ status: 'failed' }] });
    expect(result.cause).toMatch(expected);
    expect(slack.requests).toHaveLength(1);
  });
});

describe('Slack refuses the blocks: the alert arrives as plain text', () => {
  test.each<ScriptedAnswer>([
    { status: 200, body: 'invalid_blocks' },
    { status: 400, body: 'invalid_blocks' },
    { status: 400, body: 'invalid_payload' },
    { status: 400, body: 'msg_blocks_too_long' },
  ])('%j', async (answer) => {
    slack.answerNext(answer);
    const result = await notified();
    expect(result).toMatchObject({
      failed: false,
      alerts: [{ status: 'sent', channels: [{ status: 'delivered' }] }],
    });
    expect(result.alerts[0]?.channels[0]?.error).toMatch(/refused the blocks .*sent as plain text/);
    expect(slack.messages[0]?.payload).toEqual({
      mrkdwn: false,
      text: expect.stringContaining('Too many errors'),
    });
  });

  test('refused even so: it says so', async () => {
    slack.answerNext({ status: 200, body: 'invalid_blocks' });
    slack.answerNext({ status: 400, body: 'no_text' });
    expect((await notified()).cause).toMatch(/no_text/);
  });
});

describe('Slack cannot now: it is tried again', () => {
  test.each<[string, ScriptedAnswer]>([
    ['429 with Retry-After', { status: 429, body: 'ratelimited', headers: { 'retry-after': '1' } }],
    ['500', { status: 500, body: 'server error' }],
    ['503', { status: 503, body: '' }],
    ['a cut connection', { drop: true }],
  ])('%s', async (_name, answer) => {
    slack.answerNext(answer);
    const result = await notified();
    expect(result).toMatchObject({ failed: false, alerts: [{ status: 'sent' }] });
    expect(slack.messages).toHaveLength(1);
    expect(slack.requests).toHaveLength(2);
  });

  test('it hangs once: the attempt ends and the next one arrives', async () => {
    slack.answerNext({ hang: true });
    const result = await notified({ timing: { ...TIMING, attemptMs: 300 } });
    expect(result).toMatchObject({ failed: false, alerts: [{ status: 'sent' }] });
  });

  test('it hangs for ever: bounded, and the step fails', async () => {
    for (let index = 0; index < 10; index++) slack.answerNext({ hang: true });
    const started = performance.now();
    const result = await notified({ timing: { ...TIMING, attemptMs: 200, deliveryMs: 1_500 } });
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(result).toMatchObject({ failed: true, alerts: [{ status: 'failed' }] });
    expect(result.cause).toMatch(/no answer within \d+ ms \(tried \d times\)/);
  });

  test('it asks to wait longer than there is time: fails at once, in words', async () => {
    slack.answerNext({ status: 429, body: 'ratelimited', headers: { 'retry-after': '3600' } });
    const result = await notified();
    expect(result.cause).toMatch(/asks to wait 3600 s, longer than there is time/);
    expect(slack.requests).toHaveLength(1);
  });

  test('nothing listens', async () => {
    const free = await freePort();
    const result = await notified({
      slack: { kind: 'webhook', url: `http://127.0.0.1:${free}/services/T/B/secretsecret` },
      timing: { ...TIMING, deliveryMs: 1_200 },
    });
    expect(result.cause).toMatch(/127\.0\.0\.1:\d+ could not be reached: .*ECONNREFUSED/);
    expect(JSON.stringify(result)).not.toContain('secretsecret');
  });
});

test('being notified to stop ends a hanging delivery at once, and the alert is not taken as notified', async () => {
  slack.answerNext({ hang: true });
  const stop = new AbortController();
  const running = alert(
    bySlack({ timing: { ...TIMING, attemptMs: 60_000, deliveryMs: 60_000 } }),
    ports({ signal: stop.signal }),
  );
  while (slack.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const started = performance.now();
  stop.abort(new Error('interrupted by SIGTERM'));
  const result = await running;
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(result).toMatchObject({ failed: true, alerts: [{ status: 'failed' }] });
  expect(result.cause).toMatch(/SIGTERM/);
});

const NASTY: [string, string][] = [
  ['quotes and backslashes', `it's "quoted" \\ and 'again' \\n`],
  ['newlines', 'one\ntwo\r\nthree\rfour'],
  ['backticks and formatting', 'a `b` ```c``` *d* _e_ ~f~ > g'],
  ['broadcasts', '<!channel> <!here> <!everyone> @channel @here <@U123ABC> <!subteam^S123>'],
  ['links', '<https://evil.example|Click here> &lt;!channel&gt;'],
  ['emoji', '🔥 :fire: 👩‍👩‍👧 \u{1F1E9}\u{1F1EA}'],
  ['control characters', 'a\u0000b\u0007c\u001b[31md\u007fe\u0085f'],
  ['direction marks', 'invoice\u202Egnp.exe \u2066x\u2069 \u200fy'],
  ['a broken surrogate', 'a\ud800b'],
  ['workflow commands', '::set-output name=x::y\n::add-mask::z\n ::error::no\n##[error]no'],
  ['100 KB', 'x'.repeat(100_000)],
  ['100 KB of what grows when escaped', '<&>'.repeat(34_000)],
  ['only spaces', '   '],
];

describe('texts that could break something', () => {
  test.each(NASTY)('%s', async (_name, text) => {
    const subject = { ...OWN, title: text.trim() || 'x', message: text, source: text.slice(0, 500) };
    const kept = ports();
    const result = await alert(
      bySlack({ subject, channels: ['slack', 'log'], labels: { note: text } }),
      kept,
    );
    expect(result).toMatchObject({ failed: false, alerts: [{ status: 'sent' }] });
    expect(slack.refusals).toEqual([]);
    expect(slack.messages).toHaveLength(1);
    expect(slack.messages[0]?.mentions).toEqual([]);
    expect(result.alerts[0]?.channels[0]?.error).toBeUndefined();
    const sent = JSON.stringify(slack.messages[0]?.payload);
    expect(sent).not.toMatch(/\\u00(0[0-8]|1[0-9a-f]|7f)|[\u202a-\u202e\u2066-\u2069]/i);
    for (const line of kept.log.lines.flatMap((lines) => lines.split('\n'))) {
      expect(line.replace(/^\w+ /, '')).not.toMatch(/^\s*::|##\[/);
    }
  });

  test.each(NASTY)('%s, in a report with sixty failed checks', async (_name, text) => {
    const checks = Array.from({ length: 60 }, (_, index) =>
      check({ id: `c${index}`, target: text.slice(0, 200) || 'x', reason: text, hint: text }),
    );
    const result = await notified({ subject: reportOf(checks) });
    expect(result.failed).toBe(false);
    expect(slack.refusals).toEqual([]);
    expect(slack.messages[0]?.mentions).toEqual([]);
    expect(JSON.stringify(slack.messages[0]?.payload)).toMatch(/… and \d+ more/);
  });
});

async function freePort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
