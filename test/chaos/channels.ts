import { startGithubServer } from '../support/github-server.ts';
import { startSlackServer } from '../support/slack-server.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import type { Link } from './link.ts';
import { startReceiver } from './receiver.ts';
import { SECRETS, type World } from './world.ts';

/** One message that a channel's server took, with the mark by which a receiver knows a repeat. */
export interface Arrived {
  kind: 'firing' | 'resolved';
  mark: string;
}

/** One channel of a round: the real part, the link to it, what the guard is given, what has arrived. */
export interface ChannelPart {
  name: string;
  link: Link;
  inputs: Record<string, string>;
  env: Record<string, string>;
  arrived(): Arrived[];
  /** everything that it was sent, to be searched for secrets of others */
  everything(): string;
  /** secrets that belong to it */
  own: readonly string[];
}

export const CHANNELS = ['slack token', 'slack webhook', 'email', 'webhook', 'github-issue'] as const;
export type ChannelKind = (typeof CHANNELS)[number];

export async function openChannel(world: World, kind: ChannelKind): Promise<ChannelPart> {
  if (kind === 'email') return email(world);
  if (kind === 'webhook') return webhook(world);
  if (kind === 'github-issue') return issues(world);
  return slack(world, kind === 'slack token');
}

const kindOf = (text: string): Arrived['kind'] => (/RESOLVED/.test(text) ? 'resolved' : 'firing');

async function slack(world: World, byToken: boolean): Promise<ChannelPart> {
  const server = await startSlackServer();
  world.onClose(() => server.close());
  const { port, pathname } = new URL(server.webhookUrl);
  const link = await world.link({
    name: 'slack',
    port: Number(port),
    tls: world.chance.percent(50),
    spoilAnswers: true,
  });
  const origin = `${link.tls ? 'https' : 'http'}://${link.host}`;
  const own = byToken ? server.token : pathname.slice(pathname.lastIndexOf('/') + 1);
  world.secret(own);
  return {
    name: 'slack',
    link,
    inputs: byToken
      ? { 'slack-token': server.token, 'slack-channel': '#alerts', 'slack-api-url': `${origin}/api/` }
      : { 'slack-webhook-url': `${origin}${pathname}` },
    env: {},
    // Slack knows no mark: the same words are the same message. What counts is what was posted: the first message
    // of a thread is changed in place later, so that it shows the end as well.
    arrived: () =>
      server.messages.map(({ payload, previous }) => {
        const text = String((previous[0] ?? payload).text);
        return { kind: kindOf(text), mark: text };
      }),
    everything: () => JSON.stringify(server.requests.map(({ body }) => body)),
    own: [own],
  };
}

async function email(world: World): Promise<ChannelPart> {
  const tls = world.chance.percent(50);
  const auth = { user: 'guard', password: SECRETS.smtp };
  // A login in the clear is refused by the guard itself, so there is one only with TLS.
  const sink = await startSmtpSink(tls ? { tls: 'implicit', auth } : {});
  world.onClose(() => sink.close());
  // The sink has TLS of its own.
  const link = await world.link({ name: 'smtp', port: sink.port, tls: false, spoilAnswers: tls });
  const login = tls ? `guard:${encodeURIComponent(SECRETS.smtp)}@` : '';
  return {
    name: 'email',
    link,
    inputs: {
      'smtp-url': `${tls ? 'smtps' : 'smtp'}://${login}localhost:${link.proxy.port}`,
      'email-from': 'guard@shop.example',
      'email-to': 'ops@shop.example',
    },
    env: {},
    arrived: () =>
      sink.messages.map(({ parsed }) => ({
        kind: kindOf(parsed.subject ?? ''),
        mark: parsed.messageId ?? '',
      })),
    everything: () => sink.messages.map(({ raw }) => raw).join('\n'),
    own: [],
  };
}

async function webhook(world: World): Promise<ChannelPart> {
  const receiver = await startReceiver();
  world.onClose(() => receiver.close());
  const link = await world.link({
    name: 'webhook',
    port: receiver.port,
    tls: world.chance.percent(50),
    spoilAnswers: true,
  });
  return {
    name: 'webhook',
    link,
    inputs: {
      'webhook-url': `${link.tls ? 'https' : 'http'}://${link.host}/hooks/${SECRETS.webhook}`,
      'webhook-secret': SECRETS.signing,
    },
    env: {},
    arrived: () =>
      receiver.received.map(({ key, body }) => ({
        kind: (JSON.parse(body) as { kind: Arrived['kind'] }).kind,
        mark: key,
      })),
    everything: () => receiver.received.map(({ body }) => body).join('\n'),
    own: [],
  };
}

async function issues(world: World): Promise<ChannelPart> {
  const server = await startGithubServer();
  world.onClose(() => server.close());
  const link = await world.link({
    name: 'github',
    port: Number(new URL(server.url).port),
    tls: world.chance.percent(50),
    spoilAnswers: true,
  });
  world.secret(server.token);
  return {
    name: 'github-issue',
    link,
    inputs: { 'github-token': server.token },
    env: { GITHUB_API_URL: `${link.tls ? 'https' : 'http'}://${link.host}` },
    // The mark is the fingerprint in the issue's body: what counts is that one issue is kept for it.
    arrived: () =>
      server.issues
        .filter(({ comments }) => !comments.some((comment) => comment.startsWith('Duplicate of')))
        .flatMap(({ number, state, body }): Arrived[] => {
          const mark = `${/deploy-guard:alert:(\S+)/.exec(body)?.[1] ?? ''} #${number}`;
          const firing: Arrived = { kind: 'firing', mark };
          return state === 'closed' ? [firing, { kind: 'resolved', mark }] : [firing];
        }),
    everything: () => JSON.stringify(server.issues),
    own: [server.token],
  };
}
