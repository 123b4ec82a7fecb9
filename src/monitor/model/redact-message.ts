import { textOf } from '../../support/errors.ts';
import { shorten } from '../../support/format.ts';
import { redactUserInfo } from '../../support/redact.ts';

const LONGEST = 300;

/**
 * An error's message without what may be somebody's data: drivers and validators put document values into
 * their messages. The shape stays, so that an engineer still recognises the error.
 * Taken out: user info and queries of URIs, what stands in quotes or braces, e-mail addresses, tokens and
 * long numbers, values of keys that name a secret.
 */
export function redactMessage(message: string): string {
  // Bounded first: the patterns below then run over a bounded text.
  const text = redactUserInfo(message.slice(0, 4 * LONGEST))
    .replace(/\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi, '$1')
    .replace(/\{[\s\S]*(?:\}|$)/, '{…}')
    .replace(/\[[^\]]*(?:\]|$)/g, '[…]')
    .replace(/"(?:[^"\\]|\\.)*(?:"|\\?$)/g, '"…"')
    .replace(/(?<![\w])'(?:[^'\\]|\\.)*'/g, "'…'")
    .replace(/`[^`]*(?:`|$)/g, '`…`')
    .replace(/\b(bearer|basic)\s+\S+/gi, '$1 …')
    .replace(
      /((?:pass(?:word|phrase)?|pwd|secret|token|api[_-]?key|authorization|cookie|session|credential)\w*\s*[=:]\s*)\S+/gi,
      '$1…',
    )
    .replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '…@…')
    .replace(/\b(?=[\w-]*\d)[\w-]{20,}\b/g, '…')
    .replace(/\b\d{6,}\b/g, '…')
    .replace(/\s+/g, ' ')
    .trim();
  return shorten(text, LONGEST);
}

/** What of a thrown thing may be shown. The stack stays out: it names the machine's paths. */
export function describeError(thrown: unknown): {
  name: string;
  code: string | number | null;
  message: string;
} {
  if (
    !(thrown instanceof Error) &&
    (typeof thrown !== 'object' || thrown === null || !('message' in thrown))
  ) {
    return { name: 'Error', code: null, message: redactMessage(textOf(thrown)) };
  }
  const { name, code, message } = thrown as { name?: unknown; code?: unknown; message?: unknown };
  return {
    name: typeof name === 'string' && /^[\w.-]{1,60}$/.test(name) ? name : 'Error',
    code: typeof code === 'number' || (typeof code === 'string' && /^[\w.-]{1,60}$/.test(code)) ? code : null,
    message: redactMessage(textOf(message)),
  };
}
