import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { mentionsIn, type Refusal, refusalOf } from './slack-message.ts';

/** A message that was accepted. */
export interface SlackMessage {
  ts: string;
  channel: string;
  thread_ts: string | undefined;
  via: 'webhook' | 'api';
  /** what it holds now; `chat.update` changes it */
  payload: Record<string, unknown>;
  /** earlier payloads, oldest first */
  previous: Record<string, unknown>[];
  /** what would have notified people: "<!channel>", "<@U123>" */
  mentions: string[];
}

/** One answer that is given in place of the ordinary one. */
export interface ScriptedAnswer {
  status?: number;
  body?: string | object;
  headers?: Record<string, string>;
  delayMs?: number;
  /** never answers */
  hang?: boolean;
  /** cuts the connection; `afterAccepting` first takes the message, so that the sender cannot know */
  drop?: boolean | 'afterAccepting';
}

export interface SlackServer {
  /** for `slack-api-url`: the methods lie below it, as `https://slack.com/api/` */
  apiUrl: string;
  webhookUrl: string;
  token: string;
  /** channels that exist, by name and by id */
  channels: Map<string, string>;
  /** channels that were archived, by id */
  archived: Set<string>;
  /** Timestamps of messages that were deleted. */
  deleted: Set<string>;
  messages: SlackMessage[];
  /** everything that arrived, refused or not */
  requests: { path: string; body: string; headers: IncomingMessage['headers'] }[];
  /** refusals as Slack worded them */
  refusals: Refusal[];
  /** queues an answer; each request takes one */
  answerNext(answer: ScriptedAnswer): void;
  close(): Promise<void>;
}

type Answer = { status: number; body: string; type: string; headers?: Record<string, string> };

const webhookPath = '/services/T0000TEST/B0000TEST/abcdefghijklmnopqrstuvwx';
const token = 'xoxb-0000000000-test-token';
const largestBody = 1024 * 1024;

/** Starts a server on a free port of 127.0.0.1 that takes and refuses messages as Slack does. */
export async function startSlackServer(): Promise<SlackServer> {
  const sockets = new Set<Socket>();
  const scripted: ScriptedAnswer[] = [];
  const server = createServer((request, response) => {
    handle(slack, scripted, request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const slack: SlackServer = {
    apiUrl: '',
    webhookUrl: '',
    token,
    channels: new Map([
      ['#deployments', 'C0000000001'],
      ['#alerts', 'C0000000002'],
    ]),
    archived: new Set(),
    deleted: new Set(),
    messages: [],
    requests: [],
    refusals: [],
    answerNext: (answer) => {
      scripted.push(answer);
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  slack.apiUrl = `${origin}/api/`;
  slack.webhookUrl = `${origin}${webhookPath}`;
  return slack;
}

async function handle(
  slack: SlackServer,
  scripted: ScriptedAnswer[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const body = await read(request);
  slack.requests.push({ path, body, headers: request.headers });
  const script = scripted.shift();
  if (script?.hang === true) return;
  if (script?.drop === true) {
    response.destroy();
    return;
  }
  if (script?.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, script.delayMs));
  const replaced = script !== undefined && (script.status !== undefined || script.body !== undefined);
  const answer = replaced ? scriptedAnswer(script) : ordinary(slack, request, path, body);
  if (script?.drop === 'afterAccepting') {
    response.destroy();
    return;
  }
  const headers = { 'content-type': answer.type, ...answer.headers, ...script?.headers };
  response.writeHead(answer.status, headers).end(answer.body);
}

function scriptedAnswer(script: ScriptedAnswer): Answer {
  const isText = typeof script.body === 'string' || script.body === undefined;
  return {
    status: script.status ?? 200,
    body: isText ? String(script.body ?? '') : JSON.stringify(script.body),
    type: isText ? 'text/html' : 'application/json; charset=utf-8',
  };
}

function ordinary(slack: SlackServer, request: IncomingMessage, path: string, body: string): Answer {
  if (path.startsWith('/services/')) return webhook(slack, request, path, body);
  if (path.startsWith('/api/')) return api(slack, request, path.slice('/api/'.length), body);
  return { status: 404, body: 'not found', type: 'text/plain' };
}

function webhook(slack: SlackServer, request: IncomingMessage, path: string, body: string): Answer {
  const plain = (status: number, text: string): Answer => ({ status, body: text, type: 'text/html' });
  if (request.method !== 'POST') return plain(405, 'method_not_allowed');
  const [team, service, secret] = webhookPath.split('/').slice(2);
  const [givenTeam, givenService, givenSecret] = path.split('/').slice(2);
  if (givenTeam !== team) return plain(404, 'no_team');
  if (givenService !== service) return plain(404, 'no_service');
  if (givenSecret !== secret) return plain(403, 'invalid_token');
  const payload = parsePayload(request, body);
  if (payload === undefined) return plain(400, 'invalid_payload');
  const asked = typeof payload.channel === 'string' ? payload.channel : '#alerts';
  const channel = channelId(slack, asked);
  if (channel === undefined) return plain(404, 'channel_not_found');
  if (slack.archived.has(channel)) return plain(410, 'channel_is_archived');
  const refusal = refusalOf(payload);
  if (refusal !== undefined) {
    slack.refusals.push(refusal);
    return plain(400, refusal.error);
  }
  accept(slack, 'webhook', channel, payload);
  return plain(200, 'ok');
}

function api(slack: SlackServer, request: IncomingMessage, method: string, body: string): Answer {
  const json = (answer: object): Answer => ({
    status: 200,
    body: JSON.stringify(answer),
    type: 'application/json; charset=utf-8',
  });
  const refuse = (refusal: Refusal): Answer => {
    slack.refusals.push(refusal);
    const messages = refusal.problems.map((one) => `[ERROR] ${one.message} [json-pointer:${one.pointer}]`);
    const details = messages.length > 0 ? { errors: messages, response_metadata: { messages } } : {};
    return json({ ok: false, error: refusal.error, ...details });
  };
  const fail = (error: string): Answer => refuse({ error, problems: [] });

  const payload = parsePayload(request, body === '' ? '{}' : body);
  if (payload === undefined) return fail('invalid_json');
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? payload.token;
  if (bearer === undefined) return fail('not_authed');
  if (bearer !== slack.token) return fail('invalid_auth');
  if (method === 'auth.test') {
    return json({
      ok: true,
      url: 'https://test.slack.com/',
      team: 'Test',
      user: 'guard',
      team_id: 'T0000TEST',
    });
  }
  if (method !== 'chat.postMessage' && method !== 'chat.update') return fail('unknown_method');
  const channel = channelId(slack, String(payload.channel ?? ''));
  if (channel === undefined) return fail('channel_not_found');
  if (slack.archived.has(channel)) return fail('is_archived');
  if (method === 'chat.update') return update(slack, channel, payload, json, refuse);
  // A reply to a deleted message is taken, and posted to the channel: the answer names no thread.
  if (slack.deleted.has(String(payload.thread_ts))) delete payload.thread_ts;
  const parent = payload.thread_ts;
  if (parent !== undefined && find(slack, channel, parent) === undefined) return fail('thread_not_found');
  const refusal = refusalOf(payload);
  if (refusal !== undefined) return refuse(refusal);
  const message = accept(slack, 'api', channel, payload);
  return json({
    ok: true,
    channel,
    ts: message.ts,
    message: { ...payload, ts: message.ts, type: 'message' },
  });
}

function update(
  slack: SlackServer,
  channel: string,
  payload: Record<string, unknown>,
  json: (answer: object) => Answer,
  refuse: (refusal: Refusal) => Answer,
): Answer {
  // Unlike chat.postMessage, chat.update takes no channel by its name.
  if (payload.channel !== channel) return refuse({ error: 'channel_not_found', problems: [] });
  const message = find(slack, channel, payload.ts);
  if (message === undefined) return refuse({ error: 'message_not_found', problems: [] });
  const refusal = refusalOf(payload);
  if (refusal !== undefined) return refuse(refusal);
  message.previous.push(message.payload);
  message.payload = payload;
  message.mentions.push(...mentionsIn(payload));
  return json({ ok: true, channel, ts: message.ts, text: payload.text ?? '' });
}

function find(slack: SlackServer, channel: string, ts: unknown): SlackMessage | undefined {
  return slack.messages.find((message) => message.channel === channel && message.ts === ts);
}

function accept(
  slack: SlackServer,
  via: SlackMessage['via'],
  channel: string,
  payload: Record<string, unknown>,
): SlackMessage {
  const message: SlackMessage = {
    ts: `1700000000.${String(slack.messages.length + 1).padStart(6, '0')}`,
    channel,
    thread_ts: typeof payload.thread_ts === 'string' ? payload.thread_ts : undefined,
    via,
    payload,
    previous: [],
    mentions: mentionsIn(payload),
  };
  slack.messages.push(message);
  return message;
}

function channelId(slack: SlackServer, channel: string): string | undefined {
  if ([...slack.channels.values()].includes(channel)) return channel;
  return slack.channels.get(channel.startsWith('#') ? channel : `#${channel}`);
}

function parsePayload(request: IncomingMessage, body: string): Record<string, unknown> | undefined {
  try {
    const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
    const payload: unknown = isForm ? fromForm(new URLSearchParams(body)) : JSON.parse(body);
    const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
    return isObject ? (payload as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A webhook takes a form's `payload`; the Web API takes the fields, with lists as JSON in them. */
function fromForm(form: URLSearchParams): unknown {
  const whole = form.get('payload');
  if (whole !== null) return JSON.parse(whole);
  return Object.fromEntries(
    [...form].map(([key, value]) => [
      key,
      key === 'blocks' || key === 'attachments' ? JSON.parse(value) : value,
    ]),
  );
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > largestBody) throw new Error('the body is larger than Slack takes');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
