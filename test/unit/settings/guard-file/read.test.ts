import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { Problems } from '../../../../src/settings/context/problems.ts';
import {
  LARGEST_GUARD_FILE,
  parseGuardFile,
  readGuardFile,
} from '../../../../src/settings/guard-file/read.ts';
import { guardFileSchema } from '../../../../src/settings/guard-file/schema.ts';
import { formatProblem, type Problem } from '../../../../src/support/problem.ts';
import { withoutRights } from '../../../support/without-rights.ts';

const schema = z.strictObject({
  environment: z.string().optional(),
  thresholds: z.array(z.string()).optional(),
  targets: z
    .array(z.strictObject({ name: z.string(), url: z.string(), samples: z.number().int().optional() }))
    .optional(),
  steps: z
    .record(z.string(), z.strictObject({ collection: z.string(), risk: z.enum(['low', 'high']) }))
    .optional(),
});

function problemsOf(text: string, of: z.ZodType = schema): readonly Problem[] {
  const problems = new Problems();
  parseGuardFile('guard.yml', text, of, problems);
  return problems.list;
}

describe('a guard file', () => {
  test('is read with a locator for its values', () => {
    const parsed = parseGuardFile(
      'g.yml',
      'environment: staging\ntargets:\n  - name: a\n    url: http://x\n',
      schema,
      new Problems(),
    );
    expect(parsed?.values.environment).toBe('staging');
    expect(parsed?.locate(['targets', 0, 'url'])).toBe('g.yml:4:5');
    expect(parsed?.locate(['targets', 0, 'gone'])).toBe('g.yml:3:5');
    expect(parsed?.locate(['nowhere'])).toBe('g.yml:1:1');
  });

  test.each<[name: string, text: string, problem: Partial<Problem>]>([
    [
      'an unknown key',
      'environment: a\ntreshholds: []\n',
      { where: 'guard.yml:2:1', code: 'unknown-key', hint: 'Did you mean `thresholds`?' },
    ],
    [
      'an unknown key deep inside',
      'targets:\n  - name: a\n    url: b\n    sample: 3\n',
      { where: 'guard.yml:4:5', code: 'unknown-key', hint: 'Did you mean `samples`?' },
    ],
    [
      'an unknown key under a name of the user',
      'steps:\n  my-step:\n    collection: a\n    risk: low\n    colection: b\n',
      { where: 'guard.yml:5:5', code: 'unknown-key', hint: 'Did you mean `collection`?' },
    ],
    [
      'a wrong type',
      'targets:\n  - name: a\n    url: b\n    samples: ten\n',
      { where: 'guard.yml:4:5', code: 'invalid-type', key: 'targets.0.samples' },
    ],
    [
      'a missing key',
      'targets:\n  - name: a\n',
      { where: 'guard.yml:2:5', code: 'missing', key: 'targets.0.url' },
    ],
    [
      'a wrong word',
      'steps:\n  x: { collection: a, risk: huge }\n',
      { where: 'guard.yml:2:23', code: 'invalid-value', key: 'steps.x.risk' },
    ],
    ['broken YAML', 'environment: [a\n', { code: 'invalid-yaml' }],
    ['a tab', 'targets:\n\t- a\n', { code: 'invalid-yaml' }],
    ['a key twice', 'environment: a\nenvironment: b\n', { where: 'guard.yml:2:1', code: 'invalid-yaml' }],
    ['a list instead of keys', '- a\n', { where: 'guard.yml:1:1', code: 'not-a-mapping' }],
    ['an expression', 'environment: ${{ github.ref }}\n', { where: 'guard.yml:1:1', code: 'expression' }],
    [
      'a key that reaches into JavaScript',
      '__proto__:\n  a: b\n',
      { where: 'guard.yml:1:1', code: 'forbidden-key' },
    ],
    ['two documents', 'environment: a\n---\nenvironment: b\n', { code: 'invalid-yaml' }],
  ])('%s is refused with its place', (_name, text, problem) => {
    const [first] = problemsOf(text);
    expect(first).toMatchObject(problem);
    expect(first?.where).toMatch(/^guard\.yml:\d+:\d+$/);
  });

  test.each<[name: string, text: string, problem: Partial<Problem>]>([
    [
      'of an expectation',
      'targets:\n  - url: https://a.example/\n    expect: { tex: ok }\n',
      { where: 'guard.yml:3:15', code: 'unknown-key', hint: 'Did you mean `text`?' },
    ],
    [
      'of a condition within one',
      'targets:\n  - url: https://a.example/\n    expect: { json: { /status: { iss: UP } } }\n',
      { where: 'guard.yml:3:34', code: 'unknown-key', hint: 'Did you mean `is`?' },
    ],
  ])('an unknown key %s finds its neighbours through every union', (_name, text, problem) => {
    expect(problemsOf(text, guardFileSchema)[0]).toMatchObject(problem);
  });

  test('problems are worded with place, key, value and what to write', () => {
    const words = (text: string) =>
      problemsOf(text, guardFileSchema).map((problem) => formatProblem(problem));
    expect(words('thresholdz: []\n')).toEqual([
      'guard.yml:1:1: unknown key `thresholdz`\n  Did you mean `thresholds`?',
    ]);
    expect(words('rollback: { max-lag: 5, lease: 5 }\nalerts: { repeat-interval: "5" }\n')).toEqual([
      "guard.yml:2:11: `alerts.repeat-interval`: '5' is not a duration\n  Write a number with its unit, such as `5s` (units: ms, s, m, h).",
      'guard.yml:1:13: `rollback.max-lag` expected string, received number',
      'guard.yml:1:25: `rollback.lease` expected string, received number',
    ]);
  });

  test('a key that is a list is unknown, and no warning goes past the problems', () => {
    const warned = vi.spyOn(process, 'emitWarning');
    const [first] = problemsOf('? [a, b]\n: c\nenvironment: d\n');
    expect(first).toMatchObject({ where: 'guard.yml:1:1', message: 'unknown key `[ a, b ]`' });
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  test.each([
    ['brackets', `environment: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n`],
    ['brackets that nothing closes', '['.repeat(5_000)],
    ['dashes', `${'- '.repeat(5_000)}x\n`],
    ['an anchor within itself', 'targets: &a [*a]\n'],
  ])('%s without end are refused as nesting', (_name, text) => {
    expect(problemsOf(text)[0]?.code).toBe('too-deep');
  });

  test('of hundreds of problems the first hundred are reported, and how many more there are', () => {
    const found = problemsOf(`targets:\n${'  - { name: a, url: 5 }\n'.repeat(120)}`);
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toMatchObject({
      where: 'guard.yml',
      code: 'more-problems',
      message: 'has 20 more problems',
    });
  });

  test('reports all problems at once', () => {
    expect(problemsOf('environmen: a\ntargets:\n  - nam: x\n')).toHaveLength(4);
  });

  test('a file that unfolds into millions of nodes is refused', () => {
    const lines = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let index = 1; index < 12; index++) {
      const name = String.fromCharCode(97 + index);
      const before = String.fromCharCode(96 + index);
      lines.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`);
    }
    const [first] = problemsOf(`${lines.join('\n')}\n`);
    expect(first?.code).toBe('too-many-aliases');
  });

  test('property: any text gives problems or values, never another error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        for (const problem of problemsOf(text)) expect(problem.where).toMatch(/^guard\.yml:\d+:\d+$/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('reading the file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guard-file-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The code of the only problem that reading a path gives. */
  async function codeOf(path: string): Promise<string | undefined> {
    const problems = new Problems();
    expect(await readGuardFile(path, problems)).toBeUndefined();
    expect(problems.list).toHaveLength(1);
    return problems.list[0]?.code;
  }

  test.each<[name: string, make: (path: string) => Promise<unknown>, code: string]>([
    ['missing', async () => undefined, 'unreadable-file'],
    ['empty', (path) => writeFile(path, ' \n'), 'empty-file'],
    ['over-large', (path) => writeFile(path, `# ${'x'.repeat(LARGEST_GUARD_FILE)}`), 'file-too-large'],
    ['not UTF-8', (path) => writeFile(path, Buffer.from([0x61, 0xff, 0xfe])), 'unreadable-file'],
    ['a directory', (path) => mkdir(path), 'unreadable-file'],
  ])('a file that is %s is refused', async (name, make, code) => {
    const path = join(folder, `${name.replace(/\W/g, '-')}.yml`);
    await make(path);
    expect(await codeOf(path)).toBe(code);
  });

  test('a path through a file is refused', async () => {
    const file = join(folder, 'file.yml');
    await writeFile(file, 'environment: a\n');
    expect(await codeOf(join(file, 'guard.yml'))).toBe('unreadable-file');
  });

  test.skipIf(process.platform === 'win32')('a file without read permission is refused', async () => {
    const file = join(folder, 'mine.yml');
    await writeFile(file, 'environment: a\n', { mode: 0o000 });
    expect(await withoutRights(() => codeOf(file))).toBe('unreadable-file');
  });
});
