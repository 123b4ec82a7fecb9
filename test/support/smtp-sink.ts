import type { AddressInfo, Socket } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { testCertificate } from './certificate.ts';

export interface SmtpSinkOptions {
  /** `none` offers no STARTTLS, `starttls` offers it, `required` refuses mail without it, `implicit` is smtps */
  tls?: 'none' | 'starttls' | 'required' | 'implicit';
  /** the only login accepted; without it anyone may send */
  auth?: { user: string; password: string };
  /** answers 550 to these recipients */
  refuseRecipients?: string[];
  /** answers 451 to these recipients, as a server that greylists; in their form in the envelope */
  greylist?: Set<string>;
  /** answers 554 to each connection before the greeting */
  refuseConnections?: boolean;
  /**
   * `close` cuts the connection after the message was sent, `keep-and-close` has taken it in by then;
   * `451` and `552` answer so in place of 250
   */
  afterData?: 'accept' | 'close' | 'keep-and-close' | '451' | '552';
  /** never answers DATA */
  hangAfterData?: boolean;
}

/** One message as it arrived. */
export interface ReceivedMail {
  from: string;
  /** the envelope's recipients, Bcc included */
  to: string[];
  secure: boolean;
  user: string | undefined;
  raw: string;
  parsed: Email;
}

export interface SmtpSink {
  port: number;
  /** for the input `smtp-url`, in the form that fits the options */
  url: string;
  /** the certificate to trust */
  ca: string;
  messages: ReceivedMail[];
  /** connections made, refused ones included */
  connections: number;
  /** logins that were refused */
  failedLogins: number;
  close(): Promise<void>;
}

/** Starts an SMTP server on a free port of 127.0.0.1 that keeps what it is sent and delivers nothing. */
export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const { key, cert } = await testCertificate();
  const mode = options.tls ?? 'none';
  const sink: SmtpSink = {
    port: 0,
    url: '',
    ca: cert,
    messages: [],
    connections: 0,
    failedLogins: 0,
    close: async () => {
      destroyAll(server);
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  const server = new SMTPServer({
    key,
    cert,
    secure: mode === 'implicit',
    hideSTARTTLS: mode === 'none',
    disabledCommands: mode === 'none' ? ['STARTTLS'] : [],
    authOptional: options.auth === undefined,
    // With "starttls" a login in the clear is accepted too, so that a test can tell whether TLS was used.
    allowInsecureAuth: mode !== 'required',
    disableReverseLookup: true,
    closeTimeout: 20,
    logger: false,
    onConnect(_session, callback) {
      sink.connections += 1;
      callback(options.refuseConnections === true ? refusal(554, 'no service here') : null);
    },
    onAuth(auth, _session, callback) {
      const wanted = options.auth;
      if (wanted === undefined || (auth.username === wanted.user && auth.password === wanted.password)) {
        callback(null, { user: auth.username });
        return;
      }
      sink.failedLogins += 1;
      callback(refusal(535, '5.7.8 Authentication credentials invalid'));
    },
    onMailFrom(_address, session, callback) {
      const refused = mode === 'required' && !session.secure;
      callback(refused ? refusal(530, '5.7.0 Must issue a STARTTLS command first') : null);
    },
    onRcptTo(address, _session, callback) {
      const refused = options.refuseRecipients?.includes(address.address) === true;
      if (options.greylist?.has(address.address)) callback(refusal(451, '4.7.1 Greylisted, try again later'));
      else callback(refused ? refusal(550, '5.1.1 No such user here') : null);
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', callback);
      stream.on('end', () => {
        if (options.hangAfterData === true) return;
        if (options.afterData === 'close') {
          destroyAll(server);
          return;
        }
        if (options.afterData === '451') return callback(refusal(451, '4.3.0 Try again later'));
        if (options.afterData === '552') return callback(refusal(552, '5.3.4 Message too big'));
        receive(Buffer.concat(chunks), session).then((mail) => {
          sink.messages.push(mail);
          if (options.afterData === 'keep-and-close') destroyAll(server);
          else callback(null);
        }, callback);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  sink.port = (server.server.address() as AddressInfo).port;
  sink.url = urlOf(mode, sink.port, options.auth);
  return sink;
}

/** By the library's own sockets: Node crashes where the one below a TLS handshake is destroyed. */
function destroyAll(server: SMTPServer): void {
  for (const connection of server.connections as Set<{ _socket?: Socket }>) connection._socket?.destroy();
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

async function receive(raw: Buffer, session: SMTPServerSession): Promise<ReceivedMail> {
  const sender = session.envelope.mailFrom;
  return {
    from: sender === false ? '' : sender.address,
    to: session.envelope.rcptTo.map((recipient) => recipient.address),
    secure: session.secure,
    user: session.user,
    raw: raw.toString('utf8'),
    parsed: await PostalMime.parse(raw),
  };
}

function urlOf(mode: SmtpSinkOptions['tls'], port: number, auth: SmtpSinkOptions['auth']): string {
  const scheme = mode === 'implicit' ? 'smtps' : mode === 'none' ? 'smtp' : 'smtp+starttls';
  const login =
    auth === undefined ? '' : `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}@`;
  return `${scheme}://${login}localhost:${port}`;
}
