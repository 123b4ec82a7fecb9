import { connect, type Socket } from 'node:net';
import type { SentMessageInfo, Transporter } from 'nodemailer';
import type { EmailOptions, SmtpAuth, SmtpServer } from '../../model/options.ts';
import { cleanLine, cut } from '../../model/text.ts';
import type { Channel } from '../common/channel.ts';
import { type Notification, subjectOf } from '../common/notification.ts';
import { explainSmtpError } from './errors.ts';
import { emailHtml } from './html.ts';
import { emailText } from './text.ts';

/** Email by SMTP. The mailer is loaded when the first message is sent. */
export function emailChannel(key: string, options: EmailOptions, attemptMs: number): Channel {
  let transport: Transporter | undefined;
  /** Who has a message already, where it must be tried again for others. */
  const told = new Map<string, Set<string>>();
  return {
    name: 'email',
    key,
    preview(notification) {
      return `From: ${options.from}\nTo: ${options.to.join(', ')}\nSubject: ${subjectOf(notification)}\n\n${emailText(notification)}`;
    },
    async deliver(notification, signal) {
      transport ??= await openTransport(options.server, attemptMs);
      const reached = told.get(notification.id) ?? new Set<string>();
      told.set(notification.id, reached);
      // nodemailer knows no abort signal; closing the connection is what ends a send.
      const end = () => transport?.close();
      signal.addEventListener('abort', end, { once: true });
      // What follows refers to the first mail, wherever in the thread it comes.
      const reference = notification.thread?.reference ?? messageIdOf(notification, options.from);
      try {
        const left = options.to.filter((address) => !reached.has(address));
        const envelope = { from: options.from, to: left };
        const info: SentMessageInfo = await transport.sendMail({
          ...mailOf(notification, options),
          envelope,
        });
        const refused = refusalsOf(info.rejectedErrors ?? []);
        for (const address of left) {
          if (!refused.some(({ recipient }) => bareAddress(address) === recipient)) reached.add(address);
        }
        if (refused.length === 0) return { ok: true, reference };
        const partial = `the mail server refused ${refused.map(({ words }) => words).join(', ')}`;
        // Some servers refuse strangers at first and take them a little later.
        const later = refused.some(({ temporary }) => temporary);
        return later
          ? { ok: false, error: partial, retry: true, reached: reference }
          : { ok: true, reference, partial };
      } catch (error) {
        const { error: words, retry } = explainSmtpError(error, options.server);
        if (reached.size === 0) return { ok: false, error: words, retry };
        const left = options.to.filter((address) => !reached.has(address));
        return { ok: false, error: `${words}; not told: ${left.join(', ')}`, retry, reached: reference };
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
    close: () => transport?.close(),
  };
}

/** The mail as nodemailer takes it. Pure. */
export function mailOf(notification: Notification, options: Pick<EmailOptions, 'from' | 'to'>) {
  const subject = subjectOf(notification);
  const root = notification.thread?.reference;
  return {
    from: options.from,
    to: [...options.to],
    subject,
    text: emailText(notification),
    html: emailHtml(notification, subject),
    // The same for the same message, so that a mailbox shows one where two runs had to send it.
    messageId: messageIdOf(notification, options.from),
    ...(root === undefined ? {} : { inReplyTo: root, references: [root] }),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Deploy-Guard-Environment': cleanLine(notification.environment),
      ...(notification.severity === 'critical' && notification.kind === 'firing'
        ? { Importance: 'high' }
        : {}),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function messageIdOf(notification: Notification, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'deploy-guard.invalid';
  return `<${notification.id}.deploy-guard@${domain}>`;
}

/**
 * A connection to a mail server that has not been made yet. The mailer is loaded here.
 * Its `close` ends what is under way at once: nodemailer's own waits for a server that hangs.
 */
export async function openTransport(server: SmtpServer, attemptMs: number): Promise<Transporter> {
  const { createTransport } = await import('./mailer.ts');
  const auth = server.auth;
  const sockets = new Set<Socket>();
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.tls === 'implicit',
    // A password never crosses a network in the clear, whatever the server offers.
    requireTLS: server.tls === 'required' || auth !== undefined,
    // A little less than the attempt itself has, so that what is told is where it got stuck.
    connectionTimeout: attemptMs * 0.8,
    greetingTimeout: attemptMs * 0.6,
    socketTimeout: attemptMs * 0.8,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(auth === undefined ? {} : { auth: authOf(auth) }),
    getSocket(
      _options: unknown,
      callback: (error: Error | null, found: { connection: Socket } | false) => void,
    ) {
      const socket = connect({ host: server.host, port: server.port });
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      const timer = setTimeout(() => socket.destroy(new Error('Connection timeout')), attemptMs * 0.8);
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.removeListener('error', fail);
        callback(null, { connection: socket });
      });
      const fail = (error: Error) => {
        clearTimeout(timer);
        callback(error, false);
      };
      socket.once('error', fail);
    },
  });
  const close = transport.close.bind(transport);
  transport.close = () => {
    close();
    for (const socket of sockets) socket.destroy();
  };
  return transport;
}

/** As nodemailer takes it. */
function authOf(auth: SmtpAuth) {
  if (auth.kind === 'password') return { user: auth.user, pass: auth.password };
  return {
    type: 'OAuth2' as const,
    user: auth.user,
    ...(auth.accessToken === undefined ? {} : { accessToken: auth.accessToken }),
    ...(auth.clientId === undefined ? {} : { clientId: auth.clientId }),
    ...(auth.clientSecret === undefined ? {} : { clientSecret: auth.clientSecret }),
    ...(auth.refreshToken === undefined ? {} : { refreshToken: auth.refreshToken }),
    ...(auth.tokenUrl === undefined ? {} : { accessUrl: auth.tokenUrl }),
  };
}

interface Refused {
  readonly recipient: string;
  readonly words: string;
  readonly temporary: boolean;
}

function refusalsOf(
  errors: readonly { recipient?: string; response?: string; responseCode?: number }[],
): Refused[] {
  return errors.map(({ recipient = '', response, responseCode = 550 }) => ({
    recipient,
    words: `${recipient}${response === undefined ? '' : ` ("${cut(cleanLine(response), 200)}")`}`,
    temporary: responseCode < 500,
  }));
}

/** `Name <a@b.c>` → `a@b.c`, as the envelope has it. */
function bareAddress(address: string): string {
  return /<([^<>]*)>\s*$/.exec(address)?.[1] ?? address;
}
