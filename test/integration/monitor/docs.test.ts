import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { buildMonitor } from '../../../scripts/build/monitor.ts';
import { gateAnswers, metricsAnswer, monitorAnswers } from '../../../scripts/generate/monitor-answers.ts';
import { DEFAULT_THRESHOLDS, ENV_NAMES, optionsFromEnv } from '../../../src/monitor/index.ts';
import { resolveOptions } from '../../../src/monitor/options/options.ts';
import { parseThreshold } from '../../../src/verify/thresholds/parse.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const hook = new URL('port-hook.mjs', import.meta.url).href;
const setup = await readFile(join(root, 'docs/MONITORING_SETUP.md'), 'utf8');
const others = await readFile(join(root, 'docs/MONITORING_OTHER_LANGUAGES.md'), 'utf8');

interface Block {
  readonly language: string;
  /** What stands after the language: `run=server.mjs`, `schema=health`. */
  readonly info: Readonly<Record<string, string>>;
  readonly text: string;
}

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)(?: ([^\n]*))?\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', info = '', text = '']) => ({
      language,
      info: Object.fromEntries(
        info
          .split(' ')
          .filter((word) => word !== '')
          .map((word) => word.split('=', 2)),
      ) as Record<string, string>,
      text,
    }),
  );
}

const blocks = blocksOf(setup);
const programs = blocks.filter(({ info }) => info.run !== undefined);
const answers = { ...monitorAnswers, ...gateAnswers };

describe('the programs in MONITORING_SETUP.md', () => {
  const TOKEN = 'a-documented-token';
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'monitor-docs-'));
    const installed = join(folder, 'node_modules/deploy-guard');
    await buildMonitor(join(installed, 'dist/monitor'));
    await cp(join(root, 'package.json'), join(installed, 'package.json'));
    for (const name of ['mongodb', 'express', 'fastify', 'hono', '@hono/node-server']) {
      const place = join(folder, 'node_modules', name);
      await mkdir(dirname(place), { recursive: true });
      await symlink(join(root, 'node_modules', name), place);
    }
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('are there for each framework', () => {
    expect(programs.map(({ info }) => info.run)).toEqual(
      expect.arrayContaining([
        'node.mjs',
        'express.mjs',
        'fastify.mjs',
        'hono.mjs',
        'fetch.mjs',
        'commonjs.cjs',
      ]),
    );
    expect(blocks.filter(({ language }) => language === 'js' || language === 'ts')).toEqual(programs);
  });

  test.each(programs.map((program) => [program.info.run ?? '', program.text]))(
    '%s runs, answers and counts',
    async (name, text) => {
      const file = join(folder, name);
      await writeFile(file, text);
      const env = blocks.find(({ language }) => language === 'env')?.text ?? '';
      await writeFile(join(folder, '.env'), env);
      const child = fork(file, {
        cwd: folder,
        execArgv: ['--import', hook, ...(name === 'from-env.mjs' ? ['--env-file=.env'] : [])],
        env: { MONGODB_URI: inject('mongoUri'), MONITOR_TOKEN: TOKEN, MONITOR_TOKEN_OLD: `${TOKEN}-old` },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      const ended = once(child, 'exit');
      onTestFinished(async () => {
        child.kill('SIGKILL');
        await ended;
      });
      const [{ port }] = (await Promise.race([
        once(child, 'message'),
        ended.then(([code]) => Promise.reject(new Error(`${name} ended with ${code}`))),
      ])) as [{ port: number }];
      const base = `http://127.0.0.1:${port}`;
      const asked = await fetch(`${base}/users/42`);
      expect([200, 404]).toContain(asked.status);
      await asked.text();
      const health = await fetch(`${base}/api/health`);
      expect(health.status).toBe(200);
      const asAdmin = {
        headers: { authorization: `Bearer ${/ADMIN_TOKEN=(\S+)/.exec(env)?.[1]}` },
      };
      const token = name === 'from-env.mjs' ? asAdmin : { headers: { authorization: `Bearer ${TOKEN}` } };
      const metrics = metricsAnswer.parse(await (await fetch(`${base}/api/health/metrics`, token)).json());
      expect(metrics.requests.total).toBe(1);
      expect(metrics.endpoints.map(({ route }) => route)).toEqual(['/users/:id']);
      const bare = await fetch(`${base}/api/health/metrics`);
      expect(bare.status).toBe(['protected.mjs', 'proxy.mjs', 'from-env.mjs'].includes(name) ? 401 : 200);

      if (name === 'shutdown.mjs') {
        child.kill('SIGTERM');
        expect(await ended).toEqual([0, null]);
      }
    },
  );
});

describe('the rest of MONITORING_SETUP.md', () => {
  test('has ten sections, and at least seven cases of trouble', () => {
    expect(setup.match(/^## \d+\. /gm)).toHaveLength(10);
    const trouble = setup.slice(setup.indexOf('## 9.', 1_500), setup.indexOf('## 10.', 1_500));
    expect((trouble.match(/^\*\*.+\.\*\* /gm) ?? []).length).toBeGreaterThanOrEqual(7);
  });

  test.each(blocksOf(setup + others).flatMap(({ info, text }) => (info.schema ? [[info.schema, text]] : [])))(
    'shows an answer of %s that has its documented shape',
    (name = '', text = '') => {
      const { schema } = answers[name as keyof typeof answers];
      const body: unknown = JSON.parse(text);
      expect(schema.parse(body)).toEqual(body);
    },
  );

  test('names every option with its default, and every variable', () => {
    const defaults = resolveOptions({ version: '1' });
    for (const option of [
      'version',
      'mongo',
      'database',
      'databaseRequired',
      'adminToken',
      'basePath',
      'window',
      'maxRoutes',
      'minRequests',
      'thresholds',
      'sampleInterval',
      'databaseInterval',
      'databaseTimeout',
      'collections',
      'collectionsMaxAge',
      'ignore',
      'route',
      'clientAddress',
      'onAlert',
    ]) {
      expect(setup).toContain(`| \`${option}\` |`);
    }
    expect(setup).toContain(`| \`maxRoutes\` | \`${defaults.maxRoutes}\` |`);
    expect(setup).toContain(`| \`minRequests\` | \`${defaults.minRequests}\` |`);
    expect(setup).toContain(`| \`basePath\` | \`${defaults.basePath}\` |`);
    for (const variable of ENV_NAMES) expect(setup).toContain(`\`${variable}\``);
    for (const threshold of Object.keys(DEFAULT_THRESHOLDS)) expect(setup).toContain(`\`${threshold}\``);
  });

  test('shows the thresholds that hold by default', () => {
    for (const [name, level] of Object.entries(DEFAULT_THRESHOLDS)) {
      const row = setup
        .split('\n')
        .find((line) => line.startsWith('| `') && /\| `(\w+)`[^|]*\|$/.exec(line)?.[1] === name);
      const shown = (value: number | null) =>
        value === null ? '' : `> ${(name === 'errorRate' ? value * 100 : value).toLocaleString('en')}`;
      const cells = row?.split('|').map((cell) => cell.trim().replace(/ (%|ms)$/, '')) ?? [];
      expect(cells.slice(3, 5), name).toEqual([shown(level.degraded), shown(level.unhealthy)]);
    }
  });

  test('shows a .env file that the monitor takes', () => {
    const text = blocks.find(({ language }) => language === 'env')?.text ?? '';
    const env = Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => line.split('=', 2)),
    );
    const settings = resolveOptions({ version: '1', ...optionsFromEnv(env) });
    expect(settings.thresholds.cpuPercent.degraded).toBeNull();
    expect(settings.adminTokens).toHaveLength(1);
  });
});

describe('the steps of workflows in both pages', async () => {
  const { inputs } = parse(await readFile(join(root, 'action.yml'), 'utf8'));
  const steps = blocksOf(setup + others)
    .filter(({ language }) => language === 'yaml')
    .map(({ text }) => parse(text))
    .filter((block) => Array.isArray(block))
    .flat();

  test('are two', () => {
    expect(steps).toHaveLength(2);
  });

  // The inputs that read an app's endpoints belong to verify, which is built apart from the monitor.
  test.skipIf(!('health-base-url' in inputs))('use inputs and thresholds that the action takes', () => {
    for (const { with: given } of steps) {
      for (const input of Object.keys(given)) expect(Object.keys(inputs)).toContain(input);
      for (const line of String(given.thresholds).trim().split('\n')) {
        expect(parseThreshold(line), line).toMatchObject({ ok: true });
      }
    }
  });
});
