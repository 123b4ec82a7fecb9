import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ownCallers } from '../../../scripts/generate/own-callers.ts';
import { missingTool } from '../../support/tools.ts';
import { lintWorkflows, wrongUses } from '../../support/workflow-check.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (path: string) => readFile(join(root, path), 'utf8');
const noActionlint = missingTool(
  'actionlint',
  'go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12',
);
const noZizmor = missingTool('zizmor', 'pip install zizmor');

interface Workflow {
  name?: string;
  on: Record<
    string,
    {
      inputs?: Record<string, Described>;
      secrets?: Record<string, Described>;
      outputs?: Record<string, Described>;
    } | null
  >;
  permissions?: unknown;
  jobs: Record<string, { steps?: Step[]; 'timeout-minutes'?: unknown; uses?: string }>;
}
interface Described {
  description?: string;
  type?: string;
  default?: unknown;
  required?: boolean;
}
interface Step {
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

async function workflowsIn(folder: string): Promise<[string, string][]> {
  const names = (await readdir(join(root, folder))).filter((name) => name.endsWith('.yml')).sort();
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => [name, await read(`${folder}/${name}`)]),
  );
}
const own = await workflowsIn('.github/workflows');
const ready = await workflowsIn('docs/workflows');
const called = own.filter(([, text]) => 'workflow_call' in (parse(text) as Workflow).on);
const { version } = JSON.parse(await read('package.json')) as { version: string };

describe.each([...own, ...ready])('%s', (name, text) => {
  const workflow = parse(text) as Workflow;

  test('uses deploy-guard as it is', async () => {
    expect(
      await wrongUses(
        workflow,
        own.some(([other]) => other === name),
      ),
    ).toEqual([]);
  });

  test('pins what others wrote by hash, with its version', () => {
    for (const [line] of text.matchAll(/^.*\buses: .*$/gm)) {
      if (/uses: (\.\/|deploy-guard\/deploy-guard)/.test(line)) continue;
      expect(line).toMatch(/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  test('has no expression in a script: values go through env', () => {
    for (const { steps } of Object.values(workflow.jobs)) {
      for (const { run } of steps ?? []) expect(run ?? '').not.toContain('${{');
    }
  });

  test('says what it may: nothing, or what the caller grants', () => {
    const callable = 'workflow_call' in workflow.on;
    if (callable)
      expect([undefined, '{}']).toContain(workflow.permissions && JSON.stringify(workflow.permissions));
    else expect(workflow.permissions).toEqual({});
  });

  test('every job ends some time', () => {
    for (const [job, { uses, 'timeout-minutes': limit }] of Object.entries(workflow.jobs)) {
      if (uses === undefined) expect(limit, job).toBeDefined();
    }
  });
});

describe.each(called)('%s, which others call', (_name, text) => {
  const { inputs = {}, secrets = {}, outputs = {} } = (parse(text) as Workflow).on.workflow_call ?? {};

  test('each input has a type and a description, each secret and output a description', () => {
    for (const [name, { type, description }] of Object.entries(inputs)) {
      expect(['string', 'boolean', 'number'], name).toContain(type);
      expect(description, name).toMatch(/\.$/);
    }
    for (const [name, { description }] of [...Object.entries(secrets), ...Object.entries(outputs)]) {
      expect(description, name).toMatch(/\.$/);
    }
  });

  test('each input and secret is used, and what is used is declared', () => {
    const body = text.slice(text.indexOf('\njobs:'));
    const head = text.slice(0, text.indexOf('\njobs:'));
    const used = (context: string) =>
      new Set(
        [
          ...`${body}${/^concurrency:[\s\S]*/m.exec(head)?.[0] ?? ''}`.matchAll(
            new RegExp(`\\b${context}\\.([\\w-]+)`, 'g'),
          ),
        ].map(([, name]) => name),
      );
    expect([...used('inputs')].sort()).toEqual(Object.keys(inputs).sort());
    expect([...used('secrets')].sort()).toEqual(Object.keys(secrets).sort());
  });

  test('runs the action of the commit that it was called at', () => {
    const { jobs } = parse(text) as Workflow;
    for (const [job, { steps = [] }] of Object.entries(jobs)) {
      const at = steps.findIndex(({ uses }) => uses === './.deploy-guard-action');
      if (at === -1) continue;
      const checkout = steps.slice(0, at).find(({ with: inputs }) => inputs?.path === '.deploy-guard-action');
      expect(checkout?.uses, job).toMatch(/^actions\/checkout@/);
      expect(checkout?.with, job).toEqual({
        repository: "${{ job.workflow_repository || 'deploy-guard/deploy-guard' }}",
        ref: `\${{ job.workflow_sha || 'v${version}' }}`,
        path: '.deploy-guard-action',
        'persist-credentials': false,
      });
    }
    // `./` is the caller's repository: nothing of it may be run as if it were ours.
    for (const [, path] of text.matchAll(/uses: (\.\/\S*)/g)) expect(path).toBe('./.deploy-guard-action');
  });

  test('hands each of its inputs to the action only where it is given', () => {
    for (const [name, { default: fallback, type }] of Object.entries(inputs)) {
      // A default here would win over the guard file.
      if (type === 'string' && !['environment', 'state', 'dry-run', 'runs-on'].includes(name)) {
        expect(fallback ?? '', name).toBe('');
      }
    }
  });
});

test('ci.yml: the last job needs every other one', async () => {
  const { jobs } = parse(await read('.github/workflows/ci.yml')) as {
    jobs: Record<string, { needs?: string[] }>;
  };
  expect(jobs.passed?.needs?.toSorted()).toEqual(
    Object.keys(jobs)
      .filter((job) => job !== 'passed')
      .sort(),
  );
});

test('the repository’s own callers are those that users copy', async () => {
  for (const [path, text] of Object.entries(await ownCallers())) expect(await read(path), path).toBe(text);
});

test.skipIf(noActionlint)('actionlint finds nothing in the ready callers', async () => {
  expect(await lintWorkflows('actionlint', Object.fromEntries(ready))).toBe('');
});

test.skipIf(noZizmor)(
  'zizmor finds nothing in the ready callers',
  async () => {
    expect(await lintWorkflows('zizmor', Object.fromEntries(ready))).toBe('');
  },
  30_000,
);
