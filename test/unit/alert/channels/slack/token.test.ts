import { describe, expect, test } from 'vitest';
import type { HttpSender } from '../../../../../src/alert/channels/common/http.ts';
import { slackToken } from '../../../../../src/alert/channels/slack/token.ts';
import { notificationsOf, REPORTS } from '../../../../fuzz/fixtures.ts';

describe('a refusal of Slack is not a delivery', () => {
  const [notification] = notificationsOf(REPORTS[0] as (typeof REPORTS)[number], 'x');
  const answering = (status: number, body: object) =>
    slackToken(
      'slack',
      { token: 'xoxb-1', channel: '#x', apiUrl: 'https://slack.example/api/' },
      {
        post: async () => ({ status, body: JSON.stringify(body), header: () => undefined }),
      } as unknown as HttpSender,
      () => 0,
    );

  test.each([
    [200, { ok: false, error: '' }],
    [403, { ok: false, error: '' }],
    [500, { ok: true, ts: '1.2', channel: 'C1' }],
  ])('status %i with %j counts as not delivered', async (status, body) => {
    if (!notification) throw new Error('no message');
    const attempt = await answering(status, body).deliver(notification, new AbortController().signal);
    expect(attempt).toMatchObject({ ok: false, error: expect.stringContaining('unknown_error') });
  });
});
