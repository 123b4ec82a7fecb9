import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { reportSchema } from '../../src/report/schema.ts';
import { runAction } from '../support/action.ts';
import { fastApiEnvironment, findPython } from '../support/python.ts';

/** The bundle against services that are not written in Node. */
const python = await findPython();
const fastApi = await fastApiEnvironment();
for (const [what, found] of [
  ['services in Python', python],
  ['the FastAPI service', fastApi],
] as const) {
  if ('reason' in found) console.warn(`skipped: ${what}, because ${found.reason}`);
}

const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    const ended = once(child, 'exit');
    child.stdin?.end();
    await ended;
  }
});

/** One request after the other until the signal; a service that does not listen yet is asked again. */
async function traffic(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await fetch(url)
      .then((answer) => answer.arrayBuffer())
      .catch(() => new Promise((resolve) => setTimeout(resolve, 10)));
  }
}

const services = [
  { name: "Python's http.server", file: 'plain_service.py', found: python },
  { name: 'FastAPI', file: 'fastapi_service.py', found: fastApi },
];

for (const { name, file, found } of services) {
  const interpreter = 'path' in found ? found.path : '';
  describe.skipIf('reason' in found)(name, () => {
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
      const url = await start(interpreter, file, '1.4.2');
      const thresholds = [
        'http_req_duration{target:orders}: p(95)<2s',
        'app_error_rate: rate<1%',
        'app_requests: value>=10',
        'app_response_time: p(95)<2s',
      ].join('\n');
      // The gate leaves its own requests out of what the service counts: these are its users.
      const ended = new AbortController();
      const users = traffic(`${url}/orders`, ended.signal);
      const run = await runAction({
        inputs: inputs(url, { thresholds, 'expected-version': '1.4.2', interval: '100ms' }),
      });
      ended.abort();
      await users;
      expect(run.exitCode, run.stdout).toBe(0);
      const report = reportSchema.parse(run.report);
      expect(report.verdict).toBe('pass');
      const of = (id: string) => report.checks.find((check) => check.id === id);
      expect(of('service:version')).toMatchObject({ verdict: 'pass', observed: '1.4.2' });
      expect(of('service:app_error_rate/rate')).toMatchObject({ verdict: 'pass', observed: 0 });
      expect(Number(of('service:app_requests/value')?.observed)).toBeGreaterThanOrEqual(10);
    });

    test('its own errors fail the gate though the probed path is well', async () => {
      const url = await start(interpreter, file, '1.4.2');
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
      const url = await start(interpreter, file, '1.4.1');
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
  const [port] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(45_000) });
  return `http://127.0.0.1:${String(port).trim()}`;
}
