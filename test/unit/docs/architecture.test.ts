import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf } from '../../support/markdown-blocks.ts';

const root = join(import.meta.dirname, '..', '..', '..');
/** What everything may import, and the picture therefore leaves out. */
const EVERYWHERE = new Set(['support', 'report']);
const MODES = ['verify', 'alert', 'rollback', 'monitor'];

/** The top-level folder of a file below src, or for a file at the top its name. cli.ts and cli-run.ts belong to cli. */
function moduleOf(path: string): string {
  return (path.split('/')[0] ?? '').replace(/(-run)?\.ts$/, '');
}

/** Every import within src, types included: the folder it is in and the folder it names, both below src. */
async function imports(): Promise<{ from: string; to: string }[]> {
  const found: { from: string; to: string }[] = [];
  for (const entry of await readdir(join(root, 'src'), { recursive: true })) {
    const path = entry.replaceAll('\\', '/');
    if (!path.endsWith('.ts')) continue;
    const text = await readFile(join(root, 'src', path), 'utf8');
    const specifiers = [
      ...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)'/gm),
      ...text.matchAll(/^import '(\.[^']+)'/gm),
      ...text.matchAll(/\bimport\('(\.[^']+)'\)/g),
    ].map((match) => match[1] ?? '');
    for (const specifier of specifiers)
      found.push({ from: path, to: posix.normalize(posix.join(dirname(path), specifier)) });
  }
  return found;
}

const all = await imports();

/** `FROM --> TO` for each top-level folder that imports from another. */
function arrows(): Set<string> {
  const found = new Set<string>();
  for (const { from, to } of all) {
    const [here, there] = [moduleOf(from), moduleOf(to)];
    if (here !== there && there !== '..') found.add(`${here} --> ${there}`);
  }
  return found;
}

/** Folders that reach themselves through others, each with one way round. */
function cycles(): string[] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of all) {
    const [here, there] = [dirname(from), dirname(to)];
    if (here !== there && !there.startsWith('..')) next.set(here, (next.get(here) ?? new Set()).add(there));
  }
  return [...next.keys()].flatMap((start) => {
    const paths: string[][] = [[start]];
    const seen = new Set<string>();
    for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
      for (const folder of next.get(path.at(-1) ?? '') ?? []) {
        if (folder === start) return [[...path, start].join(' → ')];
        if (!seen.has(folder)) {
          seen.add(folder);
          paths.push([...path, folder]);
        }
      }
    }
    return [];
  });
}

const edges = arrows();
const drawn =
  edges.size === 0
    ? []
    : [...edges].filter((edge) => !edge.split(' --> ').some((name) => EVERYWHERE.has(name)));

test('the picture in docs/ARCHITECTURE.md is what the imports are', async () => {
  const text = await readFile(join(root, 'docs/ARCHITECTURE.md'), 'utf8');
  const picture = blocksOf(text).find(({ language }) => language === 'mermaid')?.code ?? '';
  const shown = [...picture.matchAll(/^ *([a-z]+) --> ([a-z]+)$/gm)].map(
    ([, from, to]) => `${from} --> ${to}`,
  );
  expect(new Set(shown).size).toBe(shown.length);
  expect(shown.sort()).toEqual(drawn.sort());
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

/** Their folders still import one another in a circle; nothing may be added here. */
const UNTANGLING = /^(alert|rollback)\//;

test('folders import one another in one direction, types included', () => {
  expect(cycles().filter((cycle) => !UNTANGLING.test(cycle))).toEqual([]);
});
