import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** A Markdown file of this repository; `path` is relative to its root. */
export interface MarkdownDocument {
  path: string;
  text: string;
}

/** README and the like, and everything below docs/ and .github/. */
export async function markdownDocuments(): Promise<MarkdownDocument[]> {
  const found = new Set((await readdir(root)).filter((name) => name.endsWith('.md')));
  for (const folder of ['docs', '.github', 'test/support']) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (name.endsWith('.md')) found.add(join(folder, name).replaceAll('\\', '/'));
    }
  }
  return Promise.all(
    [...found].sort().map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })),
  );
}
