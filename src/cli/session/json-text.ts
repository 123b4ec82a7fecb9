/**
 * A result as JSON for standard output, on lines that neither a workflow runner nor a line reader can take for
 * something else: what would act there is written as an escape, so a parser reads the very same data.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
    .replaceAll('##[', '#\\u0023[')
    .replace(/[\u0085\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `${text}\n`;
}
