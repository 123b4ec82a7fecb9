import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'acorn';
import { full } from 'acorn-walk';
import { transformSync } from 'esbuild';
import { checkSync } from 'recheck';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Problems } from '../../../src/settings/context/problems.ts';
import { parseGuardFile } from '../../../src/settings/guard-file/read.ts';
import { guardFileSchema } from '../../../src/settings/guard-file/schema.ts';
import { momentText } from '../../../src/settings/values/alert.ts';
import { disarmCommands } from '../../../src/support/untrusted-lines.ts';
import { parseScrape } from '../../../src/verify/app/prometheus.ts';

const source = join(import.meta.dirname, '../../../src');

/** Every pattern that stands in the sources, with where it stands. */
function patterns(): { file: string; source: string; flags: string }[] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.d)\.ts$/.test(file),
  );
  return files.flatMap((file) => {
    const { code } = transformSync(readFileSync(join(source, file), 'utf8'), { loader: 'ts' });
    const found: { file: string; source: string; flags: string }[] = [];
    full(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
      const { regex } = node as { regex?: { pattern: string; flags: string } };
      if (regex) found.push({ file, source: regex.pattern, flags: regex.flags });
    });
    return found;
  });
}

const ALL = patterns();

/** What ruins a pattern that backtracks: long runs of what it repeats, behind every way to begin and end. */
const PIECES = [
  'a',
  ' ',
  '\n',
  '/',
  '.',
  '-',
  '[',
  '{',
  '"',
  '\\',
  '`',
  '0',
  '@',
  ':',
  '://',
  'a=',
  '<',
  'a.',
  'a@',
  '&a',
  "'",
  '|',
];

/** What reads bounded text only: the length is limited where it comes in, or it is the user's own setting. */
const BOUNDED: Readonly<Record<string, string>> = {
  'monitor/model/redact-message.ts': 'a message is cut to 1,200 characters first',
  'verify/metrics/format.ts': 'the digits of one number',
  'verify/app/source.ts': 'the path of the base URL in the settings',
  'alert/channels/slack/token.ts': 'the address of the API in the settings',
};
const LENGTH = 20_000;
const EVIL = PIECES.flatMap((piece) => {
  return [`x${piece.repeat(Math.ceil(LENGTH / piece.length))}\u0000!`];
});

describe('no pattern of ours can be blown up', () => {
  test('there are patterns to look at', () => {
    expect(ALL.length).toBeGreaterThan(150);
  });

  test('none takes exponential time, by analysis', { timeout: 120_000 }, () => {
    const unique = new Map(ALL.map((one) => [`/${one.source}/${one.flags}`, one]));
    const bad: string[] = [];
    for (const [text, { file, source: pattern, flags }] of unique) {
      // Without a repeated group nothing can be read in more than a handful of ways.
      if (!/\)[*+{]/.test(pattern)) continue;
      const found = checkSync(pattern, flags, { timeout: 500, checker: 'automaton' });
      if (found.status === 'vulnerable' && found.complexity.type === 'exponential')
        bad.push(`${file}: ${text}`);
    }
    expect(bad).toEqual([]);
  });

  test('each takes linear time on long runs of every kind, or reads bounded text', () => {
    const slow: string[] = [];
    const unique = new Map(ALL.map((one) => [`/${one.source}/${one.flags}`, one]));
    for (const [text, { file, source: pattern, flags }] of unique) {
      const regex = new RegExp(pattern, flags.replace('g', ''));
      for (const evil of EVIL) {
        const before = process.threadCpuUsage();
        regex.test(evil);
        const { user } = process.threadCpuUsage(before);
        if (user > 100_000 && !BOUNDED[file])
          slow.push(
            `${file}: ${text} on ${JSON.stringify(evil.slice(0, 6))}: ${Math.round(user / 1_000)} ms`,
          );
      }
    }
    expect(slow).toEqual([]);
  });

  test.each<[string, () => unknown]>([
    ['empty lines in a log', () => disarmCommands('\n'.repeat(100_000))],
    ['empty lines in metrics', () => parseScrape(`${'\n'.repeat(100_000)}a 1\n`, 0)],
    ['a moment of nothing but T', () => momentText.safeParse('T'.repeat(100_000))],
    [
      'a guard file of many keys',
      () => guardFileOf(Array.from({ length: 15_000 }, (_, index) => `k${index}: 1`).join('\n')),
    ],
    [
      'a guard file of many anchors',
      () =>
        guardFileOf(
          Array.from(
            { length: 5_000 },
            (_, index) => `k${index}: &a${index} [*a${Math.max(0, index - 1)}]`,
          ).join('\n'),
        ),
    ],
    [
      'a guard file of many mistakes',
      () => guardFileOf(stringify({ thresholds: Array.from({ length: 9_000 }, () => '${{ x }}') })),
    ],
    ['a guard file of directives', () => guardFileOf('%a\n'.repeat(50_000))],
  ])('%s', (_name, work) => {
    const before = process.threadCpuUsage();
    work();
    const { user } = process.threadCpuUsage(before);
    expect(user / 1_000).toBeLessThan(3_000);
  });
});

function guardFileOf(text: string): Problems {
  const problems = new Problems();
  expect(parseGuardFile('guard.yml', text, guardFileSchema, problems)).toBeUndefined();
  expect(problems.list.length).toBeGreaterThan(0);
  expect(problems.list.length).toBeLessThan(200);
  return problems;
}
