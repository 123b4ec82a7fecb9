import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Report } from '../../src/report/schema.ts';
import { runAction } from '../support/action.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';
import { blocksOf } from '../support/markdown-blocks.ts';

/** The first guide of docs/VERIFY.md, followed word for word: its workflow, the answer that it shows, its guard file. */
const text = await readFile(new URL('../../docs/VERIFY.md', import.meta.url), 'utf8');
const guide = text.slice(text.indexOf('## A gate in five minutes'), text.indexOf('## What happens'));
const [workflow, answer] = blocksOf(guide);
let target: HttpTarget;
let cwd = '';

beforeAll(async () => {
  target = await startHttpTarget();
  cwd = await mkdtemp(join(tmpdir(), 'docs-verify-'));
});
afterAll(async () => {
  await target.close();
  await rm(cwd, { recursive: true, force: true });
});

/** The step of the workflow as GitHub would start it for a commit. */
function inputsFor(sha: string): Record<string, string> {
  const { jobs } = parse(workflow?.code ?? '') as {
    jobs: { verify: { steps: { with?: Record<string, string> }[] } };
  };
  const { 'mongodb-uri': _optional, ...inputs } = jobs.verify.steps.find((step) => step.with)?.with ?? {};
  expect(inputs['expected-version']).toBe('${{ github.sha }}');
  return {
    ...inputs,
    targets: String(inputs.targets).replace('https://api.example.com', target.url),
    'expected-version': sha,
    interval: '5ms',
    'wait-timeout': '200ms',
  };
}

test('the answer that the guide shows passes the gate for the commit that it names', async () => {
  const { version } = JSON.parse(answer?.code ?? '') as { version: string };
  // What `github.sha` holds.
  expect(version).toMatch(/^[0-9a-f]{40}$/);
  target.paths.set('/health', { body: answer?.code ?? '' });
  const passed = await runAction({ inputs: inputsFor(version) });
  expect((passed.report as Report).verdict, passed.stdout).toBe('pass');
  const other = await runAction({ inputs: inputsFor('0'.repeat(40)) });
  expect((other.report as Report).verdict).not.toBe('pass');
});

test('`version: false`, as the linked section writes it, lets a page without a version pass', async () => {
  const section = text.slice(text.indexOf('## Targets with options of their own'));
  const { targets } = parse(blocksOf(section)[0]?.code ?? '') as { targets: Record<string, unknown>[] };
  const page = targets.find(({ version }) => version === false);
  expect(page, 'the section shows `version: false`').toBeDefined();
  target.paths.set('/api', { body: '{"version":"1.2.3"}' });
  target.paths.set('/', { body: '<html>shop</html>' });
  await mkdir(join(cwd, '.github'), { recursive: true });
  const api = { name: 'api', url: `${target.url}/api` };
  await writeFile(
    join(cwd, '.github/deploy-guard.yml'),
    JSON.stringify({ targets: [api, { ...page, url: `${target.url}/` }] }),
  );
  const run = await runAction({
    cwd,
    inputs: { mode: 'verify', 'expected-version': '1.2.3', interval: '5ms', 'wait-timeout': '200ms' },
  });
  expect((run.report as Report).verdict, run.stdout).toBe('pass');
});
