import { appendFileSync } from 'node:fs';
import { inject } from 'vitest';
import type { Capability } from './mongo.ts';

/**
 * For `test.skipIf(needs('transactions'))(…)`: the reason to skip where this run's MongoDB cannot do it.
 * Call it once for each test, because the closing line of the run counts the calls.
 * @returns undefined where the server can do all of it
 */
export function needs(...capabilities: [Capability, ...Capability[]]): string | undefined {
  const has = inject('mongoCapabilities');
  const missing = capabilities.filter((capability) => !has[capability]);
  if (missing.length === 0) return undefined;
  return lacking(missing.join(' and '));
}

/** The reason to skip a test for something else than a capability of the server; counted as `needs` counts. */
export function lacking(what: string): string {
  appendFileSync(inject('skipLog'), `${what}\n`);
  return `needs ${what}, which ${inject('mongoEngine')} lacks`;
}

/**
 * The lines that close a run: how many tests were skipped, and what for.
 * @param log what `needs` noted, one skipped test a line
 */
export function closingLines(log: string, engine: string): string[] {
  const counts = new Map<string, number>();
  for (const what of log.split('\n').filter((line) => line !== '')) {
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([what, count]) =>
      count === 1
        ? `skipped: 1 test needs ${what} (engine: ${engine})`
        : `skipped: ${count} tests need ${what} (engine: ${engine})`,
    );
}
