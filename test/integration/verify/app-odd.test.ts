import { afterEach, describe, expect, test } from 'vitest';
import type { AppOptions } from '../../../src/verify/app/options.ts';
import { type HttpTarget, startHttpTarget } from '../../support/http-target.ts';
import { options, run } from './options.ts';

const open: HttpTarget[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((started) => started.close()));
});

/** A service whose paths answer these bodies; everything else is 404. */
async function service(paths: Record<string, unknown>): Promise<HttpTarget> {
  const server = await startHttpTarget({ behaviour: { status: 404, body: { error: 'not found' } } });
  open.push(server);
  for (const [path, body] of Object.entries(paths)) server.paths.set(path, { status: 200, body });
  return server;
}
/** An address at which nobody listens any more. */
async function nobody(): Promise<string> {
  const server = await startHttpTarget();
  await server.close();
  return server.url;
}

const app = (url: string, rest: Partial<AppOptions> = {}): AppOptions => ({
  baseUrl: new URL(url),
  format: 'auto',
  headers: {},
  timeoutMs: 1_000,
  samples: 4,
  intervalMs: 0,
  ...rest,
});
const gate = async (given: AppOptions, thresholds: readonly string[] = []) => {
  const result = await run(options([], { app: given, thresholds, waitTimeoutMs: 0 }));
  const check = (id: string) => result.checks.find((one) => one.id === id);
  return { result, check };
};

describe('a service that is there and does not say what was asked', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['six endpoints', { '/api/health': { status: 'healthy' } }, ''],
    // `/info` answers 404.
    ['Actuator', { '/actuator/health': { status: 'UP' } }, ''],
    ['Actuator below its own address', { '/actuator/health': { status: 'UP' } }, '/actuator'],
    ['health+json', { '/health': { status: 'pass' } }, ''],
  ])('no version (%s): red, and the reason says so', async (_name, paths, path) => {
    const server = await service(paths);
    const { result, check } = await gate(app(server.url + path, { expectedVersion: '2' }));
    expect(result).toMatchObject({ verdict: 'fail', failed: true });
    expect(check('service:reachable')?.verdict).toBe('pass');
    expect(check('service:version')).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('it reports no version') as unknown,
    });
  });

  test('JSON without a status that is known: each address is told with its reason', async () => {
    const server = await service({ '/api/health': { fine: 1 }, '/health': { status: 'constructor' } });
    server.behaviour.status = 200;
    server.behaviour.body = [];
    const { result, check } = await gate(app(server.url));
    expect(result.verdict).toBe('fail');
    const unknown = 'the answer has no status that is known';
    expect(check('service:reachable')?.reason).toContain(
      ['/api/health', '/actuator/health', '/health', 'the base URL', '/healthz', '/_cluster/health']
        .map((path) => `${path}: ${unknown}`)
        .join('; '),
    );
  });

  test('nobody listens', async () => {
    const { result, check } = await gate(app(await nobody()));
    expect(result.verdict).toBe('fail');
    expect(check('service:reachable')?.reason).toContain('/api/health: connection refused (ECONNREFUSED)');
  });
});

test('a service that is gone in the middle of the samples is not steady, though it comes back', async () => {
  const server = await service({ '/api/health': { status: 'healthy' } });
  let asked = 0;
  server.paths.set('/api/health', {
    // The first look is that of the wait; the second and third are among the samples.
    get status() {
      asked++;
      return asked === 2 || asked === 3 ? 500 : 200;
    },
    body: { status: 'healthy' },
  });
  const { result, check } = await gate(app(server.url, { format: 'deploy-guard' }));
  expect(result.verdict).toBe('fail');
  expect(check('service:status')?.verdict).toBe('pass');
  expect(check('service:steady')).toMatchObject({
    verdict: 'fail',
    observed: 2,
    reason: 'unhealthy in 2 of 4 polls during the samples: /api/health: answered 500',
  });
});

test('metrics whose address nobody answers are an error, and so is what is judged by them', async () => {
  const { baseUrl: _none, ...metrics } = app('http://a.example', {
    prometheusUrl: new URL(`${await nobody()}/metrics`),
  });
  const { result, check } = await gate(metrics, ['app_error_rate: rate<1%']);
  expect(result).toMatchObject({ verdict: 'error', failed: true });
  expect(check('service:Prometheus')).toMatchObject({
    verdict: 'error',
    reason: 'connection refused (ECONNREFUSED)',
  });
  expect(check('service:app_error_rate/rate')?.verdict).toBe('error');
});
