import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { COMMANDS, type Command, optionsOf } from '../../../src/cli/arguments/commands.ts';
import { guardFileSchema } from '../../../src/settings/guard-file/schema.ts';
import { markdownDocuments } from '../../support/documents.ts';
import { blocksOf } from '../../support/markdown-blocks.ts';
import { missingTool } from '../../support/tools.ts';
import { lintWorkflows, wrongUses } from '../../support/workflow-check.ts';

/** Each YAML, JSON and shell block of README and docs is what it says it is. */
const documents = await markdownDocuments();
const blocks = documents.flatMap(({ path, text }) =>
  blocksOf(text).map((block) => ({ ...block, where: `${path}:${block.line}` })),
);
const ofLanguage = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));
const noActionlint = missingTool(
  'actionlint',
  'go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12',
);
const noBash = spawnSync('bash', ['--version']).error !== undefined;
const { scripts } = JSON.parse(
  await readFile(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8'),
) as { scripts: Record<string, string> };

const GUARD_FILE_KEYS = new Set(Object.keys(guardFileSchema.shape));

interface Job {
  readonly permissions?: { readonly contents?: string };
  readonly steps?: readonly { readonly uses?: string }[];
}

/** The steps that an excerpt takes for granted: those whose outputs it reads without having them. */
function earlier(steps: readonly object[]): object[] {
  const read = [...JSON.stringify(steps).matchAll(/steps\.([\w-]+)\./g)].map((match) => match[1] ?? '');
  const own = new Set(steps.map((step) => ('id' in step ? step.id : undefined)));
  return (
    [...new Set(read)]
      .filter((id) => !own.has(id))
      // An action's outputs are anything; those of a script would be, too.
      .map((id) => ({ id, run: 'echo "earlier=step" >> "$GITHUB_OUTPUT"' }))
  );
}

/** A whole workflow of what may be only jobs, or only steps; undefined where it is neither. */
function asWorkflow(value: unknown): Record<string, unknown> | undefined {
  const whole = { name: 'example', on: 'push', permissions: {} };
  if (Array.isArray(value)) {
    const steps = value.every(
      (step) => typeof step === 'object' && step && ('uses' in step || 'run' in step),
    );
    if (!steps) return undefined;
    return {
      ...whole,
      jobs: { example: { 'runs-on': 'ubuntu-latest', steps: [...earlier(value), ...value] } },
    };
  }
  if (typeof value !== 'object' || value === null || !('jobs' in value)) return undefined;
  return { ...whole, ...value };
}

test('each job that may read the contents checks them out, so that the guard file is found', () => {
  const forgetful = ofLanguage('yaml').flatMap(({ where, code }) => {
    // Some excerpts hold placeholders that are not YAML; another test looks after those.
    const parsed = parseAllDocuments(code).map((document) => document.toJS() as unknown);
    return parsed.flatMap((value) => {
      const jobs = Object.entries((value as { jobs?: Record<string, Job> } | null)?.jobs ?? {});
      return jobs
        .filter(([, job]) => job.steps !== undefined && job.permissions?.contents === 'read')
        .filter(([, job]) => !job.steps?.some(({ uses }) => uses?.startsWith('actions/checkout@')))
        .map(([name]) => `${where} ${name}`);
    });
  });
  expect(forgetful).toEqual([]);
});

test('the blocks are found, and each names its language', () => {
  expect(ofLanguage('yaml').length).toBeGreaterThan(3);
  expect(ofLanguage('sh').length).toBeGreaterThan(3);
  expect(blocks.filter(({ language }) => language === '').map(({ where }) => where)).toEqual([]);
});

describe.each(ofLanguage('yaml', 'yml'))('$where (yaml)', ({ code }) => {
  test('is YAML', () => {
    for (const document of parseAllDocuments(code)) {
      expect('errors' in document ? document.errors.map(({ message }) => message) : []).toEqual([]);
    }
  });

  const values = parseAllDocuments(code).map((document) =>
    'toJS' in document ? document.toJS() : undefined,
  );
  const workflows = values.flatMap((value) => asWorkflow(value) ?? []);
  // What does not apply is not defined, so that the count of skipped tests tells of missing tools alone.
  if (workflows.length > 0)
    test('uses only what exists, with inputs that exist', async () => {
      for (const workflow of workflows) expect(await wrongUses(workflow)).toEqual([]);
    });
  if (workflows.length > 0)
    test.skipIf(noActionlint)('is a workflow in which actionlint finds nothing', async () => {
      const files = workflows.map(
        (workflow, index) => [`example-${index}.yml`, JSON.stringify(workflow)] as const,
      );
      expect(await lintWorkflows('actionlint', Object.fromEntries(files))).toBe('');
    });

  const guardFiles = values.filter(
    (value): value is Record<string, unknown> =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length > 0 &&
      Object.keys(value).every((key) => GUARD_FILE_KEYS.has(key)),
  );
  if (guardFiles.length > 0)
    test('is a guard file that is accepted', () => {
      for (const value of guardFiles) {
        const parsed = guardFileSchema.safeParse(value);
        expect(parsed.success ? [] : parsed.error.issues).toEqual([]);
      }
    });
});

describe.each(ofLanguage('json'))('$where (json)', ({ code }) => {
  test('is JSON', () => expect(() => JSON.parse(code)).not.toThrow());
});

describe.each(ofLanguage('sh', 'bash', 'shell', 'console'))('$where (shell)', ({ code }) => {
  test.skipIf(noBash)('is shell', () => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: code, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('runs only scripts and commands that exist, with options that exist', () => {
    for (const [, name] of code.matchAll(/\bnpm run (?:--?\w+ )*([\w:-]+)/g)) {
      expect(Object.keys(scripts)).toContain(name);
    }
    // A backslash at the end of a line goes on with the next one.
    const lines = code.replaceAll('\\\n', ' ').split('\n');
    for (const line of lines) {
      const words = /\b(?:npx |node dist\/cli\.js |\$ )?deploy-guard(?:@\S+)? (.*)$/.exec(
        line.replace(/ #.*$/, ''),
      )?.[1];
      const [command, ...rest] = words?.trim().split(/\s+/) ?? [];
      if (command === undefined || !/^[a-z-]+$/.test(command)) continue;
      if (command.startsWith('-')) continue;
      expect(COMMANDS as readonly string[], line).toContain(command);
      const options = Object.keys(optionsOf(command as Command));
      for (const option of rest.flatMap((word) => /^--(?:no-)?([a-z-]+)/.exec(word)?.[1] ?? [])) {
        expect(options, `${line}: --${option}`).toContain(option);
      }
    }
  });
});
