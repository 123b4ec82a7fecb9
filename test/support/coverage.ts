import { basename, join } from 'node:path';

/** Where V8 writes what it counted, under `npm run coverage` alone. */
const folder = process.env.NODE_V8_COVERAGE;

/**
 * What a test starts: the bundle; under `npm run coverage` the source that it is built from, which Node runs as it
 * stands, so that what V8 counts is about the lines of src/.
 */
export function entryOf(bundle: string): string {
  if (!folder) return bundle;
  return join(import.meta.dirname, '..', '..', 'src', `${basename(bundle, '.js')}.ts`);
}

/** What such a process needs in its environment to be counted: nothing but under `npm run coverage`. */
export function coverageEnvironment(): Record<string, string> {
  // From a compile cache, V8 would count functions but not branches.
  return folder ? { NODE_V8_COVERAGE: folder, NODE_DISABLE_COMPILE_CACHE: '1' } : {};
}
