import * as z from 'zod';
import { redactUserInfo } from '../../support/redact.ts';
import { queryValues, secretsOfUri } from '../../support/secret-forms.ts';
import { isPointer } from '../../verify/http/content.ts';
import type { StatusRange } from '../../verify/http/options.ts';
import type { Threshold } from '../../verify/thresholds/condition.ts';
import { explainThresholdError, parseThreshold } from '../../verify/thresholds/parse.ts';
import { quoted, type Refusal, refuse } from './refusal.ts';

/** A target as written: its name where one was given, and its address. */
interface NamedUrl {
  readonly name?: string;
  readonly url: URL;
}

/** `NAME=` before an address; an address itself may hold `=`, but not before its first colon or slash. */
const NAMED = /^([^=:/?#]*)=(.*)$/s;

/** A list of nothing but commas would switch off what it is for. */
export const EMPTY_LIST: Refusal = {
  code: 'empty-list',
  message: 'is an empty list',
  hint: 'Write at least one entry.',
};

export const webAddress = z.string().transform((text, context): URL => {
  const problem = addressProblem(text);
  if (problem === undefined) return new URL(text);
  return refuse(context, problem);
});

export const targetsText = z.array(z.string()).transform((lines, context): NamedUrl[] => {
  const targets: NamedUrl[] = [];
  for (const line of lines) {
    const { name, address: url } = namedTarget(line);
    const problem = addressProblem(url) ?? (name === undefined ? undefined : nameProblem(name));
    if (problem !== undefined) refuse(context, problem);
    else targets.push({ url: new URL(url), ...(name === undefined ? {} : { name }) });
  }
  return targets;
});

/** Parts `NAME=URL`; neither is checked. */
export function namedTarget(text: string): { name: string | undefined; address: string } {
  const [, name, address] = NAMED.exec(text) ?? [undefined, undefined, text];
  return { name: name?.trim(), address: (address ?? '').trim() };
}

/** What is wrong with the name of a target; it becomes part of ids and of labels in thresholds. */
export function nameProblem(name: string): Refusal | undefined {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,99}$/u.test(name)) {
    return {
      code: 'not-a-target-name',
      value: quoted(name),
      message: 'is not a name for a target',
      hint: 'Write up to 100 letters, digits, spaces and . _ / -.',
    };
  }
  if (/^mongodb(\/|$)/.test(name))
    return {
      code: 'reserved-target-name',
      value: quoted(name),
      message: "is the name of the database's own checks",
      hint: 'Give the target another name.',
    };
  return undefined;
}

/** What is wrong with a web address, undefined where nothing is. Shows it without user info and query. */
export function addressProblem(text: string): Refusal | undefined {
  const value = quoted(redactUserInfo(text).replace(/[?#].*/s, '?…'));
  const hint = 'Write one such as `https://api.example.com/health`.';
  if (!URL.canParse(text)) return { code: 'not-a-url', value, message: 'is not a URL', hint };
  // An http address without a host is not a URL at all.
  const { protocol } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') {
    return { code: 'not-http', value, message: 'is not http or https', hint };
  }
  return undefined;
}

/** User info and query values of each address in the text, for masking. */
export function secretsOfTargets(text: string): string[] {
  return text.split(/[\r\n]+/).flatMap((line) => {
    const address = (NAMED.exec(line.trim())?.[2] ?? line).trim();
    const secrets = /^[a-z]+:\/\/[^/?#]*@/i.test(address) ? secretsOfUri(address) : [];
    const query = /\?([^#]*)/.exec(address)?.[1] ?? '';
    for (const value of queryValues(query)) secrets.push(value, decoded(value));
    return secrets;
  });
}

/** The values of headers as written, for masking. */
export function headerValues(text: string): string[] {
  return text.split(/[\r\n]+/).flatMap((line) => {
    const value = line.slice(line.indexOf(':') + 1).trim();
    // `Bearer abc`: what comes after the scheme is the secret.
    return [value, value.replace(/^(Bearer|Basic|Token|ApiKey)\s+/i, '')];
  });
}

/**
 * Node's own rules for headers. Not imported: an import of `node:http` reads all its exports, and one of
 * them loads the whole of fetch, a third of the time that a run needs to start.
 */
function httpRules() {
  return process.getBuiltinModule('node:http');
}

/** Headers that belong to the connection or are computed from the body. */
const OWN = new Set([
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'te',
  'trailer',
  'expect',
]);

/** Headers by lower-case name. */
export const headersText = z.array(z.string()).transform((lines, context) => {
  const headers: Record<string, string> = {};
  for (const [index, line] of lines.entries()) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim();
    // The line may be nothing but a secret: it is counted, not shown.
    const problem =
      colon < 1
        ? {
            code: 'not-a-header',
            message: `line ${index + 1} is not \`NAME: VALUE\``,
            hint: 'Write a header such as `X-Api-Key: …`.',
          }
        : headerProblem(name, line.slice(colon + 1).trim());
    if (problem !== undefined) refuse(context, problem);
    else if (Object.hasOwn(headers, name.toLowerCase())) {
      refuse(context, { code: 'header-twice', message: `the header ${quoted(name)} is given twice` });
    } else headers[name.toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
});

/** What is wrong with a header; never shows the value. */
export function headerProblem(name: string, value: string): Refusal | undefined {
  const wrongName = headerNameProblem(name);
  if (wrongName !== undefined) return wrongName;
  if (OWN.has(name.toLowerCase()))
    return {
      code: 'header-of-connection',
      message: `the header '${name}' is set by the connection itself`,
      hint: 'Leave it out.',
    };
  try {
    httpRules().validateHeaderValue(name, value);
  } catch {
    return {
      code: 'not-a-header-value',
      message: `the value of the header '${name}' has characters that no header may have`,
    };
  }
  return undefined;
}

function headerNameProblem(name: string): Refusal | undefined {
  const refusal = { code: 'not-a-header-name', value: quoted(name), message: 'is not a header name' };
  // `__proto__` would be set aside without a word.
  if (name === '__proto__') return refusal;
  try {
    httpRules().validateHeaderName(name);
    return undefined;
  } catch {
    return refusal;
  }
}

/** The name of a header of an answer. */
export const headerNameText = z.string().transform((text, context) => {
  const problem = headerNameProblem(text);
  return problem === undefined ? text : refuse(context, problem);
});

/** `200`, `200-299`, `2xx`. */
export const statusRangesText = z.array(z.string()).transform((entries, context): StatusRange[] => {
  if (entries.length === 0) return refuse(context, EMPTY_LIST);
  const ranges: StatusRange[] = [];
  for (const entry of entries) {
    const range = statusRange(entry);
    if (range) ranges.push(range);
    else refuse(context, statusProblem(entry));
  }
  return ranges;
});

export function statusProblem(entry: string): Refusal {
  return {
    code: 'not-a-status',
    value: quoted(entry),
    message: 'is not a status code or range from 100 to 599',
    hint: 'Write `200` or `200-299`.',
  };
}

export function statusRange(text: string): StatusRange | undefined {
  const wild = /^([1-5])xx$/i.exec(text)?.[1];
  if (wild !== undefined) return { from: Number(wild) * 100, to: Number(wild) * 100 + 99 };
  const [, first, last = first] = /^(\d{3})(?:\s*-\s*(\d{3}))?$/.exec(text) ?? [];
  const from = Number(first);
  const to = Number(last);
  return from >= 100 && to <= 599 && from <= to ? { from, to } : undefined;
}

/** A JSON Pointer; the slash before it may be left out. */
export const pointerText = z.string().transform((text, context) => {
  const pointer = text.startsWith('/') ? text : `/${text}`;
  if (isPointer(pointer)) return pointer;
  return refuse(context, pointerProblem(text));
});

export function pointerProblem(text: string): Refusal {
  return {
    code: 'not-a-json-pointer',
    value: quoted(text),
    message: 'is not a JSON Pointer',
    hint: 'Write one such as `/version` or `/build/version`.',
  };
}

export const thresholdsText = z.array(z.string()).transform((lines, context): Threshold[] => {
  const thresholds: Threshold[] = [];
  for (const line of lines) {
    const result = parseThreshold(line);
    if (result.ok) thresholds.push(result.threshold);
    else refuse(context, thresholdProblem(line, result.error));
  }
  return thresholds;
});

export function thresholdProblem(line: string, error: Parameters<typeof explainThresholdError>[1]): Refusal {
  const message = explainThresholdError(line, error);
  return { code: 'threshold', message, ...(error.hint ? { hint: error.hint } : {}) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
