import { access, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { markdownDocuments } from '../../support/documents.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const documents = await markdownDocuments();

interface Link {
  target: string;
  line: number;
}

/** Links and images of a text, those in code left out. */
function linksOf(text: string): Link[] {
  const prose = withoutCode(text);
  return [
    ...prose.matchAll(/!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)/gm),
  ].map((match) => ({
    target: match[1] ?? match[2] ?? '',
    line: prose.slice(0, match.index).split('\n').length,
  }));
}

/** Blanks fenced blocks and code spans, and keeps the lines. */
function withoutCode(text: string): string {
  let fence = '';
  return text
    .split('\n')
    .map((line) => {
      const mark = /^\s*(```+)/.exec(line)?.[1];
      if (fence === '' && mark) fence = mark;
      else if (fence !== '') {
        if (line.trim() === fence) fence = '';
      } else return line.replace(/`[^`]*`/g, '``');
      return '';
    })
    .join('\n');
}

/** The anchors of a Markdown text, as GitHub makes them from headings. */
function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  let fence = '';
  for (const line of text.split('\n')) {
    const mark = /^\s*(```+)/.exec(line)?.[1];
    if (mark) fence = fence === '' ? mark : line.trim() === fence ? '' : fence;
    const heading = fence === '' ? /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1] : undefined;
    if (heading === undefined) continue;
    const slug = heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}

describe.each(documents)('$path', ({ path, text }) => {
  const links = linksOf(text);
  const inside = links.filter(({ target }) => !/^[a-z]+:/i.test(target));
  const outside = links.filter(({ target }) => /^[a-z]+:/i.test(target));

  test('leads to files and headings that exist', async () => {
    const dead: string[] = [];
    for (const { target, line } of inside) {
      const [file = '', anchor] = target.split('#');
      const found = file === '' ? path : normalize(join(dirname(path), decodeURI(file)));
      const exists = await access(join(root, found)).then(
        () => true,
        () => false,
      );
      if (!exists) dead.push(`${path}:${line}: ${target} does not exist`);
      else if (anchor !== undefined && found.endsWith('.md')) {
        const other = await readFile(join(root, found), 'utf8');
        if (!anchorsOf(other).has(anchor)) dead.push(`${path}:${line}: ${found} has no heading #${anchor}`);
      }
    }
    expect(dead).toEqual([]);
  });

  test('leads outside by https, to addresses that are whole', () => {
    for (const { target, line } of outside) {
      const url = URL.canParse(target) ? new URL(target) : undefined;
      expect(url?.protocol, `${path}:${line}: ${target}`).toMatch(/^(https|mailto):$/);
    }
  });
});

test('the links are found at all', () => {
  expect(documents.map(({ path }) => path)).toContain('README.md');
  expect(documents.flatMap(({ text }) => linksOf(text)).length).toBeGreaterThan(10);
  expect(
    linksOf('[a](b.md#c) `[no](x.md)` ![i](i.png)\n```\n[no](y.md)\n```').map(({ target }) => target),
  ).toEqual(['b.md#c', 'i.png']);
  expect([...anchorsOf('# One `two`\n## One two\n### It’s 3.4 — done')]).toEqual([
    'one-two',
    'one-two-1',
    'its-34--done',
  ]);
});
