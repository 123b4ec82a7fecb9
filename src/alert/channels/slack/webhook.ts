import { cleanLine, cut } from '../../model/text.ts';
import type { Channel } from '../common/channel.ts';
import type { HttpAnswer, HttpSender } from '../common/http.ts';
import { type Attempt, retryAfterMs } from '../common/retries.ts';
import { type SlackMessage, slackMessage, slackPlainMessage } from './blocks.ts';
import { explainSlack, isTemporary, refusesContent } from './errors.ts';

/** Slack by an incoming webhook: messages only, neither threads nor changes. */
export function slackWebhook(key: string, url: string, http: HttpSender, now: () => number): Channel {
  const post = (message: SlackMessage, signal: AbortSignal) =>
    http.post(url, JSON.stringify(message), { 'content-type': 'application/json; charset=utf-8' }, signal);
  return {
    name: 'slack',
    key,
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
    error: `Slack answered ${answer.status}${code === '' ? '' : ` "${code}"`}${explainSlack(code) || byStatus(answer.status)}`,
    retry: isTemporary(answer.status, code),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

function codeOf(answer: HttpAnswer): string {
  return cut(cleanLine(answer.body), 100);
}

function byStatus(status: number): string {
  if (status === 403) return ': access is forbidden; the webhook may have been revoked';
  if (status === 404) return ': there is no such webhook';
  return '';
}
