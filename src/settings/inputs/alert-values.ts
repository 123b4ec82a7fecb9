import * as z from 'zod';
import type { SmtpServer } from '../../alert/options.ts';
import { listText, shorten } from '../values.ts';

/** Values that only alerts have, from text. What can hold a secret is never repeated in a message. */

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** An https address; http only on this machine, because the address itself is the secret. */
export const slackUrlText = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))) return text;
  context.addIssue({
    code: 'custom',
    message: 'is not an https URL; write the whole URL that Slack shows, https://hooks.slack.com/services/…',
  });
  return z.NEVER;
});

const SMTP_SCHEMES = {
  'smtp:': { tls: 'offered', port: 25 },
  'smtps:': { tls: 'implicit', port: 465 },
  'smtp+starttls:': { tls: 'required', port: 587 },
} as const;

/** `smtps://user:password@host:port` → the server's parts, user and password decoded. */
export const smtpUrlText = z.string().transform((text, context): SmtpServer => {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url && Object.hasOwn(SMTP_SCHEMES, url.protocol) ? url.protocol : undefined;
  if (!url || !scheme || url.hostname === '') {
    return refuse(
      'is not an SMTP URL; write smtps://user:password@host:465 or smtp+starttls://user:password@host:587, with user and password URL-encoded',
    );
  }
  if (url.pathname.length > 1 || url.hash !== '') {
    return refuse(
      'has something behind the host; write smtps://user:password@host:port and URL-encode `/`, `#`, `?` and `@` in user and password',
    );
  }
  if (url.search !== '') return refuse('has a query; there are no such options');
  const { tls, port } = SMTP_SCHEMES[scheme as keyof typeof SMTP_SCHEMES];
  const user = decoded(url.username);
  const password = decoded(url.password);
  if (user === undefined || password === undefined) {
    return refuse('has a `%` that encodes nothing; URL-encode user and password (`%` itself is `%25`)');
  }
  if ((user === '') !== (password === '')) {
    return refuse('has a user or a password, but not both; write smtps://user:password@host:port');
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? port : Number(url.port),
    tls,
    ...(user === '' ? {} : { auth: { user, password } }),
  };
});

const ADDRESS = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/;

/** `ops@example.org` or `Guard <guard@example.org>`. */
export const addressText = z.string().transform((text, context) => {
  const bare = /^[^<>\r\n]*<([^<>]*)>$/.exec(text)?.[1] ?? text;
  if (ADDRESS.test(bare) && !/[\r\n]/.test(text)) return text;
  context.addIssue({
    code: 'custom',
    message: `'${shorten(text)}' is not a mail address; write \`ops@example.org\` or \`Name <ops@example.org>\``,
  });
  return z.NEVER;
});

/** Addresses, one a line or parted by commas. */
export const addressesText = listText({ commas: true }).pipe(z.array(addressText).min(1).max(50));

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
