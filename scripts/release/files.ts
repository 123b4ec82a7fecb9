import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Markdown files and ready workflows that users copy from, relative to the root. */
export async function markdownFiles(root: string): Promise<string[]> {
  const top = (await readdir(root)).filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md');
  const docs = (await readdir(join(root, 'docs'), { recursive: true }))
    .filter((name) => /\.(md|yml)$/.test(name))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`);
  return [...top, ...docs].sort();
}
