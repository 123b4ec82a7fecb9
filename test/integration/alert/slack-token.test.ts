import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import type { AlertOptions } from '../../../src/alert/model/options.ts';
import { openStore } from '../../../src/state/open-store.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { type ScriptedAnswer, type SlackServer, startSlackServer } from '../../support/slack-server.ts';
import { check, OWN, options, ports, reportOf } from './world.ts';

let slack: SlackServer;
let folder: string;
beforeEach(async () => {
  slack = await startSlackServer();
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-slack-'));
});
afterEach(async () => {
  await slack.close();
  await rm(folder, { recursive: true, force: true });
});

const byToken = (over: Partial<AlertOptions> = {}) =>
  options({
    channels: ['slack'],
    slack: { kind: 'token', token: slack.token, channel: '#deployments', apiUrl: slack.apiUrl },
    ...over,
  });

const run = (subject: AlertOptions['subject'], over: Partial<AlertOptions> = {}, laterMs = 0) =>
  alert(
    byToken({ subject, ...over }),
    ports({
      clock: { ...systemClock, now: () => Date.now() + laterMs },
      state: openStore(
        { kind: 'file', path: join(folder, 's.json') },
        { clock: systemClock, random: Math.random },
      ),
    }),
  );

const header = (index: number) => {
  const blocks = slack.messages[index]?.payload.blocks as { text?: { text?: string } }[] | undefined;
  return blocks?.[0]?.text?.text;
};

test('the thread follows alert, rollback and end; the first message shows how things stand', async () => {
  const red = [
    check({ id: 'a' }),
    check({ id: 'b', target: 'web', metric: 'http_req_failed', observed: 0.4, unit: '' }),
  ];
  const first = await run(reportOf(red));
  expect(first.alerts[0]?.channels[0]).toMatchObject({
    status: 'delivered',
    reference: slack.messages[0]?.ts,
  });
  expect(slack.messages[0]).toMatchObject({ channel: 'C0000000001', thread_ts: undefined });

  const rollback = reportOf([], {
    mode: 'rollback',
    verdict: 'pass',
    rollback: { operation: 'apply', operationId: 'op-1', planDigest: 'd', state: 'succeeded', steps: [] },
  });
  await run(rollback);
  expect(slack.messages[1]).toMatchObject({ thread_ts: slack.messages[0]?.ts });
  expect(slack.messages[1]?.payload).toMatchObject({ reply_broadcast: true });

  await run(reportOf([check({ id: 'a', verdict: 'pass' }), red[1] as (typeof red)[0]]));
  expect(slack.messages[2]).toMatchObject({ thread_ts: slack.messages[0]?.ts });
  expect(slack.messages[2]?.payload).toMatchObject({
    reply_broadcast: false,
    text: expect.stringMatching(/^\[RESOLVED\]/),
  });
  expect(header(0)).toMatch(/\[FIRING:1, RESOLVED:1\]/);
  expect(JSON.stringify(slack.messages[0]?.payload)).toContain('#d9480f');

  await run(reportOf(red.map((one) => ({ ...one, verdict: 'pass' as const }))));
  expect(slack.messages).toHaveLength(4);
  expect(header(0)).toMatch(/🟢 \[RESOLVED:2\]/);
  expect(JSON.stringify(slack.messages[0]?.payload)).toContain('#2e8540');
  expect(slack.refusals).toEqual([]);
});

test('what is new does not hide in an old thread', async () => {
  await run(reportOf([check({ id: 'a' })]));
  await run(reportOf([check({ id: 'a' }), check({ id: 'z', target: 'web' })]), {}, 5 * 3_600_000);
  const roots = slack.messages.filter(({ thread_ts }) => thread_ts === undefined);
  expect(roots).toHaveLength(2);
  expect(slack.messages).toHaveLength(3);
  const reminder = slack.messages.find(({ thread_ts }) => thread_ts !== undefined);
  expect(reminder?.payload).toMatchObject({ reply_broadcast: true });
});

test('a thread that is gone: a new one is begun, and the news arrives', async () => {
  await run(OWN);
  slack.messages.length = 0;
  const over = await run({ ...OWN, resolve: true });
  expect(over).toMatchObject({ failed: false, alerts: [{ status: 'resolved' }] });
  expect(over.alerts[0]?.channels[0]?.error).toMatch(/the thread is gone/);
  expect(slack.messages).toHaveLength(1);
});

test('an old message that cannot be changed does not make the news fail', async () => {
  await run(OWN);
  slack.answerNext({});
  slack.answerNext({ status: 200, body: { ok: false, error: 'cant_update_message' } });
  const over = await run({ ...OWN, resolve: true });
  expect(over).toMatchObject({ failed: false, alerts: [{ status: 'resolved' }] });
  expect(over.alerts[0]?.channels[0]?.error).toMatch(/could not be changed \(cant_update_message\)/);
});

test('a route leads to another channel', async () => {
  const routes: AlertOptions['routes'] = [
    { match: { type: ['high-error-rate'] }, channels: ['slack:#alerts'], continue: false },
  ];
  await run(OWN, { routes, targets: { 'slack:#alerts': { name: 'slack', slackChannel: '#alerts' } } });
  expect(slack.messages.map(({ channel }) => channel)).toEqual(['C0000000002']);
});

describe('Slack refuses: the step fails and says what to do', () => {
  test.each<[Partial<Extract<AlertOptions['slack'], { kind: 'token' }>>, RegExp]>([
    [{ token: 'xoxb-wrong-wrong' }, /invalid_auth": the token is wrong or was revoked/],
    [{ channel: '#nowhere' }, /channel_not_found": there is no such channel, or the app is not in it/],
  ])('%j', async (over, expected) => {
    const given = {
      kind: 'token' as const,
      token: slack.token,
      channel: '#deployments',
      apiUrl: slack.apiUrl,
      ...over,
    };
    const result = await run(OWN, { slack: given });
    expect(result).toMatchObject({ failed: true, alerts: [{ status: 'failed' }] });
    expect(result.cause).toMatch(expected);
    expect(JSON.stringify(result)).not.toContain('xoxb-wrong');
  });

  test.each<[ScriptedAnswer, RegExp]>([
    [
      { body: { ok: false, error: 'missing_scope' } },
      /missing_scope": the app lacks a scope; give it chat:write/,
    ],
    [{ body: { ok: false, error: 'not_in_channel' } }, /invite it/],
    [{ body: '<html>proxy</html>' }, /answered 200 "<html>proxy<\/html>"/],
    [{ body: { ok: false, error: '<!channel> ::error::' } }, /answered 200/],
  ])('%j', async (answer, expected) => {
    slack.answerNext({ status: 200, ...answer });
    const result = await run(OWN);
    expect(result.failed).toBe(true);
    expect(result.cause).toMatch(expected);
  });

  test.each<ScriptedAnswer>([
    { status: 429, body: { ok: false, error: 'ratelimited' }, headers: { 'retry-after': '0' } },
    { status: 200, body: { ok: false, error: 'internal_error' } },
    { status: 503, body: '' },
    { drop: true },
  ])('%j is tried again', async (answer) => {
    slack.answerNext(answer);
    expect(await run(OWN)).toMatchObject({ failed: false, alerts: [{ status: 'sent' }] });
  });

  test('the blocks: the same arrives as plain text', async () => {
    slack.answerNext({
      status: 200,
      body: { ok: false, error: 'invalid_blocks', response_metadata: { messages: ['bad'] } },
    });
    const result = await run(OWN);
    expect(result.failed).toBe(false);
    expect(result.alerts[0]?.channels[0]?.error).toMatch(/refused the blocks \(invalid_blocks: bad\)/);
  });
});

test('nasty texts in a thread of many are refused by nothing and mention nobody', async () => {
  const nasty = '<!channel> & <@U123> `*_~ \u202e @here '.repeat(200);
  const many = (verdict: 'fail' | 'pass') =>
    Array.from({ length: 70 }, (_, index) =>
      check({ id: `c${index}`, target: nasty.slice(0, 150), reason: nasty, verdict }),
    );
  await run(reportOf(many('fail')));
  await run(reportOf(many('pass')));
  expect(slack.refusals).toEqual([]);
  expect(slack.messages.flatMap(({ mentions }) => mentions)).toEqual([]);
  expect(slack.messages).toHaveLength(2);
});

test('what Slack says beside its refusal is notified', async () => {
  const messages = ['[ERROR] missing required field: channel'];
  slack.answerNext({ body: { ok: false, error: 'restricted_action', response_metadata: { messages } } });
  const refused = await run(OWN);
  expect(refused.failed).toBe(true);
  expect(refused.cause).toMatch(
    /answered 200 "restricted_action" \(\[ERROR\] missing required field: channel\)/,
  );
});

test('runs that resolve at once tell the end once, and change the first message in place', async () => {
  await run(reportOf([check({ id: 'a' })]));
  const over = { subject: { ...OWN, resolve: true } } as const;
  const passing = reportOf([check({ id: 'a', verdict: 'pass' })]);
  const results = await Promise.all(Array.from({ length: 6 }, () => run(passing)));
  const statuses = results.flatMap(({ alerts }) => alerts.map(({ status }) => status));
  expect(statuses.filter((status) => status === 'resolved')).toHaveLength(1);
  // What was posted: the alert, and once its end.
  const posted = slack.messages.map(({ payload, previous }) => String((previous[0] ?? payload).text));
  expect(posted.map((text) => text.split(' ')[0])).toEqual(['[FIRING:1]', '[RESOLVED]']);
  expect(slack.messages[0]?.previous).toHaveLength(1);
  expect((await run(over.subject)).alerts[0]).toMatchObject({ status: 'none' });
});

test('an answer that names neither channel nor message is a yes; what follows begins a thread of its own', async () => {
  slack.answerNext({ status: 200, body: '{"ok":true}' });
  const first = await run(OWN);
  expect(first).toMatchObject({ failed: false, alerts: [{ status: 'sent' }] });
  slack.messages.length = 0;
  const end = await run({ ...OWN, resolve: true });
  expect(end).toMatchObject({ failed: false, alerts: [{ status: 'resolved' }] });
  expect(slack.messages).toHaveLength(1);
  expect(slack.messages[0]).toMatchObject({ channel: 'C0000000001', thread_ts: undefined });
});
