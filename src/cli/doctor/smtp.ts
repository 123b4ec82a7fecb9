// Import this file lazily: it loads the mailer when it connects.
import { openTransport } from '../../alert/channels/email/email.ts';
import { explainSmtpError } from '../../alert/channels/email/errors.ts';
import type { SmtpServer } from '../../alert/model/options.ts';
import { about, type Finding } from './finding.ts';

const TLS_WORDS = {
  implicit: 'TLS from the start',
  required: 'STARTTLS',
  offered: 'STARTTLS if offered',
} as const;

/** Connects, speaks TLS and logs in, exactly as a run would; sends nothing. */
export async function checkSmtp(
  server: SmtpServer,
  addresses: { from: string | undefined; to: readonly string[] | undefined },
  timeoutMs: number,
  redact: (text: string) => string,
): Promise<Finding> {
  const { ok, warning, failed } = about('smtp', 'Mail server');
  const transport = await openTransport(server, timeoutMs);
  try {
    await transport.verify();
    const login = server.auth ? 'the login works' : 'no login is configured';
    const found = `${server.host}:${server.port} answers; ${TLS_WORDS[server.tls]}; ${login}; nothing was sent`;
    if (addresses.from === undefined || addresses.to === undefined)
      return warning(
        found,
        `Give ${[addresses.from === undefined ? '--email-from' : '', addresses.to === undefined ? '--email-to' : ''].filter((name) => name !== '').join(' and ')}, or \`alerts\` in the guard file: without them no mail can be sent.`,
      );
    return ok(found);
  } catch (error) {
    const { error: words } = explainSmtpError(error, server);
    return failed(redact(words), 'Fix smtp-url as the line above says, then run doctor again.');
  } finally {
    transport.close();
  }
}
