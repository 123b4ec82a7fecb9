import { type Attempt, retryAfterMs } from '../delivery.ts';
import type { HttpAnswer, HttpSender } from '../http.ts';
import { cleanLine, cut } from '../text.ts';
import type { Channel } from './channel.ts';
import { type SlackMessage, slackMessage, slackPlainMessage } from './slack-blocks.ts';

/** Slack by an incoming webhook. */
export function slackWebhook(webhookUrl: string, http: HttpSender, now: () => number): Channel {
  const post = (message: SlackMessage, signal: AbortSignal) =>
    http.post(
      webhookUrl,
      JSON.stringify(message),
      { 'content-type': 'application/json; charset=utf-8' },
      signal,
    );
  return {
    name: 'slack',
    key: 'slack',
    preview: (notification) => JSON.stringify(slackMessage(notification), undefined, 2),
    async deliver(notification, signal) {
      const answer = await post(slackMessage(notification), signal);
      const code = codeOf(answer);
      if (!refusesContent(code)) return judge(answer, code, now());
      // Better a plain message than none.
      const plain = await post(slackPlainMessage(notification), signal);
      const outcome = judge(plain, codeOf(plain), now());
      return outcome.ok
        ? { ...outcome, remark: `Slack refused the blocks (${code}); sent as plain text` }
        : outcome;
    },
  };
}

/** A webhook answers 200 and `ok`; anything else, 200 included, is a refusal. */
function judge(answer: HttpAnswer, code: string, now: number): Attempt {
  if (answer.status === 200 && code === 'ok') return { ok: true };
  const wait = retryAfterMs(answer.header('retry-after'), now);
  return {
    ok: false,
    error: `Slack answered ${answer.status}${code === '' ? '' : ` "${code}"`}${explain(code, answer.status)}`,
    retry: isTemporary(answer.status, code),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

function codeOf(answer: HttpAnswer): string {
  return cut(cleanLine(answer.body), 100);
}

export function refusesContent(code: string): boolean {
  return /^(invalid_blocks|invalid_blocks_format|invalid_attachments|msg_blocks_too_long|msg_too_long|invalid_payload)$/.test(
    code,
  );
}

export function isTemporary(status: number, code: string): boolean {
  if (status === 429 || status >= 500) return true;
  return /^(ratelimited|rate_limited|rollup_error|internal_error|fatal_error|service_unavailable|request_timeout)$/.test(
    code,
  );
}

const WORDS: Readonly<Record<string, string>> = {
  no_service: 'the webhook was removed or switched off; make a new one and put it into the secret',
  no_team: 'the webhook belongs to no workspace; copy its URL again',
  invalid_token: 'the webhook URL is not whole or was revoked; copy it again',
  channel_not_found: 'the channel of the webhook does not exist any more',
  channel_is_archived: 'the channel of the webhook is archived',
  action_prohibited: "the workspace's rules forbid this webhook to post",
  posting_to_general_channel_denied: 'only some people may post to that channel',
  no_text: 'the message was empty',
};

function explain(code: string, status: number): string {
  const words = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  if (words !== undefined) return `: ${words}`;
  if (status === 403) return ': access is forbidden; the webhook may have been revoked';
  if (status === 404) return ': there is no such webhook';
  return '';
}
