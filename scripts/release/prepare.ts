/**
 * Writes a new version everywhere where one stands: `npm run release:prepare -- 1.2.3`.
 * package.json, package-lock.json, the called workflows, CHANGELOG.md. Commit the result; tag it when it is on main.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { releaseChangelog } from './changelog.ts';
import { stamp, stampsOf } from './stamps.ts';
import { parseTag } from './version.ts';

/**
 * @param day ISO date of the release
 * @returns the files that were written, relative to the root
 * @throws Error where the version is none, or nothing is to be released
 */
export async function writeVersion(root: string, version: string, day: string): Promise<string[]> {
  if (!parseTag(`v${version}`)) throw new Error(`${version} is no version; write one like 1.2.3`);
  const changed: Record<string, string> = {};
  const read = (path: string) => readFile(join(root, path), 'utf8');
  changed['CHANGELOG.md'] = releaseChangelog(await read('CHANGELOG.md'), version, day);
  const manifest = await read('package.json');
  changed['package.json'] = manifest.replace(/^( {2}"version": ")[^"]*/m, `$1${version}`);
  const lock = JSON.parse(await read('package-lock.json')) as {
    version: string;
    packages: Record<string, { version?: string }>;
  };
  lock.version = version;
  if (lock.packages['']) lock.packages[''].version = version;
  changed['package-lock.json'] = `${JSON.stringify(lock, null, 2)}\n`;
  for (const name of await readdir(join(root, '.github/workflows'))) {
    const path = `.github/workflows/${name}`;
    const text = await read(path);
    if (stampsOf(text).length > 0) changed[path] = stamp(text, `v${version}`);
  }
  // Nothing is written before everything is known.
  for (const [path, text] of Object.entries(changed)) await writeFile(join(root, path), text);
  return Object.keys(changed);
}

if (import.meta.main) {
  try {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const written = await writeVersion(root, process.argv[2] ?? '', new Date().toISOString().slice(0, 10));
    console.log(
      `${written.join('\n')}\n\nNow: npm run build, look at it, commit, merge, and tag the commit v${process.argv[2]}.`,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
