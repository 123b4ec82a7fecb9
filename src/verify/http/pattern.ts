import type { RE2JS } from 're2js';

/** A regular expression that takes linear time on any text, however it is written. */
export interface Pattern {
  readonly source: string;
  test(text: string): boolean;
  /** The first group of the first match, or all of it where the pattern has no group. */
  find(text: string): string | undefined;
}

/**
 * Compiles a pattern with RE2's syntax, which has no back-references and look-arounds: what a
 * catastrophic pattern needs cannot be written in it.
 * @throws Error with what is wrong with the pattern
 */
export async function compilePattern(source: string): Promise<Pattern> {
  // Loaded only if a pattern is used.
  const { RE2JS: Engine, RE2JSException } = await import('re2js');
  let compiled: RE2JS;
  try {
    compiled = Engine.compile(source);
  } catch (error) {
    if (error instanceof RE2JSException) throw new Error(error.message, { cause: error });
    throw error;
  }
  return {
    source,
    test: (text) => compiled.matcher(text).find(),
    find(text) {
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return undefined;
      return (matcher.groupCount() > 0 ? matcher.group(1) : matcher.group(0)) ?? undefined;
    },
  };
}
