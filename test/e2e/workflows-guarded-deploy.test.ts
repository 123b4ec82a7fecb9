import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Forge, startForge } from '../support/act.ts';
import { missingTool } from '../support/tools.ts';
import { startWorkflowWorld, type WorkflowWorld } from './workflows-world.ts';

const noAct = missingTool('act', 'go install github.com/nektos/act@latest');

/** guarded-deploy.yml, called by another repository, around the demo's shop. */
describe.skipIf(noAct)('guarded-deploy.yml', () => {
  let forge: Forge;
  let world: WorkflowWorld;
  beforeEach(async () => {
    [forge, world] = await Promise.all([startForge(), startWorkflowWorld(inject('mongoUri'))]);
  });
  afterEach(async () => {
    await Promise.all([forge.close(), world.close()]);
  });

  /** A caller with these lines below `with:`. */
  async function caller(extra: string, threshold = 'http_req_failed: rate==0'): Promise<void> {
    await forge.write(
      '.github/workflows/deploy.yml',
      `name: deploy
on: push
permissions: {}
jobs:
  deploy:
    permissions:
      contents: read
    uses: deploy-guard/deploy-guard/.github/workflows/guarded-deploy.yml@v0
    with:
      environment: production
      state-database: ${world.stateDatabase}
      targets: |
        health=${world.shop.url}/api/health
        orders=${world.shop.url}/orders/recent
      thresholds: |
        ${threshold}
      samples: '3'
      interval: 50ms
      wait-timeout: 1s
${extra}
    secrets:
      MONGODB_URI: \${{ secrets.MONGODB_URI }}
      SLACK_WEBHOOK_URL: \${{ secrets.SLACK_WEBHOOK_URL }}
      DEPLOY_ENV: \${{ secrets.DEPLOY_ENV }}
`,
    );
    await forge.commit();
  }
  const push = () =>
    forge.act({
      workflow: 'deploy.yml',
      event: 'push',
      secrets: {
        MONGODB_URI: world.uri,
        SLACK_WEBHOOK_URL: world.slack.webhookUrl,
        DEPLOY_ENV: `TOKEN=very-secret-token`,
      },
    });
  const command = (path: string) =>
    JSON.stringify(`curl -fsS -X POST -H "Authorization: $TOKEN" ${world.deployer.url}/${path}`);

  test('a bad night: deployed, red, told, undone, planned, applied, verified again, resolved', async () => {
    await caller(`      deploy-command: ${command('deploy')}
      undo-command: ${command('undo')}
      rollback-steps: '19'
      rollback-environment: production-rollback`);
    const result = await push();

    expect(world.deployer.requests, result.log).toEqual([
      'POST /deploy very-secret-token',
      'POST /undo very-secret-token',
    ]);
    expect(result.log).not.toContain('very-secret-token');
    // The deployment failed, although the service is healthy again.
    expect(result.success).toBe(false);
    expect(await world.withField()).toBe(0);
    const reports = await forge.reports();
    expect(Object.fromEntries(Object.entries(reports).map(([name, { verdict }]) => [name, verdict]))).toEqual(
      {
        'deploy-guard-verify-production': 'fail',
        'deploy-guard-plan-production': 'pass',
        'deploy-guard-rollback-production': 'pass',
        // The engine of the tests names no limit of connections, and its oplog is as young as the run: both warn.
        'deploy-guard-verify-again-production': expect.stringMatching(/^(pass|warn)$/) as unknown,
      },
    );
    const told = world.told();
    expect(told.some((message) => message.includes('orders'))).toBe(true);
    expect(told.some((message) => /resolved/i.test(message))).toBe(true);
    // Each job fetched the version that the workflow was called at.
    expect(result.log.match(/checked out deploy-guard\/deploy-guard at v0\.1\.0/g)?.length).toBe(6);
  }, 120_000);

  test('a good deployment, compared with before: green, nobody is told, nothing is planned', async () => {
    world.shop.knowsSubscriptionId = true;
    await caller(
      `      deploy-command: ${command('deploy')}
      undo-command: ${command('undo')}
      rollback-steps: '19'
      rollback-environment: production-rollback
      baseline: true`,
      'http_req_duration: med<=+1000ms',
    );
    const result = await push();
    expect(result.success, result.log).toBe(true);
    expect(world.deployer.requests).toHaveLength(1);
    expect(world.slack.messages).toEqual([]);
    const reports = await forge.reports();
    expect(Object.keys(reports).sort()).toEqual([
      'deploy-guard-baseline-production',
      'deploy-guard-verify-production',
    ]);
    const checks = reports['deploy-guard-verify-production']?.checks as { id: string; baseline?: unknown }[];
    expect(checks.filter(({ baseline }) => baseline !== undefined).map(({ id }) => id)).toEqual([
      ...['audit_logs', 'customers', 'orders', 'routes', 'subscriptions', 'users'].map(
        (collection) => `mongodb/${collection}/mongodb_collection_documents/value-change`,
      ),
      'health/http_req_duration/med-change',
      'orders/http_req_duration/med-change',
    ]);
    expect(await world.withField()).toBeGreaterThan(0);
  }, 120_000);

  test('a plan that was approved before and does not fit any more is refused', async () => {
    await caller(`      deploy-command: ${command('deploy')}
      rollback-steps: '19'
      rollback-plan-digest: ${'a'.repeat(64)}`);
    const result = await push();
    expect(result.success).toBe(false);
    expect((await forge.reports())['deploy-guard-rollback-production'], result.log).toMatchObject({
      verdict: 'error',
    });
    expect(await world.withField()).toBeGreaterThan(0);
    expect(world.told().some((message) => /rollback/i.test(message))).toBe(true);
  }, 120_000);

  test('a deployment that fails is told; its rollback is planned, and not applied unless somebody may approve', async () => {
    await world.db.collection('orders').updateMany({}, { $set: { subscription_id: 'x' } });
    await caller(`      deploy-command: exit 3
      rollback-steps: '19'`);
    const result = await push();
    expect(result.success).toBe(false);
    expect(
      world.told().some((message) => message.includes('Deployment failed')),
      result.log,
    ).toBe(true);
    expect(Object.keys(await forge.reports())).toEqual(['deploy-guard-plan-production']);
    expect(await world.withField()).toBe(300);
  }, 120_000);

  test('what could not be measured is told and red, and nothing is undone', async () => {
    // A typing error in a threshold must not roll anything back.
    await caller(
      `      deploy-command: ${command('deploy')}
      undo-command: ${command('undo')}
      rollback-steps: '19'
      rollback-environment: production-rollback`,
      'http_req_faild: rate==0',
    );
    const result = await push();
    expect(result.success).toBe(false);
    expect(
      world.deployer.requests.filter((request) => request.includes('/undo')),
      result.log,
    ).toEqual([]);
    expect(await world.withField()).toBeGreaterThan(0);
    expect(world.slack.messages.length).toBeGreaterThan(0);
  }, 120_000);

  test('a caller that deploys by a job of its own hands its result over', async () => {
    await caller(`      deployed: success`);
    expect((await push()).success).toBe(true);
    await caller(`      deployed: ''`);
    const nothing = await push();
    expect(nothing.success).toBe(false);
    expect(nothing.log).toContain('Nothing was deployed');
  }, 120_000);
});
