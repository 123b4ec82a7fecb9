/** Shorter strings are not masked: they would blank half the log, and outputs with it. */
export const SHORTEST_SECRET = 6;

/** What is never masked even if a user gives it as a secret: masking it blanks whole logs. */
const COMMON = new Set([
  'production',
  'staging',
  'development',
  'localhost',
  '127.0.0.1',
  'mongodb',
  'password',
  'admin',
  'default',
  'github',
]);

/** What replaces a secret. */
export const PLACE_HOLDER = '***';

/** The secret and the forms in which servers repeat it. Empty for what must not be masked. */
export function secretForms(secret: string): string[] {
  const forms = new Set<string>();
  // Workflow masks work on lines; a secret of several lines is masked line by line too.
  for (const part of new Set([secret, ...secret.split(/\r?\n/)])) {
    const text = part.trim();
    if (!maskable(text)) continue;
    forms.add(text);
    for (const form of urlForms(text)) forms.add(form);
    for (const form of jsonForms(text)) forms.add(form);
    for (const form of htmlForms(text)) forms.add(form);
    const decoded = decode(text);
    if (decoded !== undefined && maskable(decoded)) forms.add(decoded);
    for (const form of base64Forms(text)) forms.add(form);
    forms.add(Buffer.from(text).toString('hex'));
  }
  return [...forms];
}

/**
 * The secret parts of a URI: itself, user info, password (as written and decoded) and query values.
 * Used for MongoDB and SMTP URIs, webhook URLs and targets.
 */
export function secretsOfUri(uri: string): string[] {
  const secrets = [uri];
  const userInfo = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i.exec(uri)?.[1];
  if (userInfo !== undefined) {
    const colon = userInfo.indexOf(':');
    secrets.push(userInfo);
    if (colon >= 0) secrets.push(userInfo.slice(colon + 1));
    // `Authorization: Basic` carries the decoded pair.
    const plain = decode(userInfo) ?? userInfo;
    secrets.push(plain, Buffer.from(plain).toString('base64'));
  }
  for (const [, value = ''] of uri.matchAll(SECRET_OPTION))
    secrets.push(value, value.slice(value.indexOf(':') + 1));
  return secrets.flatMap((secret) => [secret, decode(secret) ?? secret]);
}

/** The options of a MongoDB connection string that hold a secret. */
const SECRET_OPTION =
  /[?&](?:proxyPassword|tlsCertificateKeyFilePassword|authMechanismProperties)=([^&#]*)/gi;

/** A shorter part of a path names a place; a longer one may be a token, as in Slack's webhooks. */
const SHORTEST_PATH_SECRET = 12;

/**
 * The secret parts of a URL that is itself a secret, such as a webhook's: those of any URI, and beside them its
 * path, long parts of the path and the values of its query, because servers repeat those in their answers.
 */
export function secretsOfUrl(url: string): string[] {
  const secrets = secretsOfUri(url);
  const [, path = '', query = ''] = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/i.exec(url) ?? [];
  const tokens = path.split('/').filter((part) => part.length >= SHORTEST_PATH_SECRET);
  if (tokens.length > 0) secrets.push(path, ...tokens);
  secrets.push(...queryValues(query));
  return secrets.flatMap((secret) => [secret, decode(secret) ?? secret]);
}

/** The values of a query, as written. */
export function queryValues(query: string): string[] {
  return query.split('&').flatMap((part) => {
    const value = part.slice(part.indexOf('=') + 1);
    return value === '' ? [] : [value];
  });
}

function maskable(text: string): boolean {
  return text.length >= SHORTEST_SECRET && !COMMON.has(text.toLowerCase()) && text !== PLACE_HOLDER;
}

/** As browsers, forms and strict clients write it into a URL. */
function urlForms(text: string): string[] {
  // Half of a surrogate pair has no encoding.
  const encoded = encodeURIComponent(text.toWellFormed());
  const strict = encoded.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const lower = (form: string) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const forms = [encoded, strict, encodeURI(text.toWellFormed()), strict.replaceAll('%20', '+')];
  return forms.flatMap((form) => [form, lower(form)]);
}

/** As JSON.stringify, PHP (`\/`) and Go (`\u0026`) write it between quotes. */
function jsonForms(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const escaped = plain.replace(/[<>&]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
  return [plain, plain.replaceAll('/', '\\/'), escaped];
}

/** As a page repeats it: with the names and the numbers of the characters that HTML sets apart. */
function htmlForms(text: string): string[] {
  const plain = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const quoted = (single: string) => plain.replace(/"/g, '&quot;').replace(/'/g, single);
  return [
    plain,
    quoted('&#39;'),
    quoted('&#x27;'),
    quoted('&#039;'),
    quoted('&#x27;').replaceAll('/', '&#x2F;'),
  ];
}

/**
 * Base64 of the text at each of the three offsets it can have inside a longer encoded string
 * (`Basic dXNlcjpwYXNz` holds the password in the middle), without the characters that the
 * neighbouring bytes share.
 */
function base64Forms(text: string): string[] {
  const forms: string[] = [];
  for (let offset = 0; offset < 3; offset++) {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const whole = bytes.toString('base64').replace(/=+$/, '');
    const from = offset === 0 ? 0 : offset + 1;
    const to = bytes.length % 3 === 0 ? whole.length : whole.length - 1;
    const form = whole.slice(from, to);
    if (form.length < SHORTEST_SECRET + 2) continue;
    forms.push(form, form.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
