import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { readArguments } from '../../../src/cli/arguments/parse.ts';
import { ALL_INPUTS } from '../../../src/settings/settings.ts';
import { TROUBLESHOOTING_CASES } from '../../support/troubleshooting-cases.ts';

/** The documents of the command line against the sources. That generated ones are current, surface.test.ts holds. */
const root = new URL('../../..', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');
const OURS = [
  'docs/CLI.md',
  'docs/TROUBLESHOOTING.md',
  'docs/PRE_DEPLOYMENT_CHECKLIST.md',
  'docs/DEPLOYMENT_PLAN.md',
  'docs/POST_DEPLOYMENT_VALIDATION.md',
];
const texts = new Map(
  await Promise.all(OURS.map(async (path): Promise<[string, string]> => [path, await read(path)])),
);

describe('TROUBLESHOOTING.md', () => {
  const headings = [...(texts.get('docs/TROUBLESHOOTING.md') ?? '').matchAll(/^### `(.+)`$/gm)].map(
    (heading) => heading[1] ?? '',
  );

  test('has entries', () => expect(headings.length).toBeGreaterThan(40));
  test('names each text once', () => expect(new Set(headings).size).toBe(headings.length));

  // The others are printed for real in test/e2e/cli-troubleshooting.test.ts.
  const run = new Set(TROUBLESHOOTING_CASES.map(({ heading }) => heading));
  test.each(headings.filter((heading) => !run.has(heading)))('%s stands in a source', async (heading) => {
    const [, input, rest] = /^([a-z-]+): (.+)$/.exec(heading) ?? [];
    // `operation: is required`: the input's name stands before what is wrong with it.
    const known = input !== undefined && Object.hasOwn(ALL_INPUTS, input);
    const parts = (known ? (rest ?? '') : heading)
      .split('…')
      .map((part) =>
        part
          .trim()
          .replace(/^[:;,]\s*|[:;,]$/g, '')
          .trim(),
      )
      .filter((part) => part.length > 2);
    expect(parts.join('').length, 'too little to find it by').toBeGreaterThanOrEqual(8);
    const holding = (await sources()).filter(({ text }) => holds(text, parts));
    expect(
      holding.map(({ path }) => path),
      parts.join(' … '),
    ).not.toEqual([]);
  });
});

/** The parts in their order, each near the one before: in one message. */
function holds(text: string, parts: readonly string[]): boolean {
  const [first = '', ...others] = parts;
  for (let start = text.indexOf(first); start >= 0; start = text.indexOf(first, start + 1)) {
    let at = start + first.length;
    const together = others.every((part) => {
      const next = text.indexOf(part, at);
      if (next < 0 || next - at > 200) return false;
      at = next + part.length;
      return true;
    });
    if (together) return true;
  }
  return false;
}

let all: Promise<{ path: string; text: string }[]> | undefined;
function sources() {
  all ??= (async () => {
    const paths = (await readdir(new URL('src/', root), { recursive: true })).filter((path) =>
      path.endsWith('.ts'),
    );
    return Promise.all(
      paths.map(async (path) => ({
        path,
        // Quotes as they are when the text is printed; texts that go over two literals as one.
        text: (await read(`src/${path.replaceAll('\\', '/')}`))
          .replace(/\\(['"`])/g, '$1')
          .replace(/['`] \+\s+['`]/g, ''),
      })),
    );
  })();
  return all;
}

describe('shell blocks', () => {
  const calls = [...texts].flatMap(([path, text]) =>
    [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) =>
      (block[1] ?? '')
        .replace(/\\\n/g, ' ')
        .split('\n')
        .filter((line) => line.trim() !== '' && !line.startsWith('#'))
        .map((line): [string, string] => [path, line]),
    ),
  );
  test('there are some', () => expect(calls.length).toBeGreaterThan(10));
  test.each(calls)('%s: %s', (_path, line) => {
    const words = [...line.replace(/ > \S+$/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
      (word) => word[1] ?? word[2] ?? word[3] ?? '',
    );
    if (words[0] === 'npx') words.shift();
    expect(words.shift()).toBe('deploy-guard');
    expect(readArguments(words).problems).toEqual([]);
  });
});

describe('links', () => {
  const links = [...texts].flatMap(([path, text]) =>
    [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)]
      .map((link) => link[1] ?? '')
      .filter((link) => !/^https?:/.test(link))
      .map((link): [string, string] => [path, link]),
  );
  test.each(links)('%s → %s is there', async (path, link) => {
    expect((await readFile(new URL(link, new URL(path, root)), 'utf8')).length).toBeGreaterThan(0);
  });
});
