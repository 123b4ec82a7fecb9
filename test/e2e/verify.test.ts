import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { reportSchema } from '../../src/report/schema.ts';
import { runAction, startAction } from '../support/action.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';

/** What only the bundle can show of verify: its page, its state in a file, its guard file, trust in a CA. */
let folder = '';
const open: HttpTarget[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function server(...given: Parameters<typeof startHttpTarget>): Promise<HttpTarget> {
  const started = await startHttpTarget(...given);
  open.push(started);
  return started;
}
const quick = { mode: 'verify', interval: '5ms', warmup: 1, 'wait-timeout': '1s' };

test('a page is written that holds the report', async () => {
  const api = await server();
  const page = join(folder, 'page.html');
  const run = await runAction({ inputs: { ...quick, targets: `api=${api.url}/`, 'report-html': page } });
  expect(run.exitCode, run.stdout).toBe(0);
  const text = await readFile(page, 'utf8');
  expect(text).toContain('<title>pass: verify production</title>');
  expect(text.match(/<circle class="point/g)).toHaveLength(10);
  expect(text).not.toMatch(/<script/i);
});

test('a page that cannot be written is refused before anything runs', async () => {
  const api = await server();
  const run = await runAction({ inputs: { ...quick, targets: `api=${api.url}/`, 'report-html': folder } });
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toContain('report-html: cannot write');
  expect(api.requests).toHaveLength(0);
});

test('a baseline in a file outlives the run that recorded it', async () => {
  const api = await server({ behaviour: { delayMs: 5 } });
  const state = `file:${join(folder, 'state.json')}`;
  const inputs = { ...quick, targets: `api=${api.url}/`, state, samples: 12 };
  expect((await runAction({ inputs: { ...inputs, baseline: 'record' } })).exitCode).toBe(0);
  expect((await runAction({ inputs: { ...inputs, baseline: 'compare' } })).exitCode).toBe(0);
  api.behaviour.delayMs = 100;
  const slower = await runAction({ inputs: { ...inputs, baseline: 'compare' } });
  expect(slower.exitCode).toBe(1);
  const failed = reportSchema.parse(slower.report).checks.filter(({ verdict }) => verdict === 'fail');
  expect(failed.map(({ id }) => id)).toEqual(['api/http_req_duration/med-change']);
  expect(slower.outputs['failed-checks']).toBe('api/http_req_duration/med-change');
});

test('no state to keep a baseline in is refused', async () => {
  const api = await server();
  const run = await runAction({ inputs: { ...quick, targets: `api=${api.url}/`, baseline: 'compare' } });
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toContain('baseline: there is no state to keep it in');
});

describe('the guard file', () => {
  test('gives targets with options of their own; secrets come from the environment and stay secret', async () => {
    const api = await server({ behaviour: { body: { status: 'UP' } } });
    const config = join(folder, 'guard.yml');
    await writeFile(
      config,
      `targets:
  - name: api
    url: ${api.url}/health?key=\${KEY}
    headers: { X-Token: "\${TOKEN}" }
    expect: { json: { /status: UP } }
thresholds:
  - http_req_duration{target:api}: p(95)<2s
`,
    );
    // A YAML mapping where text was meant is told with its place.
    const run = await runAction({
      inputs: { ...quick, config, 'guard-file-env': 'KEY,TOKEN' },
      env: { KEY: 'key-secret-1', TOKEN: 'token-secret-2' },
    });
    expect(run.stdout).toMatch(/guard\.yml:7:5/);
    await writeFile(config, (await readFile(config, 'utf8')).replace(/- (http_req.*)/, "- '$1'"));
    const fine = await runAction({
      inputs: { ...quick, config, 'guard-file-env': 'KEY,TOKEN' },
      env: { KEY: 'key-secret-1', TOKEN: 'token-secret-2' },
    });
    expect(fine.exitCode, fine.stdout).toBe(0);
    expect(api.requests[0]).toMatchObject({
      path: '/health?key=key-secret-1',
      headers: { 'x-token': 'token-secret-2' },
    });
    const seen = fine.stdout.replace(/^::add-mask::.*$/gm, '') + fine.summary + JSON.stringify(fine.report);
    expect(seen).not.toMatch(/key-secret-1|token-secret-2/);
  });
});

test('a CA of your own is trusted by NODE_EXTRA_CA_CERTS', async () => {
  const api = await server({ tls: { validForMs: 3 * 86_400_000 } });
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, api.ca ?? '');
  const run = await runAction({
    inputs: { ...quick, targets: `api=${api.url}/` },
    env: { NODE_EXTRA_CA_CERTS: ca },
  });
  expect(run.exitCode, run.stdout).toBe(0);
  const expiry = reportSchema.parse(run.report).checks.find(({ metric }) => metric === 'tls_cert_expiry');
  // Three days are less than the week that the implied threshold wants.
  expect(expiry).toMatchObject({ verdict: 'warn', kind: 'tls' });
});

test('an interrupted wait ends at once with a report that says so', async () => {
  const api = await server({ behaviour: { status: 503 } });
  const started = await startAction({
    inputs: { ...quick, targets: `api=${api.url}/`, 'wait-timeout': '5m' },
  });
  await started.until('answered 503');
  started.child.kill('SIGINT');
  const run = await started.result;
  expect(run.exitCode).toBe(1);
  expect(reportSchema.parse(run.report)).toMatchObject({ verdict: 'error', cause: 'interrupted by SIGINT' });
});
