import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAction, startAction } from '../../support/action.ts';

const actionYml = `
name: stand-in
inputs:
  mode: { required: true }
  batch-size: { default: '500' }
  github-token: { default: '\${{ github.token }}' }
outputs:
  verdict: { description: x }
runs: { using: node24, main: main.cjs }
`;

const main = `
const fs = require('node:fs');
const env = process.env;
if (env.INPUT_MODE === 'wait') {
  process.on('SIGTERM', () => { console.log('told to stop'); process.exit(3); });
  console.log('waiting');
  setInterval(() => {}, 1000);
} else {
  const path = env.RUNNER_TEMP + '/deploy-guard-report.json';
  fs.writeFileSync(path, JSON.stringify({ env, cwd: process.cwd(), event: JSON.parse(fs.readFileSync(env.GITHUB_EVENT_PATH, 'utf8')) }));
  fs.appendFileSync(env.GITHUB_OUTPUT, 'verdict<<END\\npass\\nEND\\nreport-path=' + path + '\\n');
  fs.appendFileSync(env.GITHUB_STEP_SUMMARY, '# done');
  console.log('::add-mask::hunter2');
  console.error('to stderr');
  process.exitCode = Number(env.EXIT ?? 0);
}
`;

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'deploy-guard-stand-in-'));
  await writeFile(join(root, 'action.yml'), actionYml);
  await writeFile(join(root, 'main.cjs'), main);
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('passes what GitHub passes and nothing of this process, and reads back what the run wrote', async () => {
  process.env.LEAKS_IN = 'yes';
  const result = await runAction({
    root,
    inputs: { mode: 'verify' },
    env: { EXIT: '1', GITHUB_ACTOR: undefined },
    event: { name: 'pull_request', payload: { number: 7 }, ref: 'refs/pull/7/merge' },
  });
  delete process.env.LEAKS_IN;
  expect(result).toMatchObject({ exitCode: 1, signal: null, summary: '# done', masked: ['hunter2'] });
  expect(result.outputs.verdict).toBe('pass');
  expect(result.stderr).toContain('to stderr');
  const { env, event, cwd } = result.report as { env: Record<string, string>; event: unknown; cwd: string };
  expect(env).toMatchObject({
    INPUT_MODE: 'verify',
    'INPUT_BATCH-SIZE': '500',
    'INPUT_GITHUB-TOKEN': '',
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_REF: 'refs/pull/7/merge',
    GITHUB_ACTIONS: 'true',
  });
  expect(env).not.toHaveProperty('LEAKS_IN');
  expect(env).not.toHaveProperty('GITHUB_ACTOR');
  expect(event).toEqual({ number: 7 });
  expect(cwd).toContain('workspace');
});

test('an input that action.yml does not know is refused', async () => {
  await expect(runAction({ root, inputs: { mode: 'verify', typo: 1 } })).rejects.toThrow(/no input "typo"/);
});

test('a run can be waited for and told to stop', async () => {
  const started = await startAction({ root, inputs: { mode: 'wait' } });
  await started.until('waiting');
  started.child.kill('SIGTERM');
  expect(await started.result).toMatchObject({
    exitCode: 3,
    stdout: expect.stringContaining('told to stop'),
  });
  await expect(started.until('never')).rejects.toThrow(/ended before/);
});

test('a run is killed after a while, or when it takes too long', async () => {
  const killed = await runAction({ root, inputs: { mode: 'wait' }, killAfterMs: 200 });
  expect(killed).toMatchObject({ exitCode: null, signal: 'SIGKILL', report: undefined });
  await expect(runAction({ root, inputs: { mode: 'wait' }, timeoutMs: 200 })).rejects.toThrow(
    /longer than 200 ms/,
  );
});
