import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildMonitor } from '../../../scripts/build/monitor.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

/** What the app brings itself. */
const APP_PACKAGES = ['mongodb', 'express', 'fastify', 'hono', '@types', 'undici-types', 'bson'];

const TYPED_APP = `
const monitor = createMonitor({
  version: '1.0.0',
  mongo: new MongoClient('mongodb://127.0.0.1:1/shop'),
  adminToken: process.env.TOKEN,
  thresholds: { errorRate: { degraded: 0.1 }, responseTimeP95Ms: { unhealthy: null } },
  onAlert: (alert) => console.log(alert.type, alert.severity),
});
createMonitor({ version: '1', mongo: new MongoClient('mongodb://127.0.0.1:1').db('shop') });
createMonitor({ version: '1', mongo: (): Db | undefined => undefined, ...optionsFromEnv() });
// @ts-expect-error -- a version is required
createMonitor({});
const app = express();
app.use(monitor.middleware);
app.use(monitor.errorMiddleware);
const server = fastify();
server.register(monitor.fastify);
const hono = new Hono();
hono.use(monitor.hono);
const listener = createServer(monitor.listener((request, response) => { response.end(request.url); }));
const p95: number | null = monitor.read.metrics().responseTime.p95Ms;
const answer: Promise<Response> = monitor.fetch(new Request('http://localhost/api/health'));
export { app, server, hono, listener, p95, answer };
`;

const RUNNING_APP = `
(async () => {
  const monitor = createMonitor({ version: '9.9.9' });
  const response = await monitor.fetch(new Request('http://localhost/api/health'));
  const { status, version } = await response.json();
  try { createMonitor({ version: '' }); } catch (error) {
    console.log(JSON.stringify({ status, version, refused: error instanceof ConfigurationError }));
  }
  // Not closed on purpose: a monitor must not hold the process open.
})();
`;

describe('the package entry deploy-guard/monitor', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'monitor-consumer-'));
    const installed = join(folder, 'node_modules/deploy-guard');
    await buildMonitor(join(installed, 'dist/monitor'));
    await cp(join(root, 'package.json'), join(installed, 'package.json'));
    for (const name of APP_PACKAGES) {
      const place = join(folder, 'node_modules', name);
      await mkdir(dirname(place), { recursive: true });
      await symlink(join(root, 'node_modules', name), place);
    }
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function app(kind: 'esm' | 'cjs', source: string): Promise<string> {
    const place = join(folder, kind);
    await mkdir(place, { recursive: true });
    await writeFile(
      join(place, 'package.json'),
      JSON.stringify({ type: kind === 'esm' ? 'module' : 'commonjs' }),
    );
    const file = join(place, 'app.ts');
    await writeFile(file, source);
    return file;
  }

  test.each(['esm', 'cjs'] as const)(
    'type-checks in a strict %s app with the real frameworks',
    async (kind) => {
      const file = await app(
        kind,
        `import { createServer } from 'node:http';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { MongoClient, type Db } from 'mongodb';
import { createMonitor, optionsFromEnv } from 'deploy-guard/monitor';
${TYPED_APP}`,
      );
      await writeFile(
        join(folder, kind, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: {
            strict: true,
            exactOptionalPropertyTypes: true,
            noUncheckedIndexedAccess: true,
            module: 'nodenext',
            target: 'es2022',
            lib: ['es2023'],
            types: ['node'],
            typeRoots: [join(folder, 'node_modules/@types')],
            esModuleInterop: true,
            noEmit: true,
            // So that the declarations of the monitor are checked themselves.
            skipLibCheck: false,
          },
          files: [file],
        }),
      );
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      const result = await run(process.execPath, [tsc, '-p', join(folder, kind)]).catch(
        (error: { stdout: string }) => error,
      );
      expect(result.stdout).toBe('');
    },
  );

  test.each([
    ['esm', "import { createMonitor, ConfigurationError } from 'deploy-guard/monitor';"],
    ['cjs', "const { createMonitor, ConfigurationError } = require('deploy-guard/monitor');"],
  ] as const)('runs as %s, and lets the process end by itself', async (kind, load) => {
    await app(kind, '');
    const file = join(folder, kind, 'run.js');
    await writeFile(file, load + RUNNING_APP);
    const { stdout } = await run(process.execPath, [file], { timeout: 10_000 });
    expect(JSON.parse(stdout)).toEqual({ status: 'healthy', version: '9.9.9', refused: true });
  });

  test('loads nothing but Node: no dependency, no code of the action', async () => {
    for (const name of ['index.js', 'index.cjs']) {
      const text = await readFile(join(folder, 'node_modules/deploy-guard/dist/monitor', name), 'utf8');
      const loaded = [...text.matchAll(/(?:from\s*|require\(\s*|import\(\s*)["']([^"']+)["']/g)].map(
        ([, module = '']) => module,
      );
      expect(loaded.length).toBeGreaterThan(0);
      expect(loaded.filter((module) => !module.startsWith('node:'))).toEqual([]);
    }
  });
});
