import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { reportSchema } from '../../src/report/schema.ts';
import { runAction } from '../support/action.ts';
import { cacheFolder } from '../support/cache-folder.ts';

/** The bundle against services that are not written in Node. */
const execute = promisify(execFile);
const PACKAGES = ['fastapi==0.116.1', 'uvicorn==0.35.0', 'prometheus-fastapi-instrumentator==7.1.0'];

const python = await firstThatAnswers('python3', 'python');
const noPython = python === undefined ? 'there is no Python 3 on PATH' : undefined;
const fastApi: { interpreter?: string; reason?: string | undefined } =
  python === undefined ? { reason: noPython } : await environmentWithFastApi(python);
if (noPython) console.warn(`skipped: services in Python, because ${noPython}`);
else if (fastApi.reason) console.warn(`skipped: the FastAPI service, because ${fastApi.reason}`);

const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    const ended = once(child, 'exit');
    child.stdin?.end();
    await ended;
  }
});

const services = [
  { name: "Python's http.server", file: 'plain_service.py', interpreter: python, skip: noPython },
  { name: 'FastAPI', file: 'fastapi_service.py', interpreter: fastApi.interpreter, skip: fastApi.reason },
];

for (const { name, file, interpreter, skip } of services) {
  describe.skipIf(skip !== undefined)(name, () => {
    const inputs = (url: string, rest: Record<string, string> = {}) => ({
      mode: 'verify',
      targets: `orders=${url}/orders`,
      'health-base-url': `${url}/health`,
      'prometheus-url': `${url}/metrics`,
      interval: '10ms',
      'wait-timeout': '10s',
      ...rest,
    });

    test('is judged by probes, by its health and by its own metrics', async () => {
      const url = await start(interpreter ?? '', file, '1.4.2');
      const thresholds = [
        'http_req_duration{target:orders}: p(95)<2s',
        'app_error_rate: rate<1%',
        'app_requests: value>=10',
        'app_response_time: p(95)<2s',
      ].join('\n');
      const run = await runAction({ inputs: inputs(url, { thresholds, 'expected-version': '1.4.2' }) });
      expect(run.exitCode, run.stdout).toBe(0);
      const report = reportSchema.parse(run.report);
      expect(report.verdict).toBe('pass');
      const of = (id: string) => report.checks.find((check) => check.id === id);
      expect(of('service:version')).toMatchObject({ verdict: 'pass', observed: '1.4.2' });
      expect(of('service:app_error_rate/rate')).toMatchObject({ verdict: 'pass', observed: 0 });
      expect(Number(of('service:app_requests/value')?.observed)).toBeGreaterThanOrEqual(10);
    });

    test('its own errors fail the gate though the probed path is well', async () => {
      const url = await start(interpreter ?? '', file, '1.4.2');
      const targets = `orders=${url}/orders\nbroken=${url}/broken`;
      const run = await runAction({
        inputs: inputs(url, {
          targets,
          'expected-status': '200-599',
          thresholds: 'app_error_rate: rate<1%',
        }),
      });
      expect(run.exitCode, run.stdout).toBe(1);
      const report = reportSchema.parse(run.report);
      const check = report.checks.find(({ metric }) => metric === 'app_error_rate');
      expect(check?.verdict).toBe('fail');
      expect(Number(check?.observed)).toBeGreaterThan(0.3);
    });

    test('the old version still answering fails, with both versions', async () => {
      const url = await start(interpreter ?? '', file, '1.4.1');
      const run = await runAction({
        inputs: inputs(url, { 'expected-version': '1.4.2', 'wait-timeout': '500ms' }),
      });
      expect(run.exitCode).toBe(1);
      expect(run.summary.replaceAll('\\', '')).toMatch(
        /version 1\.4\.1 still answers after .*, expected 1\.4\.2/,
      );
    });
  });
}

async function start(interpreter: string, file: string, version: string): Promise<string> {
  const child = spawn(interpreter, [join(import.meta.dirname, 'python', file), version], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.push(child);
  const [port] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(20_000) });
  return `http://127.0.0.1:${String(port).trim()}`;
}

async function firstThatAnswers(...programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    try {
      await execute(program, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))'], { timeout: 10_000 });
      return program;
    } catch {
      // The next one may be there.
    }
  }
  return undefined;
}

/** A virtual environment with FastAPI, made once and kept in the user's cache; or why there is none. */
async function environmentWithFastApi(python: string): Promise<{ interpreter?: string; reason?: string }> {
  const folder = join(await cacheFolder(), `fastapi-${PACKAGES.join('-').replace(/[^\w.-]/g, '')}`);
  const interpreter = join(folder, 'bin', 'python');
  const ready = join(folder, 'bin', 'uvicorn');
  try {
    await access(ready).catch(async () => {
      await execute(python, ['-m', 'venv', folder], { timeout: 60_000 });
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES];
      await execute(interpreter, pip, { timeout: 90_000 });
    });
    await execute(interpreter, ['-c', 'import fastapi, uvicorn, prometheus_fastapi_instrumentator'], {
      timeout: 20_000,
    });
    return { interpreter };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { reason: `it cannot be installed here (${message.slice(0, 200)})` };
  }
}
