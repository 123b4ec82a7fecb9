import type { JsonPath } from './expectation.ts';

/**
 * A JSONPath of RFC 9535.
 * @throws Error with what is wrong with the path
 */
export async function compileJsonPath(text: string): Promise<JsonPath> {
  // Loaded only if a JSONPath is used.
  const [{ default: parse }, { query }] = await Promise.all([
    import('jsonpath-rfc9535/parser'),
    import('jsonpath-rfc9535'),
  ]);
  parse(text);
  // The standard's own patterns would run on JavaScript's engine, which some patterns can hang.
  if (/\b(match|search)\s*\(/.test(text)) {
    throw new Error('match() and search() are not supported here; use `matches` on the value');
  }
  return { text, select: (document) => query(document as Parameters<typeof query>[0], text) };
}
