import { secretsOfUrl } from '../../support/secret-forms.ts';
import { headerValues, namedTarget, secretsOfTargets } from '../values/verify.ts';

/** A reference to an environment variable; what it stands for is masked when it is expanded. */
const REFERENCE = /\$\{[A-Za-z_][A-Za-z0-9_]*\}/;

const DEEPEST = 60;

/** Keys whose text is a secret as a whole. */
const SECRET_KEY = /(^|[-_])(token|secret|password|passwd|auth|authorization|cookie|api-?key)$/i;
const WEBHOOK_KEY = /webhook-url$/i;

/**
 * The secrets that stand in a guard file as they are: headers of targets, tokens, logins, webhooks, user info and
 * query values of addresses. Read from the raw data, before anything is validated, so that no message shows one.
 */
export function literalSecrets(data: unknown): string[] {
  const secrets: string[] = [];
  collect(data, '', secrets, 0);
  return secrets.filter((secret) => secret !== '');
}

function collect(value: unknown, key: string, secrets: string[], depth: number): void {
  // What is deeper is refused, an anchor within itself too.
  if (depth > DEEPEST) return;
  if (typeof value === 'string') secrets.push(...secretsOfText(value, key));
  else if (Array.isArray(value)) for (const one of value) collect(one, key, secrets, depth + 1);
  else if (value !== null && typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'headers' && isMapping(inner)) secrets.push(...secretsOfHeaders(inner));
      else collect(inner, name, secrets, depth + 1);
    }
  }
}

function secretsOfHeaders(headers: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? literalParts(value).flatMap((part) => headerValues(`${name}: ${part}`)) : [],
  );
}

function secretsOfText(text: string, key: string): string[] {
  if (WEBHOOK_KEY.test(key)) return literalParts(text).flatMap((part) => secretsOfUrl(part));
  if (SECRET_KEY.test(key)) {
    return literalParts(text).flatMap((part) => [
      part,
      // `user:password`, and as the header carries both.
      ...(part.includes(':')
        ? [part.slice(part.indexOf(':') + 1), Buffer.from(part).toString('base64')]
        : []),
    ]);
  }
  return text.includes('://') ? secretsOfTargets(namedTarget(text).address) : [];
}

/** The text around the references to variables; a word such as `Bearer` is not a secret. */
function literalParts(text: string): string[] {
  const parts = text.split(REFERENCE);
  return parts.length === 1
    ? parts
    : parts.map((part) => part.trim()).filter((part) => !/^[a-z]*$/i.test(part));
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
