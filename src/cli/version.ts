import { readFileSync } from 'node:fs';

/** The version of the installed package. */
export function version(): string {
  // Two folders up from src/cli as from dist/chunks; the bundle does not hold it, so a release changes one file.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
