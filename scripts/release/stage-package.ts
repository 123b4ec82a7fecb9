/**
 * Lays out the package as it is published: what `files` names, and a package.json without what is only for
 * working on it. Everything is bundled in dist/, so an installed deploy-guard brings no other package along.
 * `node scripts/release/stage-package.ts FOLDER`, then `npm pack FOLDER`.
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Of no use to who installs the package, or untrue there: the dependencies are bundled. */
const LEFT_OUT = ['private', 'scripts', 'dependencies', 'devDependencies', 'config', 'allowScripts'];

export async function stagePackage(folder: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  > & {
    files: string[];
  };
  await mkdir(folder, { recursive: true });
  for (const entry of [...manifest.files, 'README.md', 'LICENSE']) {
    await cp(join(root, entry), join(folder, entry), { recursive: true });
  }
  const published = Object.fromEntries(Object.entries(manifest).filter(([key]) => !LEFT_OUT.includes(key)));
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
}

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('Usage: node scripts/release/stage-package.ts FOLDER');
  await stagePackage(folder);
}
