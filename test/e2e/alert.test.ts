import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runAction, startAction } from '../support/action.ts';
import { type SlackServer, startSlackServer } from '../support/slack-server.ts';
import { type ReceivedIssue, startIssues } from './alert-issues.ts';

let slack: SlackServer;
let folder: string;
beforeEach(async () => {
  slack = await startSlackServer();
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-e2e-alert-'));
});
afterEach(async () => {
  await slack.close();
  await rm(folder, { recursive: true, force: true });
});

const inputs = (over: Record<string, string> = {}) => ({
  mode: 'alert',
  'alert-type': 'high-error-rate',
  title: 'Too many errors',
  source: 'api',
  state: `file:${join(folder, 'state.json')}`,
  'slack-token': slack.token,
  'slack-channel': '#deployments',
  'slack-api-url': slack.apiUrl,
  ...over,
});

test('notified once, then suppressed, then resolved in its thread; outputs say so', async () => {
  const first = await runAction({ inputs: inputs() });
  expect(first.exitCode).toBe(0);
  expect(first.outputs).toMatchObject({ 'alert-status': 'sent', 'slack-ts': slack.messages[0]?.ts });
  expect(first.masked).toContain(slack.token);
  const second = await runAction({ inputs: inputs() });
  expect(second.outputs['alert-status']).toBe('suppressed');
  const third = await runAction({ inputs: inputs({ resolve: 'true' }) });
  expect(third.outputs['alert-status']).toBe('resolved');
  expect(slack.messages.map(({ thread_ts: thread }) => thread)).toEqual([undefined, slack.messages[0]?.ts]);
});

test('on a pull request the exact message stands in the summary and nothing is sent', async () => {
  const result = await runAction({
    inputs: inputs(),
    event: { name: 'pull_request', ref: 'refs/pull/7/merge' },
  });
  expect(result.exitCode).toBe(0);
  expect(slack.requests).toEqual([]);
  expect(result.outputs).toMatchObject({ 'alert-status': 'none', 'dry-run': 'true' });
  expect(result.summary).toContain('Message that would be sent by slack');
  expect(result.summary).toContain('"text": "[FIRING:1] production/api Too many errors"');
  await runAction({ inputs: inputs() });
  expect(slack.messages).toHaveLength(1);
});

test('a channel that refuses fails the step; the log has no command and no secret in it', async () => {
  const text = '::set-output name=x::y\n::add-mask::visible-text\n##[error]no <!channel>';
  const result = await runAction({
    inputs: inputs({ 'slack-channel': '#nowhere', message: text, title: text }),
  });
  expect(result.exitCode).toBe(1);
  expect(result.outputs['alert-status']).toBe('failed');
  expect(result.masked).not.toContain('visible-text');
  expect(result.stdout).not.toMatch(/^\s*::set-output|##\[error\]no/m);
  expect(result.stdout.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain(slack.token);
});

test('a signal while Slack hangs ends the run in time, failed, and the next run tells it', async () => {
  slack.answerNext({ hang: true });
  const running = await startAction({ inputs: inputs() });
  while (slack.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const started = performance.now();
  running.child.kill('SIGTERM');
  const result = await running.result;
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(result.exitCode).toBe(1);
  expect(JSON.stringify(result.report)).toContain('SIGTERM');
  const next = await runAction({ inputs: inputs() });
  expect(next.outputs['alert-status']).toBe('sent');
  expect(slack.messages).toHaveLength(1);
});

test('the issue channel speaks to the API that GITHUB_API_URL names', async () => {
  const issues: ReceivedIssue[] = [];
  const github = await startIssues(issues);
  try {
    const result = await runAction({
      inputs: inputs({ channels: 'github-issue', 'github-token': 'ghs_e2etokene2etoken' }),
      env: { GITHUB_API_URL: github.url },
    });
    expect(result.exitCode).toBe(0);
    expect(issues.filter(({ title }) => title !== undefined)).toMatchObject([
      { title: '[FIRING:1] production/api Too many errors', authorization: 'token ghs_e2etokene2etoken' },
    ]);
  } finally {
    await github.close();
  }
});

test('a guard file with routes, silences and maintenance is read', async () => {
  const config = join(folder, 'guard.yml');
  await writeFile(
    config,
    `alerts:
  routes:
    - match: { type: high-error-rate }
      channels: [slack]
      slack-channel: alerts
silences:
  - match: { source: legacy }
    until: 2999-01-01T00:00:00Z
    reason: being taken down
maintenance:
  - { name: always, rrule: FREQ=DAILY, start: '2026-01-01T00:00', duration: 25h, match: { source: nightly } }
  - { name: always too, cron: '0 * * * *', duration: 2h, match: { source: hourly } }
`,
  );
  const status = async (source: string) =>
    (await runAction({ inputs: inputs({ config, source }) })).outputs['alert-status'];
  expect(await status('api')).toBe('sent');
  expect(slack.messages[0]?.channel).toBe('C0000000002');
  expect(await status('legacy')).toBe('muted');
  expect(await status('nightly')).toBe('muted');
  expect(await status('hourly')).toBe('muted');
  expect(slack.messages).toHaveLength(1);
});
