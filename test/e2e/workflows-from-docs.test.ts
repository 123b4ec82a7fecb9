import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Forge, startForge } from '../support/act.ts';
import { blocksOf } from '../support/markdown-blocks.ts';
import { missingTool } from '../support/tools.ts';
import { startWorkflowWorld, type WorkflowWorld } from './workflows-world.ts';

const noAct = missingTool('act', 'go install github.com/nektos/act@latest');
const root = join(import.meta.dirname, '..', '..');

/**
 * A new repository made from docs/PIPELINES.md alone: what its steps say to copy is copied, what they say to
 * write is taken from their code blocks, and variables and secrets are those of the table. In order, as one
 * story of one repository.
 */
describe.skipIf(noAct)('a new repository made from the docs', () => {
  let forge: Forge;
  let world: WorkflowWorld;
  let vars: Record<string, string> = {};
  let secrets: Record<string, string> = {};

  beforeAll(async () => {
    [forge, world] = await Promise.all([startForge(), startWorkflowWorld(inject('mongoUri'))]);
    const text = await readFile(join(root, 'docs/PIPELINES.md'), 'utf8');
    const blocks = blocksOf(text);
    const copy = blocks.find(({ code }) => code.includes('curl -fsSL -o'))?.code ?? '';
    const names = /^for name in (.*); do$/m.exec(copy)?.[1]?.split(' ') ?? [];
    expect(names).toContain('deploy');
    for (const name of names) {
      await forge.write(
        `.github/workflows/${name}.yml`,
        await readFile(join(root, `docs/workflows/${name}.yml`), 'utf8'),
      );
    }
    for (const path of ['.github/deploy-guard.yml', 'deploy.sh']) {
      const block = blocks.find(({ code }) => code.split('\n').slice(0, 2).includes(`# ${path}`));
      if (!block) throw new Error(`PIPELINES.md has no block for ${path}`);
      // Without the run bit, as an editor or GitHub's web page writes a file.
      await forge.write(path, `${block.code}\n`);
    }
    await forge.commit();

    // What a person would fill in: the values of every name in the table, and of no other.
    const values: Record<string, string> = {
      DEPLOY_GUARD_TARGETS: `health=${world.shop.url}/api/health\norders=${world.shop.url}/orders/recent`,
      DEPLOY_GUARD_WAIT_TIMEOUT: '1s',
      DEPLOY_GUARD_INTERVAL: '20ms',
      DEPLOY_GUARD_STATE_DATABASE: world.stateDatabase,
      MONGODB_URI: world.uri,
      SLACK_WEBHOOK_URL: world.slack.webhookUrl,
      DEPLOY_ENV: `DEPLOY_URL=${world.deployer.url}`,
    };
    const rows = [...text.matchAll(/^ *\| `([A-Z_]+)` \| (variable|secret)(, optional)? \|/gm)];
    const named = rows.map(([, name]) => name);
    for (const name of Object.keys(values)) expect(named).toContain(name);
    for (const [, name = '', kind, optional] of rows) {
      const value = values[name];
      if (value === undefined) expect(optional, `${name} is required and was not set`).toBeDefined();
      else if (kind === 'variable') vars = { ...vars, [name]: value };
      else secrets = { ...secrets, [name]: value };
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all([forge.close(), world.close()]);
  });

  const dispatch = (inputs: Record<string, string>) =>
    forge.act({ workflow: 'rollback.yml', event: 'workflow_dispatch', inputs, vars, secrets });

  test('gets a green gate, a red gate with an alert, a planned and an applied rollback', async () => {
    world.shop.knowsSubscriptionId = true;
    const green = await forge.act({ workflow: 'deploy.yml', event: 'push', vars, secrets });
    expect(green.success, green.log).toBe(true);
    expect(world.deployer.requests).toEqual(['POST /deploy']);
    expect(world.slack.messages).toEqual([]);

    world.shop.knowsSubscriptionId = false;
    const red = await forge.act({ workflow: 'deploy.yml', event: 'push', vars, secrets });
    expect(red.success, red.log).toBe(false);
    expect(world.deployer.requests).toEqual(['POST /deploy', 'POST /deploy', 'POST /undo']);
    expect(world.told().some((message) => message.includes('orders'))).toBe(true);
    expect((await forge.reports())['deploy-guard-verify-production']).toMatchObject({ verdict: 'fail' });
    const before = await world.withField();
    expect(before).toBeGreaterThan(0);

    const planned = await dispatch({ operation: 'plan', steps: '19', environment: 'production' });
    expect(planned.success, planned.log).toBe(true);
    const plan = (await forge.reports())['deploy-guard-rollback-production'] as {
      rollback: { planDigest: string; steps: { matched: number }[] };
    };
    expect(plan.rollback.steps[0]?.matched).toBe(before);
    expect(await world.withField()).toBe(before);

    const applied = await dispatch({
      operation: 'apply',
      steps: '19',
      environment: 'production',
      'plan-digest': plan.rollback.planDigest,
    });
    expect(applied.success, applied.log).toBe(true);
    expect(await world.withField()).toBe(0);
    expect(world.told().some((message) => /rollback executed/i.test(message))).toBe(true);
  }, 120_000);
});
