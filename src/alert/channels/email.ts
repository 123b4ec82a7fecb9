import { connect, type Socket } from 'node:net';
import type { SentMessageInfo, Transporter } from 'nodemailer';
import type { Attempt } from '../delivery.ts';
import { type Notification, subjectOf } from '../notification.ts';
import type { EmailOptions, SmtpAuth, SmtpServer } from '../options.ts';
import { cleanLine, cut } from '../text.ts';
import type { Channel } from './channel.ts';
import { emailHtml } from './email-html.ts';
import { emailText } from './email-text.ts';
import { explainSmtpError } from './smtp-errors.ts';

/** Email by SMTP. The mailer is loaded when the first message is sent. */
export function emailChannel(key: string, options: EmailOptions, attemptMs: number): Channel {
  let transport: Transporter | undefined;
  return {
    name: 'email',
    key,
    preview(notification) {
      return `From: ${options.from}\nTo: ${options.to.join(', ')}\nSubject: ${subjectOf(notification)}\n\n${emailText(notification)}`;
    },
    async deliver(notification, signal) {
      transport ??= await openTransport(options.server, attemptMs);
      // nodemailer knows no abort signal; closing the connection is what ends a send.
      const end = () => transport?.close();
      signal.addEventListener('abort', end, { once: true });
      try {
        const sent = judge(await transport.sendMail(mailOf(notification, options)));
        // What follows refers to the first mail, wherever in the thread it comes.
        return sent.ok
          ? { ...sent, reference: notification.thread?.reference ?? sent.reference ?? '' }
          : sent;
      } catch (error) {
        return { ok: false, ...explainSmtpError(error, options.server) };
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

function judge(info: SentMessageInfo): Attempt {
  const rejected: { recipient?: string; response?: string }[] = info.rejectedErrors ?? [];
  const names = (info.rejected ?? []) as (string | { address: string })[];
  if (names.length === 0) return { ok: true, reference: info.messageId };
  return { ok: true, reference: info.messageId, partial: refusals(names, rejected) };
}

function refusals(
  names: readonly (string | { address: string })[],
  errors: readonly { recipient?: string; response?: string }[],
): string {
  const said = names.map((name) => {
    const address = typeof name === 'string' ? name : name.address;
    const answer = errors.find((error) => error.recipient === address)?.response;
    return `${address}${answer === undefined ? '' : ` ("${cut(cleanLine(answer), 200)}")`}`;
  });
  return `the mail server refused ${said.join(', ')}`;
}
