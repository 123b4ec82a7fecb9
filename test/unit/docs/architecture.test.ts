import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf } from '../../support/markdown-blocks.ts';

const root = join(import.meta.dirname, '..', '..', '..');
/** What everything may import, and the picture therefore leaves out. */
const EVERYWHERE = new Set(['support', 'report']);
const MODES = ['verify', 'alert', 'rollback', 'monitor'];

/** The folder of a file below src, or for a file at the top its name. cli.ts and cli-run.ts belong to cli. */
function roomOf(path: string): string {
  return (path.split('/')[0] ?? '').replace(/(-run)?\.ts$/, '');
}

/** `FROM --> TO` for each room that imports from another, types included. */
async function imports(): Promise<Set<string>> {
  const edges = new Set<string>();
  for (const found of await readdir(join(root, 'src'), { recursive: true })) {
    const path = found.replaceAll('\\', '/');
    if (!path.endsWith('.ts')) continue;
    const text = await readFile(join(root, 'src', path), 'utf8');
    const specifiers = [
      ...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)'/gm),
      ...text.matchAll(/^import '(\.[^']+)'/gm),
      ...text.matchAll(/\bimport\('(\.[^']+)'\)/g),
    ].map((match) => match[1] ?? '');
    for (const specifier of specifiers) {
      const from = roomOf(path);
      const to = roomOf(posix.normalize(posix.join(dirname(path).replaceAll('\\', '/'), specifier)));
      if (from !== to && to !== '..') edges.add(`${from} --> ${to}`);
    }
  }
  return edges;
}

const edges = await imports();
const drawn =
  edges.size === 0
    ? []
    : [...edges].filter((edge) => !edge.split(' --> ').some((room) => EVERYWHERE.has(room)));

test('the picture in docs/ARCHITECTURE.md is what the imports are', async () => {
  const text = await readFile(join(root, 'docs/ARCHITECTURE.md'), 'utf8');
  const picture = blocksOf(text).find(({ language }) => language === 'mermaid')?.code ?? '';
  const arrows = [...picture.matchAll(/^ *([a-z]+) --> ([a-z]+)$/gm)].map(
    ([, from, to]) => `${from} --> ${to}`,
  );
  expect(new Set(arrows).size).toBe(arrows.length);
  expect(arrows.sort()).toEqual(drawn.sort());
});

test('modes never import one another, nor github', () => {
  for (const mode of MODES) {
    for (const other of [...MODES, 'github', 'run', 'settings', 'cli']) {
      if (other !== mode) expect([...edges]).not.toContain(`${mode} --> ${other}`);
    }
  }
});

test('what everything may import imports nothing above it', () => {
  const above = [...edges].filter((edge) => /^(support|report) --> /.test(edge));
  expect(above.filter((edge) => !EVERYWHERE.has(edge.split(' --> ')[1] ?? ''))).toEqual([]);
});
