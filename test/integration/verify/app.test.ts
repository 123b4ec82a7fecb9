import { afterEach, describe, expect, test } from 'vitest';
import type { AppOptions } from '../../../src/verify/app/options.ts';
import { type HttpTarget, startHttpTarget } from '../../support/http-target.ts';
import { options, run, target } from './options.ts';

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

const app = (url: string, rest: Partial<AppOptions> = {}): AppOptions => ({
  baseUrl: new URL(url),
  format: 'auto',
  headers: {},
  timeoutMs: 2_000,
  samples: 3,
  intervalMs: 0,
  ...rest,
});

const six = {
  '/api/health': {
    status: 'healthy',
    version: '2.0.0',
    uptimeSeconds: 12,
    timestamp: '2026-03-01T12:00:00.000Z',
  },
  '/api/health/detailed': {
    status: 'healthy',
    database: { status: 'up', responseTimeMs: 3.5 },
    system: { cpu: { percent: 20 }, memory: { usedPercent: 40 } },
    reasons: [],
  },
  '/api/health/metrics': {
    requests: { count: 250 },
    errorRate: 0.02,
    responseTime: { p50Ms: 20, p95Ms: 120, p99Ms: 300 },
  },
  '/api/health/diagnostics': {},
  '/api/alerts/summary': { active: [] },
  '/api/alerts/history': { alerts: [] },
};

const thresholds = [
  'app_requests: value>100',
  'app_error_rate: value<5%',
  'app_response_time: p(95)<200ms',
  'app_cpu: value<80%',
  'app_memory: value<30%',
  'app_uptime: value<1h',
  'app_database_response_time: value<10ms',
];

describe('the six endpoints', () => {
  test('are read, judged, and asked with the token', async () => {
    const server = await service(six);
    const result = await run(
      options([], { app: app(server.url, { headers: { authorization: 'Bearer admin' } }), thresholds }),
    );
    expect(result.checks.map(({ id, verdict, observed }) => [id, verdict, observed])).toEqual([
      ['service:reachable', 'pass', expect.any(Number)],
      ['service:status', 'pass', 'healthy'],
      ['service:database', 'pass', 'up'],
      ['service:app_requests/value', 'pass', 250],
      ['service:app_error_rate/value', 'pass', 0.02],
      ['service:app_response_time/p95', 'pass', 120],
      ['service:app_cpu/value', 'pass', 20],
      ['service:app_memory/value', 'fail', 40],
      ['service:app_uptime/value', 'pass', 12],
      ['service:app_database_response_time/value', 'pass', 3.5],
    ]);
    const paths = new Set(server.requests.map(({ path }) => path.split('?')[0]));
    expect(paths).toEqual(new Set(Object.keys(six)));
    for (const { headers } of server.requests) expect(headers.authorization).toBe('Bearer admin');
  });

  test('that ask for a token are told, and thresholds on them are errors, not passes', async () => {
    const server = await service(six);
    for (const path of Object.keys(six).slice(1)) server.paths.set(path, { status: 401 });
    const result = await run(options([], { app: app(server.url), thresholds: ['app_cpu: value<80%'] }));
    expect(result.verdict).toBe('error');
    const token = result.checks.find(({ id }) => id === 'service:/api/health/detailed');
    expect(token).toMatchObject({
      verdict: 'skipped',
      hint: "Give the service's admin token as `bearer-token`.",
    });
    expect(result.checks.at(-1)).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('asks for a token'),
    });
  });

  test('degraded warns with the reasons; an unhealthy one is waited for, then fails', async () => {
    const server = await service({
      ...six,
      '/api/health': { status: 'degraded', version: '2', uptimeSeconds: 1 },
      '/api/health/detailed': { reasons: [{ message: 'memory is at 91 %' }] },
    });
    const warned = await run(options([], { app: app(server.url) }));
    expect(warned).toMatchObject({ verdict: 'warn', failed: false });
    expect(warned.checks[1]?.reason).toBe('it calls itself degraded: memory is at 91 %');
    server.paths.set('/api/health', {
      status: 503,
      body: { status: 'unhealthy', version: '2', uptimeSeconds: 1 },
    });
    const failed = await run(options([], { app: app(server.url) }));
    expect(failed).toMatchObject({ verdict: 'fail', failed: true });
    expect(failed.checks[0]?.reason).toContain('it calls itself unhealthy');
  });

  test('the old version still answering is the reason', async () => {
    const server = await service(six);
    const result = await run(options([], { app: app(server.url, { expectedVersion: '2.1.0' }) }));
    expect(result.checks.find(({ id }) => id === 'service:version')?.reason).toMatch(
      /^version 2\.0\.0 still answers after .*, expected 2\.1\.0$/,
    );
  });

  test('no requests yet is inconclusive, not a pass', async () => {
    const idle = {
      requests: { count: 0 },
      errorRate: null,
      responseTime: { p50Ms: null, p95Ms: null, p99Ms: null },
    };
    const server = await service({ ...six, '/api/health/metrics': idle });
    const result = await run(options([], { app: app(server.url), thresholds: ['app_error_rate: rate<1%'] }));
    expect(result.checks.at(-1)).toMatchObject({ verdict: 'inconclusive' });
  });

  test('its database down is the cause of what fails at the targets', async () => {
    const server = await service({
      ...six,
      '/api/health/detailed': { database: { status: 'down', error: 'no primary' } },
      '/orders': {},
    });
    server.paths.set('/orders', { status: 500 });
    const result = await run(options([target(`${server.url}/orders`)], { app: app(server.url) }));
    expect(result.cause).toMatch(/^The service does not reach its database \(no primary\)/);
  });
});

describe('services in other languages', () => {
  test('Spring Boot Actuator', async () => {
    let counted = 1_000;
    const requests = {
      toJSON: () => {
        counted += 5;
        return { measurements: [{ statistic: 'COUNT', value: counted }] };
      },
    };
    const server = await service({
      '/actuator/health': { status: 'UP', components: { mongo: { status: 'UP' } } },
      '/actuator/info': { build: { version: '3.1.4' } },
      '/actuator/metrics/http.server.requests': requests,
      '/actuator/metrics/process.cpu.usage': { measurements: [{ statistic: 'VALUE', value: 0.1 }] },
    });
    const result = await run(
      options([], {
        app: app(server.url, { expectedVersion: '3.1.4' }),
        thresholds: ['app_cpu: value<50%', 'app_requests: value>=1'],
      }),
    );
    expect(result.verdict).toBe('pass');
  });

  test('application/health+json at the base URL itself', async () => {
    const server = await service({ '/health': { status: 'pass', releaseId: '7', checks: {} } });
    const result = await run(options([], { app: app(`${server.url}/health`, { expectedVersion: '7' }) }));
    expect(result.verdict).toBe('pass');
  });

  test('Prometheus text', async () => {
    const server = await service({ '/ok': { fine: true } });
    server.paths.set('/metrics', {
      status: 200,
      get body() {
        const n = server.requests.filter(({ path }) => path === '/ok').length;
        // Two requests of users for each of the gate's own.
        return `http_requests_total{status="200"} ${1_000 + 3 * n}\nhttp_requests_total{status="500"} 400\n`;
      },
    });
    const { baseUrl: _none, ...metrics } = app(server.url, {
      prometheusUrl: new URL(`${server.url}/metrics`),
    });
    const result = await run(
      options([target(`${server.url}/ok`)], {
        app: metrics,
        // Old errors are not this deployment's.
        thresholds: ['app_error_rate: rate<1%', 'app_requests: value>=5'],
      }),
    );
    expect(result.checks.filter(({ kind }) => kind === 'app')).toMatchObject([
      { id: 'service:app_error_rate/rate', verdict: 'pass', observed: 0 },
      { id: 'service:app_requests/value', verdict: 'pass', observed: 10 },
    ]);
  });

  test('HTML where any of them was expected says so', async () => {
    const server = await startHttpTarget({
      behaviour: { body: '<html>', headers: { 'content-type': 'text/html' } },
    });
    open.push(server);
    const result = await run(options([], { app: app(server.url) }));
    expect(result.verdict).toBe('fail');
    expect(result.checks[0]?.reason).toContain('an HTML page where JSON was expected');
  });
});
