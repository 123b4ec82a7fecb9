import { messageOf } from '../../../support/errors.ts';
import type { SmtpServer } from '../../model/options.ts';
import { cleanLine, cut } from '../../model/text.ts';

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly command?: string;
}

const CERTIFICATE =
  /self.signed|certificate|unable to (verify|get)|altname|CERT_|DEPTH_ZERO|UNABLE_TO_VERIFY|SELF_SIGNED/i;
const WRONG_TLS = /wrong version number|packet length too long|EPROTO|ssl3_get_record|tls_validate_record/i;

/** What went wrong with a mail server, and what to do about it, for somebody who did not set it up. */
export function explainSmtpError(error: unknown, server: SmtpServer): { error: string; retry: boolean } {
  const { code, responseCode, response } = (error ?? {}) as SmtpError;
  const detail = cut(cleanLine(response ?? messageOf(error)), 300);
  const where = `${server.host}:${server.port}`;
  const words = (text: string, retry: boolean) => ({ error: `${text} (${detail})`, retry });

  if (WRONG_TLS.test(detail)) {
    const fix =
      server.tls === 'implicit'
        ? 'it speaks no TLS from the start; write `smtp+starttls://` (usually port 587) in place of `smtps://`'
        : 'it wants TLS from the start; write `smtps://` (usually port 465)';
    return words(`the TLS of the mail server ${where} does not fit: ${fix}`, false);
  }
  if (/greeting never received/i.test(detail)) {
    return words(
      `the mail server ${where} accepts connections but says nothing; if it wants TLS from the start, write \`smtps://\` (usually port 465)`,
      true,
    );
  }
  if (CERTIFICATE.test(detail) && responseCode === undefined) {
    return words(
      `the certificate of the mail server ${where} is not trusted; use the host name that is in it (or \`?servername=\`), or name its CA in smtp-url: \`?ca=FILE\``,
      false,
    );
  }
  if (responseCode === 421 && /ehlo|helo/i.test(detail)) {
    return words(
      `the mail server ${where} does not accept how this client greets it; give a host name of your own in smtp-url: \`?name=mail.example.org\``,
      true,
    );
  }
  if (/5\.7\.139|SmtpClientAuthentication is disabled/i.test(detail)) {
    return words(
      `the mail server ${where} has SMTP AUTH switched off for this mailbox or tenant (Microsoft 365's default); switch "Authenticated SMTP" on for the mailbox, or use OAuth2`,
      false,
    );
  }
  if (
    server.auth?.kind === 'oauth2' &&
    (responseCode === 504 || /unrecogni[sz]ed auth|mechanism/i.test(detail))
  ) {
    return words(
      `the mail server ${where} does not know XOAUTH2; write a user and password in smtp-url, or use another server`,
      false,
    );
  }
  if (code === 'EOAUTH2' || (server.auth?.kind === 'oauth2' && (code === 'EAUTH' || responseCode === 535))) {
    return words(
      `the mail server ${where} refused the login; the OAuth2 token was revoked or has run out, or may not send mail: make a new one`,
      false,
    );
  }
  if (code === 'EAUTH' || responseCode === 535 || responseCode === 534) {
    return words(
      `the mail server ${where} refused the login; check user and password in smtp-url (URL-encode special characters; providers with two-factor login want an app password)`,
      false,
    );
  }
  if (code === 'ETLS' || /STARTTLS/i.test(detail)) {
    const fix =
      server.tls === 'offered' && server.auth === undefined
        ? 'write `smtp+starttls://` or `smtps://`'
        : 'it offers no STARTTLS, and without TLS nothing is sent; use `smtps://`, or another server';
    return words(`TLS could not be had from the mail server ${where}: ${fix}`, false);
  }
  if (responseCode !== undefined) {
    const temporary = responseCode >= 400 && responseCode < 500;
    return words(
      `the mail server ${where} ${temporary ? 'cannot take the mail now' : 'refused the mail'}`,
      temporary,
    );
  }
  if (code === 'EENVELOPE') return words(`the mail server ${where} refused sender or recipients`, false);
  return words(`the mail server ${where} could not be reached or broke off`, true);
}
