import type { HttpAnswer } from './client.ts';
import { parseJson } from './json.ts';
import type { Pattern } from './pattern.ts';

/** Where an answer carries the version. */
export type VersionPlace =
  | { readonly kind: 'json'; readonly pointer: string }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'pattern'; readonly pattern: Pattern };

/** What an answer holds, or why it cannot be read. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** The body as text; anything but UTF-8 is refused. */
export function textOf(answer: HttpAnswer): Parsed<string> {
  if (answer.unknownEncoding !== undefined) {
    return {
      ok: false,
      reason: `the answer is encoded as '${answer.unknownEncoding.slice(0, 60)}', which cannot be decoded`,
    };
  }
  try {
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(answer.body) };
  } catch {
    return { ok: false, reason: 'the answer is not valid UTF-8' };
  }
}

/** The body as JSON; says so when it is a web page, not UTF-8 or cut off. */
export function jsonOf(answer: HttpAnswer): Parsed<unknown> {
  const text = textOf(answer);
  if (!text.ok) return text;
  if (text.value.trim() === '') return { ok: false, reason: 'the answer is empty where JSON was expected' };
  try {
    return { ok: true, value: parseJson(text.value) };
  } catch (error) {
    const type = headerOf(answer.headers, 'content-type') ?? '';
    if (/html/i.test(type) || /^\s*<(!doctype|html)/i.test(text.value)) {
      return { ok: false, reason: 'the answer is an HTML page where JSON was expected' };
    }
    return { ok: false, reason: `the answer is not valid JSON (${jsonMistake(error)})` };
  }
}

/** The parser's message without the piece of the body that V8 quotes in it. */
function jsonMistake(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const position = /at position \d+( \(line \d+ column \d+\))?/.exec(message)?.[0];
  if (position) return `broken ${position}`;
  return /end of JSON/i.test(message) ? 'it ends too early' : 'it does not parse';
}

/** The value at a JSON Pointer (RFC 6901); undefined where there is none. The empty pointer is the whole. */
export function atPointer(document: unknown, pointer: string): unknown {
  if (pointer === '') return document;
  let current = document;
  for (const raw of pointer.split('/').slice(1)) {
    const key = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(current)) {
      current = /^(0|[1-9]\d*)$/.test(key) ? current[Number(key)] : undefined;
    } else if (typeof current === 'object' && current !== null && Object.hasOwn(current, key)) {
      current = (current as Record<string, unknown>)[key];
    } else return undefined;
  }
  return current;
}

/** Whether the text is a JSON Pointer: empty, or each part after a slash, with `~` only as `~0` and `~1`. */
export function isPointer(text: string): boolean {
  return /^(\/([^~/]|~[01])*)*$/.test(text);
}

/** The version that an answer carries. */
export function versionIn(answer: HttpAnswer, place: VersionPlace): Parsed<string> {
  switch (place.kind) {
    case 'header': {
      const value = headerOf(answer.headers, place.name);
      if (value !== undefined) return { ok: true, value };
      return { ok: false, reason: `the answer has no header ${place.name}` };
    }
    case 'pattern': {
      const text = textOf(answer);
      if (!text.ok) return text;
      const value = place.pattern.find(text.value);
      if (value !== undefined) return { ok: true, value };
      return { ok: false, reason: `nothing in the answer matches ${place.pattern.source}` };
    }
    case 'json': {
      const json = jsonOf(answer);
      if (!json.ok) return json;
      const value = atPointer(json.value, place.pointer);
      if (typeof value === 'string' || typeof value === 'number') return { ok: true, value: String(value) };
      const what = value === undefined ? 'nothing' : 'no text';
      return { ok: false, reason: `the answer has ${what} at ${place.pointer || 'its top'}` };
    }
  }
}

export function headerOf(headers: HttpAnswer['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
