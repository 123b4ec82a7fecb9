import type { AlertOptions } from './options.ts';

/** The subject with every text redacted: what stands in an alert leaves the run. */
export function redactedSubject(
  subject: AlertOptions['subject'],
  redact: (text: string) => string,
): AlertOptions['subject'] {
  return walk(subject, redact) as AlertOptions['subject'];
}

function walk(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, redact));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner, redact)]));
  }
  return value;
}
