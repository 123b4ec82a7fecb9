import { connect, type Socket } from 'node:net';
import { domainToASCII } from 'node:url';
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
  /** Who has a message already, if it must be tried again for others. */
  const notified = new Map<string, Set<string>>();
  /** By their form in the envelope: addresses that the server will never take. They are not tried again. */
  const refusedForGood = new Map<string, Refused>();
  return {
    name: 'email',
    key,
    preview(notification) {
      return `From: ${options.from}\nTo: ${recipientsOf(notification, options).join(', ')}\nSubject: ${subjectOf(notification)}\n\n${emailText(notification)}`;
    },
    async deliver(notification, signal) {
      transport ??= await openTransport(options.server, attemptMs);
      const reached = notified.get(notification.id) ?? new Set<string>();
      notified.set(notification.id, reached);
      // nodemailer knows no abort signal; closing the connection is what ends a send.
      const end = () => transport?.close();
      signal.addEventListener('abort', end, { once: true });
      // What follows refers to the first mail, wherever in the thread it comes.
      const reference = notification.thread?.reference ?? messageIdOf(notification, options.from);
      const everyone = recipientsOf(notification, options);
      const left = () =>
        everyone.filter((address) => !reached.has(address) && !refusedForGood.has(asInEnvelope(address)));
      try {
        const to = left();
        const later: Refused[] = [];
        if (to.length > 0) {
          const envelope = { from: options.from, to };
          const info: SentMessageInfo = await transport.sendMail({
            ...mailOf(notification, options),
            envelope,
          });
          const refused = refusalsOf(info.rejectedErrors ?? []);
          const refusedAddresses = new Set(refused.map(({ recipient }) => recipient));
          for (const address of to) if (!refusedAddresses.has(asInEnvelope(address))) reached.add(address);
          for (const one of refused)
            if (one.temporary) later.push(one);
            else refusedForGood.set(one.recipient, one);
        }
        const final = everyone.flatMap((address) => refusedForGood.get(asInEnvelope(address)) ?? []);
        const refused = [...final, ...later];
        if (refused.length === 0) return { ok: true, reference };
        const partial = `the mail server refused ${refused.map(({ words }) => words).join(', ')}`;
        if (later.length === 0)
          return reached.size > 0
            ? { ok: true, reference, partial }
            : { ok: false, error: partial, retry: false };
        // Some servers refuse strangers at first and take them a little later.
        const reachedSome = reached.size > 0 ? { reached: reference, missed: left() } : {};
        return { ok: false, error: partial, retry: true, ...reachedSome };
      } catch (error) {
        const { error: words, retry } = explainSmtpError(error, options.server);
        if (reached.size === 0) return { ok: false, error: words, retry };
        const missed = left();
        const text = `${words}; not notified: ${missed.join(', ')}`;
        return { ok: false, error: text, retry, reached: reference, missed };
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
    // A little less than the attempt itself has, so that what is notified is where it got stuck.
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
    recipient: asInEnvelope(recipient),
    words: `${recipient}${response === undefined ? '' : ` ("${cut(cleanLine(response), 200)}")`}`,
    temporary: responseCode < 500,
  }));
}

/** `Name <A@Bücher.example>` → `A@xn--bcher-kva.example`: as nodemailer writes it into the envelope. */
function asInEnvelope(address: string): string {
  const bare = /<([^<>]*)>\s*$/.exec(address)?.[1] ?? address;
  const at = bare.lastIndexOf('@');
  const domain = bare.slice(at + 1).toLowerCase();
  return `${bare.slice(0, at)}@${domainToASCII(domain) || domain}`;
}

/** Everyone, or those who missed the message before. */
function recipientsOf(notification: Notification, options: Pick<EmailOptions, 'to'>): readonly string[] {
  const { recipients } = notification;
  return recipients === undefined ? options.to : options.to.filter((address) => recipients.includes(address));
}
