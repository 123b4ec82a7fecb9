import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Forge, startForge } from '../support/act.ts';
import { missingTool } from '../support/tools.ts';
import { startWorkflowWorld, type WorkflowWorld } from './workflows-world.ts';

const noAct = missingTool('act', 'go install github.com/nektos/act@latest');
const root = join(import.meta.dirname, '..', '..');

/** The ready callers of docs/workflows, each with the event that it is for. deploy.yml has a test of its own. */
describe.skipIf(noAct)('ready callers', () => {
  let forge: Forge;
  let world: WorkflowWorld;
  let vars: Record<string, string> = {};
  beforeEach(async () => {
    [forge, world] = await Promise.all([startForge(), startWorkflowWorld(inject('mongoUri'))]);
    for (const name of await readdir(join(root, 'docs/workflows'))) {
      await forge.write(
        `.github/workflows/${name}`,
        await readFile(join(root, 'docs/workflows', name), 'utf8'),
      );
    }
    await forge.commit();
    vars = {
      DEPLOY_GUARD_TARGETS: `shop=${world.shop.url}/api/health`,
      DEPLOY_GUARD_WAIT_TIMEOUT: '1s',
      DEPLOY_GUARD_INTERVAL: '20ms',
      DEPLOY_GUARD_STATE_DATABASE: world.stateDatabase,
    };
  });
  afterEach(async () => {
    await Promise.all([forge.close(), world.close()]);
  });
  const slack = () => ({ SLACK_WEBHOOK_URL: world.slack.webhookUrl });
  const broken = () => ({ ...vars, DEPLOY_GUARD_TARGETS: `shop=${world.shop.url}/nowhere` });

  test('health.yml on schedule: told once, told when over, and the page says so', async () => {
    const look = (given: Record<string, string>, run: string, workflow = 'health.yml') =>
      forge.act({
        workflow,
        event: 'schedule',
        vars: { ...given, DEPLOY_GUARD_STATUS_PAGE: 'true' },
        secrets: slack(),
        env: { GITHUB_RUN_ID: run },
      });
    const page = () => readFile(join(forge.services, 'pages', 'index.html'), 'utf8');

    const bad = await look(broken(), '1');
    expect(bad.success, bad.log).toBe(false);
    expect(world.slack.messages, bad.log).toHaveLength(1);
    const open = () => forge.github.issues.filter(({ state }) => state === 'open').length;
    expect(open()).toBeGreaterThan(0);
    // act runs no job after a called workflow that failed, GitHub does; so the page's jobs run by themselves.
    const text = await readFile(join(root, 'docs/workflows/health.yml'), 'utf8');
    await forge.write('.github/workflows/page.yml', withoutFirstJob(text, 'deploy-guard-verify-production'));
    await forge.commit();
    const alone = await look(broken(), '1', 'page.yml');
    expect(alone.success, alone.log).toBe(true);
    expect(await page()).toContain('Not healthy');

    await look(broken(), '2');
    expect(world.slack.messages).toHaveLength(1);

    const good = await look(vars, '3');
    expect(good.success, good.log).toBe(true);
    expect(world.slack.messages).toHaveLength(2);
    expect(world.told()[1]).toMatch(/resolved/i);
    expect(open()).toBe(0);
    // The engine of the tests names no limit of connections, and its oplog is as young as the run: both warn.
    expect(await page()).toMatch(/<p class="state (pass|warn)">/);
  }, 120_000);

  test('gate.yml on deployment_status: only what succeeded is verified, and a red one is told', async () => {
    const tell = (state: string, url: string) =>
      forge.act({
        workflow: 'gate.yml',
        event: 'deployment_status',
        payload: {
          deployment: { environment: 'staging' },
          deployment_status: { state, environment_url: url },
        },
        vars,
        secrets: slack(),
      });
    await tell('in_progress', `${world.shop.url}/nowhere`);
    expect(await forge.reports()).toEqual({});
    const good = await tell('success', `${world.shop.url}/api/health`);
    expect(good.success, good.log).toBe(true);
    expect((await forge.reports())['deploy-guard-verify-staging']).toMatchObject({
      verdict: 'pass',
      environment: 'staging',
    });
    expect(world.slack.messages).toEqual([]);
    const bad = await tell('success', `${world.shop.url}/nowhere`);
    expect(bad.success).toBe(false);
    expect(world.slack.messages, bad.log).toHaveLength(1);
  }, 120_000);

  const pullRequest = (secrets: Record<string, string>) =>
    forge.act({
      workflow: 'plan.yml',
      event: 'pull_request',
      payload: { number: 7, pull_request: { number: 7, head: { ref: 'migration' }, base: { ref: 'main' } } },
      vars: { ...vars, DEPLOY_GUARD_STEPS: '19' },
      secrets,
    });

  test('plan.yml on a pull request: planned in one comment, never applied', async () => {
    await world.db.collection('orders').updateMany({}, { $set: { subscription_id: 'x' } });
    const result = await pullRequest({ MONGODB_URI_READ_ONLY: world.uri });
    expect((await forge.reports())['deploy-guard-rollback-production'], result.log).toMatchObject({
      dryRun: true,
      rollback: { operation: 'plan', steps: [{ step: '19', matched: 300 }] },
    });
    expect(await world.withField()).toBe(300);
    expect(forge.github.comments.get(7)).toHaveLength(1);
    await world.db.collection('orders').deleteOne({});
    await pullRequest({ MONGODB_URI_READ_ONLY: world.uri });
    // Updated in place.
    expect(forge.github.comments.get(7)).toHaveLength(1);
    expect(forge.github.comments.get(7)?.[0]?.body).toContain('299');
  }, 120_000);

  test('plan.yml on a pull request from a fork, which gets no secrets: the plan as far as it is known', async () => {
    const result = await pullRequest({});
    expect(result.success, result.log).toBe(true);
    expect((await forge.reports())['deploy-guard-rollback-production']).toMatchObject({
      verdict: 'inconclusive',
      dryRun: true,
      rollback: { operation: 'plan', planDigest: '', steps: [{ step: '19', name: 'subscription-id' }] },
    });
    expect(result.log).toContain('records not counted');
  }, 120_000);

  test('rollback.yml by hand: whoever is no admin may plan, and not apply', async () => {
    await world.db.collection('orders').updateMany({}, { $set: { subscription_id: 'x' } });
    forge.github.permission = 'write';
    const run = (operation: string) =>
      forge.act({
        workflow: 'rollback.yml',
        event: 'workflow_dispatch',
        inputs: { operation, steps: '19', environment: 'production' },
        vars,
        secrets: { MONGODB_URI: world.uri },
      });
    const planned = await run('plan');
    expect(planned.success, planned.log).toBe(true);
    const applied = await run('apply');
    expect(applied.success).toBe(false);
    expect(applied.log).toMatch(/has write permission on .*; admin is required/);
    expect(await world.withField()).toBe(300);
  }, 120_000);

  test('environments.yml: one summary, red as soon as one environment is', async () => {
    const look = (staging: string) =>
      forge.act({
        workflow: 'environments.yml',
        event: 'workflow_dispatch',
        vars: { ...vars, DEPLOY_GUARD_TARGETS_STAGING: `shop=${world.shop.url}${staging}` },
      });
    const good = await look('/api/health');
    expect(good.success, good.log).toBe(true);
    expect(good.log).toContain('2 of 2 passed');
    expect((await look('/nowhere')).success).toBe(false);
    const text = await readFile(join(root, 'docs/workflows/environments.yml'), 'utf8');
    await forge.write('.github/workflows/summary.yml', withoutFirstJob(text, ''));
    await forge.commit();
    const bad = await forge.act({ workflow: 'summary.yml', event: 'workflow_dispatch' });
    expect(bad.log).toContain('1 of 2 passed');
    expect(bad.step('one summary'), bad.log).toBe(false);
  }, 120_000);
});

/** A caller without its first job `verify`, whose artifact is there already. */
function withoutFirstJob(text: string, artifact: string): string {
  return text
    .replace(/^ {2}verify:\n(?: {4}.*\n|\n)+/m, '')
    .replace('    needs: verify\n', '')
    .replace('if: needs.verify.outputs.report-artifact', 'if: always()')
    .replaceAll('needs.verify.outputs.report-artifact', `'${artifact}'`);
}
