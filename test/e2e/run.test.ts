import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { OUTPUTS } from '../../src/report/outputs.ts';
import { type Report, reportSchema } from '../../src/report/schema.ts';
import { runAction, startAction } from '../support/action.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';
import { freshDatabaseName } from '../support/mongo.ts';

/** One run of the bundle, start to end: what it opens, writes, says, and how it ends. */
let target: HttpTarget;
let folder = '';
beforeAll(async () => {
  target = await startHttpTarget();
  target.paths.set('/status/500', { status: 500 });
  folder = await mkdtemp(join(tmpdir(), 'run-test-'));
});
afterAll(async () => {
  await target.close();
  await rm(folder, { recursive: true, force: true });
});

const quick = { mode: 'verify', interval: '5ms', samples: 10, warmup: 1, 'wait-timeout': '1s' };

describe('a green run', () => {
  test('exits 0, writes verdict=pass and a valid report', async () => {
    const run = await runAction({
      inputs: { ...quick, targets: `api=${target.url}/`, thresholds: 'http_req_duration: p(95)<500ms' },
    });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.outputs.verdict).toBe('pass');
    expect(Object.keys(run.outputs).sort()).toEqual(Object.keys(OUTPUTS).sort());
    const report = reportSchema.parse(run.report);
    expect(report).toMatchObject({
      mode: 'verify',
      environment: 'production',
      dryRun: false,
      verdict: 'pass',
    });
    expect(report.run?.url).toBe('https://github.com/octo-org/shop/actions/runs/4200000001');
    expect(run.summary).toContain('✅ pass');
    expect(run.stderr).toBe('');
  });

  test('the output file holds the very line verdict=pass', async () => {
    const file = join(folder, 'outputs');
    await runAction({ inputs: { ...quick, targets: `${target.url}/` }, env: { GITHUB_OUTPUT: file } });
    expect((await readFile(file, 'utf8')).split('\n')).toContain('verdict=pass');
  });
});

describe('what is loaded', () => {
  const loaded = async (inputs: Record<string, string | number>) => {
    const log = join(folder, `modules-${Math.round(performance.now() * 1e6)}`);
    const hook = new URL('../support/loaded-modules.ts', import.meta.url).href;
    const run = await runAction({
      inputs: { ...quick, ...inputs },
      env: { NODE_OPTIONS: `--import=${hook}`, LOADED_MODULES_LOG: log },
    });
    const urls = (await readFile(log, 'utf8')).split('\n').filter((url) => url.includes('/dist/'));
    const sources = await Promise.all(urls.map((url) => readFile(new URL(url), 'utf8')));
    return { run, has: (text: string) => sources.some((source) => source.includes(text)) };
  };
  // Words that stand in the bundled driver and mailer and nowhere in our own code.
  const DRIVER = 'serverHeartbeatSucceeded';
  const MAILER = 'createTransport';

  test('verify without mongodb-uri loads no driver and no mailer', async () => {
    const { run, has } = await loaded({ targets: `${target.url}/` });
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    expect(has(DRIVER)).toBe(false);
    expect(has(MAILER)).toBe(false);
  });

  test('verify with mongodb-uri loads the driver, so that the test above can fail', async () => {
    const { has } = await loaded({
      targets: `${target.url}/`,
      'mongodb-uri': inject('mongoUri'),
      'mongodb-database': freshDatabaseName(),
    });
    expect(has(DRIVER)).toBe(true);
  });
});

describe('a red run', () => {
  test('with nothing listening the verdict is not pass, and the reason names the connection error', async () => {
    const closed = await startHttpTarget();
    await closed.close();
    const run = await runAction({
      inputs: { ...quick, targets: `api=${closed.url}/`, thresholds: 'http_req_duration: p(95)<500ms' },
    });
    expect(run.exitCode).toBe(1);
    expect(run.outputs.verdict).toBe('fail');
    expect(run.outputs['failed-checks']).toContain('api/reachable');
    const report = run.report as Report;
    expect(report.checks.map((check) => check.reason).join(' ')).toContain('ECONNREFUSED');
    expect(report.checks.some((check) => check.verdict === 'pass')).toBe(false);
    expect(run.summary).toContain('ECONNREFUSED');
    expect(run.stdout).toMatch(/^::error title=.*reachable/m);
  });

  test('MongoDB down and HTTP failing is one cause', async () => {
    const run = await runAction({
      inputs: {
        ...quick,
        targets: `api=${target.url}/status/500`,
        timeout: '500ms',
        'mongodb-uri': 'mongodb://127.0.0.1:1/shop?directConnection=true',
      },
    });
    expect(run.exitCode).toBe(1);
    expect(run.outputs.verdict).not.toBe('pass');
    expect(run.stdout).toContain('mongodb');
  });
});

describe('secrets', () => {
  test('are masked before the first request, and shown nowhere', async () => {
    const secrets = {
      token: 'tok-5f1c9d77aa',
      header: 'hdr-91b2c4d6e8',
      password: 'pw/with@odd:signs',
      query: 'qry-77e0aa1b2c',
      user: 'usr-password-1234',
    };
    const url = new URL(`${target.url}/status/500`);
    url.username = 'me';
    url.password = secrets.user;
    url.searchParams.set('key', secrets.query);
    const started = await startAction({
      inputs: {
        ...quick,
        targets: `api=${url.href}`,
        headers: `X-Api-Key: ${secrets.header}`,
        'bearer-token': secrets.token,
        'mongodb-uri': `mongodb://app:${encodeURIComponent(secrets.password)}@127.0.0.1:1/shop`,
        timeout: '300ms',
      },
    });
    const run = await started.result;
    expect(run.exitCode).toBe(1);
    for (const secret of Object.values(secrets)) {
      const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
      expect(
        run.masked.some((mask) => mask.includes(encodeURIComponent(secret)) || mask.includes(secret)),
      ).toBe(true);
      const said =
        run.stdout.replace(/^::add-mask::.*$/gm, '') +
        run.stderr +
        run.summary +
        JSON.stringify(run.report) +
        JSON.stringify(run.outputs);
      for (const form of forms) expect(said).not.toContain(form);
    }
    // Nothing but masks comes before the first line that tells of a probe.
    expect(run.stdout.split('\n')[0]).toMatch(/^::add-mask::/);
  });
});

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the run with a report that says so', async (signal) => {
    const started = await startAction({
      inputs: { ...quick, targets: `api=${target.url}/`, 'initial-delay': '60s' },
      killAfterMs: 1_500,
      signal,
    });
    const run = await started.result;
    expect(run.exitCode).toBe(1);
    expect(run.signal).toBeNull();
    expect(run.durationMs).toBeLessThan(1_500 + 7_000);
    expect(run.outputs.verdict).toBe('error');
    const report = reportSchema.parse(run.report);
    expect(report.verdict).toBe('error');
    expect(report.cause).toContain(`interrupted by ${signal}`);
    expect(run.summary).toContain('interrupted');
  });
});
