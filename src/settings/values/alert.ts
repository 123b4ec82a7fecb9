import * as z from 'zod';
import type { SmtpAuth, SmtpServer } from '../../alert/model/options.ts';
import { listText } from './common.ts';
import { quoted, refuse, shapeOf } from './refusal.ts';

/** Values that only alerts have, from text. What can hold a secret is never repeated in a message. */

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** An https address; http only on this machine, because the address itself is the secret. */
export const slackUrlText = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && isSafe(url)) return text;
  return refuse(context, {
    code: 'not-an-https-url',
    value: shapeOf(text),
    message: 'is not an https URL',
    hint: 'Write the whole URL, such as https://hooks.slack.com/services/….',
  });
});

/** An http or https address. */
export const httpsUrlText = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if ((url?.protocol === 'https:' || url?.protocol === 'http:') && url.username === '') return text;
  return refuse(context, {
    code: 'not-a-url',
    value: shapeOf(text),
    message: 'is not an http or https URL',
    hint: 'Write the whole address, https://….',
  });
});

/** `#name`, `name` or an id; a bare name gets its `#`. */
export const slackChannelText = z.string().transform((text, context) => {
  if (/^[CGD][A-Z0-9]{6,}$/.test(text)) return text;
  const name = text.replace(/^#/, '');
  if (/^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{N}._-]{0,79}$/u.test(name)) return `#${name}`;
  return refuse(context, {
    code: 'not-a-slack-channel',
    value: quoted(text),
    message: 'is not a Slack channel',
    hint: 'Write its name, such as `#deployments`, or its id.',
  });
});

/** A bot token; a user's token would write in that person's name. */
export const slackTokenText = z.string().transform((text, context) => {
  if (/^xoxb-[\w-]{5,}$/.test(text)) return text;
  return refuse(context, {
    code: 'not-a-slack-token',
    value: shapeOf(text),
    message: 'is not a bot token of Slack',
    hint: 'Write the one that begins with xoxb- (OAuth & Permissions of your app).',
  });
});

/** Names of labels and types: what a message and a key may hold. */
export const labelName = z
  .string()
  .regex(/^[A-Za-z_][\w.-]{0,62}$/, 'is not a name; write letters, digits and . _ -');

/** An instant with its zone, as epoch milliseconds. */
export const momentText = z.string().transform((text, context) => {
  const at = /^[\d-]{8,20}T[\d:.]{1,20}(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  return refuse(context, {
    code: 'not-a-moment',
    value: quoted(text),
    message: 'is not a date and time with its zone',
    hint: 'Write 2026-02-01T12:00:00Z or 2026-02-01T13:00:00+01:00.',
  });
});

export const timeZoneText = z.string().refine(
  (name) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      return true;
    } catch {
      return false;
    }
  },
  { message: 'is not a time zone; write an IANA name, such as `Europe/Berlin` or `UTC`' },
);

const SMTP_SCHEMES = {
  'smtp:': { tls: 'offered', port: 25 },
  'smtps:': { tls: 'implicit', port: 465 },
  'smtp+starttls:': { tls: 'required', port: 587 },
} as const;

/** `smtps://user:password@host:port` → the server's parts, user and password decoded. */
export const smtpUrlText = z.string().transform((text, context): SmtpServer => {
  const refused = (code: string, message: string, hint?: string) =>
    refuse(context, { code, value: shapeOf(text), message, ...(hint === undefined ? {} : { hint }) });
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url && Object.hasOwn(SMTP_SCHEMES, url.protocol) ? url.protocol : undefined;
  if (!url || !scheme || url.hostname === '') {
    return refused(
      'not-an-smtp-url',
      'is not an SMTP URL',
      'Write smtps://user:password@host:465 or smtp+starttls://user:password@host:587, with user and password URL-encoded.',
    );
  }
  if (url.pathname.length > 1 || url.hash !== '') {
    return refused(
      'smtp-url-with-path',
      'has something behind the host',
      'Write smtps://user:password@host:port and URL-encode `/`, `#`, `?` and `@` in user and password.',
    );
  }
  const { tls, port } = SMTP_SCHEMES[scheme as keyof typeof SMTP_SCHEMES];
  const user = decoded(url.username);
  const password = decoded(url.password);
  if (user === undefined || password === undefined) {
    return refused(
      'smtp-url-encoding',
      'has a `%` that encodes nothing',
      'URL-encode user and password (`%` itself is `%25`).',
    );
  }
  const server = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? port : Number(url.port),
    tls,
  };
  if (url.search !== '') {
    const oauth2 = oauth2Of(url.searchParams, user, password);
    return 'code' in oauth2 ? refused(oauth2.code, oauth2.message, oauth2.hint) : { ...server, auth: oauth2 };
  }
  if ((user === '') !== (password === '')) {
    return refused(
      'smtp-url-half-login',
      'has a user or a password, but not both',
      'Write smtps://user:password@host:port.',
    );
  }
  return { ...server, ...(user === '' ? {} : { auth: { kind: 'password', user, password } }) };
});

const OAUTH2_PARAMETERS = {
  'oauth2-access-token': 'accessToken',
  'oauth2-client-id': 'clientId',
  'oauth2-client-secret': 'clientSecret',
  'oauth2-refresh-token': 'refreshToken',
  'oauth2-token-url': 'tokenUrl',
} as const;

/** The OAuth2 login, or what is wrong with it. */
function oauth2Of(
  query: URLSearchParams,
  user: string,
  password: string,
): SmtpAuth | { code: string; message: string; hint?: string } {
  const found: { -readonly [Key in (typeof OAUTH2_PARAMETERS)[keyof typeof OAUTH2_PARAMETERS]]?: string } =
    {};
  for (const [name, value] of query) {
    if (!Object.hasOwn(OAUTH2_PARAMETERS, name)) {
      return {
        code: 'smtp-oauth2-unknown-option',
        message: 'has an option that is not known',
        hint: `The options are ${Object.keys(OAUTH2_PARAMETERS).join(', ')}.`,
      };
    }
    if (value !== '') found[OAUTH2_PARAMETERS[name as keyof typeof OAUTH2_PARAMETERS]] = value;
  }
  if (user === '' || password !== '')
    return {
      code: 'smtp-oauth2-user',
      message: 'needs a user and no password for OAuth2',
      hint: 'Write smtps://user@host?oauth2-….',
    };
  const { accessToken, clientId, clientSecret, refreshToken, tokenUrl } = found;
  if (accessToken === undefined && !(clientId && clientSecret && refreshToken)) {
    return {
      code: 'smtp-oauth2-incomplete',
      message:
        'needs oauth2-access-token, or oauth2-client-id, oauth2-client-secret and oauth2-refresh-token',
    };
  }
  if (tokenUrl !== undefined && !(URL.canParse(tokenUrl) && isSafe(new URL(tokenUrl)))) {
    return {
      code: 'smtp-oauth2-token-url',
      message: 'has an oauth2-token-url that is not an https URL',
    };
  }
  return { kind: 'oauth2', user, ...found };
}

/** The query's values, which `secretsOfUri` leaves alone. */
export function smtpQuerySecrets(text: string): string[] {
  if (!URL.canParse(text)) return [];
  return [...new URL(text).searchParams]
    .filter(([name]) => name !== 'oauth2-token-url')
    .map(([, value]) => value);
}

function isSafe(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}

const ADDRESS = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/;

/** `ops@example.org` or `Guard <guard@example.org>`. */
export const addressText = z.string().transform((text, context) => {
  const bare = /^[^<>\r\n]*<([^<>]*)>$/.exec(text)?.[1] ?? text;
  if (ADDRESS.test(bare) && !/[\r\n]/.test(text)) return text;
  return refuse(context, {
    code: 'not-a-mail-address',
    value: quoted(text),
    message: 'is not a mail address',
    hint: 'Write `ops@example.org` or `Name <ops@example.org>`.',
  });
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
