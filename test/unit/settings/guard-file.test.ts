import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { Problems } from '../../../src/settings/context/problems.ts';
import { LARGEST_GUARD_FILE, parseGuardFile, readGuardFile } from '../../../src/settings/guard-file/read.ts';
import { guardFileSchema } from '../../../src/settings/guard-file/schema.ts';
import type { ConfigurationError, Problem } from '../../../src/support/errors.ts';
import { withoutRights } from '../../support/without-rights.ts';

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

async function problemsOf(text: string, of: z.ZodType = schema): Promise<readonly Problem[]> {
  const problems = new Problems();
  parseGuardFile('guard.yml', text, of, problems);
  try {
    problems.throwIfAny();
    return [];
  } catch (error) {
    return (error as ConfigurationError).problems;
  }
}

describe('a guard file', () => {
  test('is read with a locator for its values', async () => {
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

  test.each<[name: string, text: string, where: string, message: RegExp]>([
    [
      'an unknown key',
      'environment: a\ntreshholds: []\n',
      'guard.yml:2:1',
      /unknown key `treshholds`.*Did you mean `thresholds`\?/s,
    ],
    [
      'an unknown key deep inside',
      'targets:\n  - name: a\n    url: b\n    sample: 3\n',
      'guard.yml:4:5',
      /unknown key `sample` in `targets.0`.*Did you mean `samples`\?/s,
    ],
    [
      'an unknown key under a name of the user',
      'steps:\n  my-step:\n    collection: a\n    risk: low\n    colection: b\n',
      'guard.yml:5:5',
      /Did you mean `collection`\?/,
    ],
    [
      'a wrong type',
      'targets:\n  - name: a\n    url: b\n    samples: ten\n',
      'guard.yml:4:5',
      /`targets.0.samples` .*expected number/,
    ],
    ['a missing key', 'targets:\n  - name: a\n', 'guard.yml:2:5', /`targets.0.url`/],
    ['a wrong word', 'steps:\n  x: { collection: a, risk: huge }\n', 'guard.yml:2:23', /`steps.x.risk`/],
    ['broken YAML', 'environment: [a\n', 'guard.yml:', /not valid YAML/],
    ['a tab', 'targets:\n\t- a\n', 'guard.yml:2:', /not valid YAML/],
    ['a key twice', 'environment: a\nenvironment: b\n', 'guard.yml:2:1', /unique/],
    ['a list instead of keys', '- a\n', 'guard.yml:1:1', /is not a mapping/],
    ['an expression', 'environment: ${{ github.ref }}\n', 'guard.yml:1:1', /not expanded/],
    ['a key that reaches into JavaScript', '__proto__:\n  a: b\n', 'guard.yml:1:1', /not allowed/],
    ['two documents', 'environment: a\n---\nenvironment: b\n', 'guard.yml:', /./],
  ])('%s is told with its place', async (_name, text, where, message) => {
    const [first] = await problemsOf(text);
    expect(first?.where).toContain(where);
    expect(`${first?.message} ${first?.hint ?? ''}`).toMatch(message);
  });

  test.each<[name: string, text: string, where: string, message: RegExp]>([
    [
      'of an expectation',
      'targets:\n  - url: https://a.example/\n    expect: { tex: ok }\n',
      'guard.yml:3:15',
      /unknown key `tex` in `targets\.0\.expect`.*Did you mean `text`\?/,
    ],
    [
      'of a condition within one',
      'targets:\n  - url: https://a.example/\n    expect: { json: { /status: { iss: UP } } }\n',
      'guard.yml:3:34',
      /unknown key `iss` in `targets\.0\.expect\.json\.\/status`.*Did you mean `is`\?/,
    ],
  ])('an unknown key %s finds its neighbours through every union', async (_name, text, where, message) => {
    const [first] = await problemsOf(text, guardFileSchema);
    expect(first?.where).toBe(where);
    expect(`${first?.message} ${first?.hint}`).toMatch(message);
  });

  test('a key that is a list is unknown, and nothing is said past the problems', async () => {
    const warned = vi.spyOn(process, 'emitWarning');
    const [first] = await problemsOf('? [a, b]\n: c\nenvironment: d\n');
    expect(first).toMatchObject({ where: 'guard.yml:1:1', message: 'unknown key `[ a, b ]`' });
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  test.each([
    ['brackets', `environment: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n`],
    ['brackets that nothing closes', '['.repeat(5_000)],
    ['dashes', `${'- '.repeat(5_000)}x\n`],
    ['an anchor within itself', 'targets: &a [*a]\n'],
  ])('%s without end are told as nesting', async (_name, text) => {
    const [first] = await problemsOf(text);
    expect(first?.message).toMatch(/is nested more than 60 levels deep, or holds an anchor/);
  });

  test('of hundreds of problems the first hundred are told, and how many more there are', async () => {
    const found = await problemsOf(`targets:\n${'  - { name: a, url: 5 }\n'.repeat(120)}`);
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toMatchObject({ where: 'guard.yml', message: 'has 20 more problems' });
  });

  test('tells all problems at once', async () => {
    expect(await problemsOf('environmen: a\ntargets:\n  - nam: x\n')).toHaveLength(4);
  });

  test('a file that unfolds into millions of nodes is refused', async () => {
    const lines = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let index = 1; index < 12; index++) {
      const name = String.fromCharCode(97 + index);
      const before = String.fromCharCode(96 + index);
      lines.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`);
    }
    const [first] = await problemsOf(`${lines.join('\n')}\n`);
    expect(first?.message).toMatch(/alias/i);
  });

  test('property: any text gives problems or values, never another error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), async (text) => {
        for (const problem of await problemsOf(text)) expect(problem.where).toMatch(/^guard\.yml:\d+:\d+$/);
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

  test.each<[name: string, make: (path: string) => Promise<unknown>, message: RegExp]>([
    ['missing', async () => undefined, /no such file/],
    ['empty', (path) => writeFile(path, ' \n'), /is empty/],
    ['over-large', (path) => writeFile(path, `# ${'x'.repeat(LARGEST_GUARD_FILE)}`), /at most/],
    ['no UTF-8', (path) => writeFile(path, Buffer.from([0x61, 0xff, 0xfe])), /not UTF-8/],
  ])('%s is told', async (name, make, message) => {
    const path = join(folder, `${name.replace(/\W/g, '-')}.yml`);
    await make(path);
    const problems = new Problems();
    expect(await readGuardFile(path, problems)).toBeUndefined();
    expect(() => problems.throwIfAny()).toThrow(message);
  });

  test('a path through a file is told', async () => {
    const file = join(folder, 'file.yml');
    await writeFile(file, 'environment: a\n');
    const problems = new Problems();
    await readGuardFile(join(file, 'guard.yml'), problems);
    expect(() => problems.throwIfAny()).toThrow(/cannot read .*guard\.yml: ENOTDIR/);
  });

  test.skipIf(process.platform === 'win32')('one that may not be read is told', async () => {
    const file = join(folder, 'mine.yml');
    await writeFile(file, 'environment: a\n', { mode: 0o000 });
    const problems = new Problems();
    await withoutRights(() => readGuardFile(file, problems));
    expect(() => problems.throwIfAny()).toThrow(/cannot read .*mine\.yml: permission denied/);
  });

  test('a directory is told', async () => {
    const problems = new Problems();
    await readGuardFile(folder, problems);
    expect(() => problems.throwIfAny()).toThrow(/directory/);
  });
});
