import type { AlertOptions } from '../model/options.ts';

type Texts = Pick<AlertOptions, 'subject' | 'labels' | 'types' | 'fireOn'>;

/** What alerts are made from, with every text redacted: what stands in an alert leaves the run. */
export function redactedTexts(options: Texts, redact: (text: string) => string): Texts {
  const { subject, labels, types, fireOn } = options;
  return walk({ subject, labels, types, fireOn }, redact) as Texts;
}

function walk(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, redact));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [redact(key), walk(inner, redact)]),
    );
  }
  return value;
}
