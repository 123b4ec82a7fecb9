/** Shorter strings are not masked: they would blank half the log, and outputs with it. */
export const SHORTEST_SECRET = 6;

/** What is never masked though somebody may hand it in as a secret: masking it blanks whole logs. */
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

const PLACE_HOLDER = '***';

/** Takes secrets out of text: raw, URL-encoded, Base64 and JSON-escaped. */
export class Redactor {
  readonly #needles = new Set<string>();
  #pattern: RegExp | undefined;

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** Adds a secret and its usual encodings. Strings that are too short or common are passed over. */
  add(secret: string): void {
    for (const form of secretForms(secret)) this.#needles.add(form);
    this.#pattern = undefined;
  }

  /** Every string that is taken out, for `core.setSecret`. */
  get needles(): readonly string[] {
    return [...this.#needles];
  }

  /** The text without secrets, and without the user info of any URI in it, known or not. */
  redact(text: string): string {
    return redactUserInfo(this.#needles.size === 0 ? text : text.replace(this.#compiled(), PLACE_HOLDER));
  }

  /** A deep copy of JSON-like data with each string redacted; keys too. */
  redactData<T>(data: T): T {
    return this.#walk(data) as T;
  }

  #walk(value: unknown): unknown {
    if (typeof value === 'string') return this.redact(value);
    if (Array.isArray(value)) return value.map((item) => this.#walk(item));
    if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [this.redact(key), this.#walk(inner)]),
      );
    }
    return value;
  }

  #compiled(): RegExp {
    // Longest first, so that a secret which contains another is taken out whole.
    this.#pattern ??= new RegExp(
      [...this.#needles]
        .sort((a, b) => b.length - a.length)
        .map((needle) => needle.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
        .join('|'),
      'g',
    );
    return this.#pattern;
  }
}

/** The secret and the forms in which it may turn up elsewhere. Empty for what must not be masked. */
export function secretForms(secret: string): string[] {
  const forms = new Set<string>();
  // Workflow masks work on lines; a secret of several lines is masked line by line too.
  for (const part of new Set([secret, ...secret.split(/\r?\n/)])) {
    const text = part.trim();
    if (!maskable(text)) continue;
    forms.add(text);
    forms.add(encodeURIComponent(text));
    forms.add(JSON.stringify(text).slice(1, -1));
    const decoded = decode(text);
    if (decoded !== undefined && maskable(decoded)) forms.add(decoded);
    for (const form of base64Forms(text)) forms.add(form);
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
  return secrets.flatMap((secret) => [secret, decode(secret) ?? secret]);
}

/** `scheme://user:password@host` → `scheme://***@host`, wherever it stands in the text. */
export function redactUserInfo(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"'<>]{1,2000}@/gi, `$1${PLACE_HOLDER}@`);
}

function maskable(text: string): boolean {
  return text.length >= SHORTEST_SECRET && !COMMON.has(text.toLowerCase()) && text !== PLACE_HOLDER;
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
