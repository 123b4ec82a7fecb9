import * as z from 'zod';
import { cleanLine, cut } from '../../model/text.ts';
import type { Channel } from '../common/channel.ts';
import type { HttpSender } from '../common/http.ts';
import type { Notification } from '../common/notification.ts';
import { type Attempt, retryAfterMs } from '../common/retries.ts';
import { type SlackMessage, slackMessage, slackPlainMessage, slackThreadMessage } from './blocks.ts';
import { explainSlack, isTemporary, refusesContent } from './errors.ts';

export interface SlackTokenOptions {
  readonly token: string;
  /** `#name` or an id. */
  readonly channel: string;
  /** Methods lie below it. */
  readonly apiUrl: string;
}

const answerSchema = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  ts: z.string().optional(),
  message: z.object({ thread_ts: z.string().optional() }).optional(),
  channel: z.string().optional(),
  response_metadata: z.object({ messages: z.array(z.string()).optional() }).optional(),
});

interface Answer {
  readonly status: number;
  /** Empty where Slack took it. */
  readonly code: string;
  readonly detail: string;
  readonly wait?: number;
  readonly ts?: string;
  readonly channel?: string;
  /** The message stands on its own, even if it was to be a reply. */
  readonly unthreaded?: boolean;
}

/**
 * Slack by a bot token. What follows an earlier message goes into its thread, and the earlier message is
 * changed in place, so that the channel shows how things stand.
 * The reference of a message is `CHANNEL_ID/TS`.
 */
export function slackToken(
  key: string,
  options: SlackTokenOptions,
  http: HttpSender,
  now: () => number,
): Channel {
  const call = async (method: string, body: object, signal: AbortSignal): Promise<Answer> => {
    const url = `${options.apiUrl.replace(/\/*$/, '/')}${method}`;
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      authorization: `Bearer ${options.token}`,
    };
    const answer = await http.post(url, JSON.stringify(body), headers, signal);
    const wait = retryAfterMs(answer.header('retry-after'), now());
    const limits = wait === undefined ? {} : { wait };
    const parsed = answerSchema.safeParse(parseJson(answer.body));
    if (!parsed.success) {
      // A proxy's page, or Slack in trouble.
      return {
        status: answer.status,
        code: cut(cleanLine(answer.body), 100) || 'no JSON',
        detail: '',
        ...limits,
      };
    }
    const { ok, error, ts, channel, message, response_metadata: metadata } = parsed.data;
    const unthreaded = message !== undefined && message.thread_ts === undefined;
    return {
      status: answer.status,
      // Slack says yes with 200; what a proxy puts another status on is no yes.
      code: ok && answer.status === 200 ? '' : cut(cleanLine(error ?? ''), 100) || 'unknown_error',
      detail: cut(cleanLine(metadata?.messages?.join('; ') ?? ''), 300),
      ...limits,
      ...(ts === undefined ? {} : { ts }),
      ...(channel === undefined ? {} : { channel }),
      unthreaded,
    };
  };

  const post = async (
    message: SlackMessage,
    thread: Place | undefined,
    loud: boolean,
    signal: AbortSignal,
  ) => {
    const where = thread
      ? { channel: thread.channel, thread_ts: thread.ts, reply_broadcast: loud }
      : { channel: options.channel };
    return call(
      'chat.postMessage',
      { ...message, ...where, unfurl_links: false, unfurl_media: false },
      signal,
    );
  };

  /** The message; without its blocks where Slack refuses them; on its own where its thread is gone. */
  const postSomehow = async (notification: Notification, signal: AbortSignal): Promise<Attempt> => {
    const thread = placeOf(notification.thread?.reference);
    // News about what fires belongs in the channel as well as in the thread.
    const loud = notification.kind === 'firing';
    const remarks: string[] = [];
    let root = thread;
    let answer = await post(slackMessage(notification), root, loud, signal);
    if (
      root &&
      /^(thread_not_found|message_not_found|channel_not_found|cannot_reply_to_message)$/.test(answer.code)
    ) {
      remarks.push(`the thread is gone (${answer.code}); a new one was begun`);
      root = undefined;
      answer = await post(slackMessage(notification), root, loud, signal);
    }
    if (refusesContent(answer.code)) {
      remarks.push(
        `Slack refused the blocks (${answer.code}${answer.detail && `: ${answer.detail}`}); sent as plain text`,
      );
      answer = await post(slackPlainMessage(notification), root, loud, signal);
    }
    if (answer.code !== '') return refusal(answer);
    if (root && answer.unthreaded) {
      // Slack answers ok for a reply to a deleted message, and posts it to the channel: it begins the new thread.
      remarks.push('the first message of the thread was deleted; a new thread was begun');
      root = undefined;
    }
    const place = root ?? { channel: answer.channel ?? options.channel, ts: answer.ts ?? '' };
    if (root && notification.thread) {
      const remark = await refresh(notification, root, signal);
      if (remark) remarks.push(remark);
    }
    const remark = remarks.length > 0 ? { remark: remarks.join('; ') } : {};
    return { ok: true, reference: `${place.channel}/${place.ts}`, ...remark };
  };

  /** The first message of the thread shows how things stand. The news itself is notified already, whatever comes of it. */
  const refresh = async (notification: Notification, root: Place, signal: AbortSignal) => {
    try {
      const message = slackThreadMessage(notification);
      const answer = await call('chat.update', { ...message, channel: root.channel, ts: root.ts }, signal);
      return answer.code === '' ? undefined : `the first message could not be changed (${answer.code})`;
    } catch (error) {
      return `the first message could not be changed (${cut(cleanLine(String(error)), 200)})`;
    }
  };

  return {
    name: 'slack',
    key,
    preview: (notification) =>
      JSON.stringify({ channel: options.channel, ...slackMessage(notification) }, undefined, 2),
    deliver: postSomehow,
  };
}

function refusal(answer: Answer): Attempt {
  const detail = answer.detail === '' ? '' : ` (${answer.detail})`;
  return {
    ok: false,
    error: `Slack answered ${answer.status} "${answer.code}"${detail}${explainSlack(answer.code)}`,
    retry: isTemporary(answer.status, answer.code),
    ...(answer.wait === undefined ? {} : { retryAfterMs: answer.wait }),
  };
}

interface Place {
  readonly channel: string;
  readonly ts: string;
}

/** `C0123/1700000000.000001` → its parts; undefined for what another way into Slack left behind. */
function placeOf(reference: string | undefined): Place | undefined {
  const match = /^([^/]+)\/(\d+\.\d+)$/.exec(reference ?? '');
  return match?.[1] && match[2] ? { channel: match[1], ts: match[2] } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
