import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Hono } from 'hono';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { gateAnswers, monitorAnswers } from '../../../scripts/generate/monitor-answers.ts';
import { monitorSchemas } from '../../../scripts/generate/monitor-schemas.ts';
import { MonitorService } from '../../../src/monitor/endpoints/service.ts';
import { createMonitor, type Monitor, type MonitorOptions } from '../../../src/monitor/index.ts';
import { resolveOptions } from '../../../src/monitor/options/options.ts';

function monitorWith(options: Partial<MonitorOptions> = {}): Monitor {
  const monitor = createMonitor({ version: '1.2.3', ...options });
  onTestFinished(() => monitor.close());
  return monitor;
}

async function ask(monitor: Monitor, path: string, init: RequestInit = {}) {
  const response = await monitor.fetch(new Request(`http://localhost${path}`, init));
  const text = await response.text();
  return { response, status: response.status, body: text === '' ? null : JSON.parse(text), text };
}

/** An app that answers with the status in its path. */
const app = (request: Request) =>
  new Response(null, { status: Number(new URL(request.url).pathname.slice(2)) });

async function traffic(monitor: Monitor, ...statuses: number[]): Promise<void> {
  for (const status of statuses) await monitor.fetch(new Request(`http://localhost/s${status}`), app);
}

const down = { command: () => Promise.reject(new Error('connection refused')) };
const up = { databaseName: 'shop', command: async () => ({ ok: 1 }) };

describe('GET /api/health', () => {
  test('is 200 and healthy, with the version and the time the process is up', async () => {
    const { status, body } = await ask(monitorWith(), '/api/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'healthy', version: '1.2.3' });
    expect(body.uptimeSeconds).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(body.timestamp) - Date.now())).toBeLessThan(5_000);
    expect(Object.keys(body).sort()).toEqual(['status', 'timestamp', 'uptimeSeconds', 'version']);
  });

  test('is 503 and unhealthy without its database, from the very first answer', async () => {
    const { status, body } = await ask(monitorWith({ mongo: down }), '/api/health');
    expect([status, body.status]).toEqual([503, 'unhealthy']);
  });

  test('is 200 and degraded without a database that is not required', async () => {
    const { status, body } = await ask(monitorWith({ mongo: down, databaseRequired: false }), '/api/health');
    expect([status, body.status]).toEqual([200, 'degraded']);
  });

  test('is 200 and degraded, then 503, as errors grow', async () => {
    const monitor = monitorWith({ minRequests: 4 });
    await traffic(monitor, ...Array(9).fill(200), 500);
    expect((await ask(monitor, '/api/health')).body.status).toBe('degraded');
    await traffic(monitor, 500, 503, 502);
    const { status, body } = await ask(monitor, '/api/health');
    expect([status, body.status]).toEqual([503, 'unhealthy']);
  });
});

describe('the endpoints', () => {
  test('say why, to those who may know', async () => {
    const { status, body } = await ask(monitorWith({ mongo: down }), '/api/health/detailed');
    expect(status).toBe(503);
    expect(body.reasons).toMatchObject([{ rule: 'database-down', status: 'unhealthy' }]);
    expect(body.database).toMatchObject({
      status: 'down',
      responseTimeMs: null,
      error: 'connection refused',
    });
  });

  test('fire a critical alert for a lost database at once, and tell the app', async () => {
    const onAlert = vi.fn();
    const monitor = monitorWith({ mongo: down, onAlert });
    const { body: summary } = await ask(monitor, '/api/alerts/summary');
    expect(summary).toMatchObject({ status: 'unhealthy', firing: 1, firingBySeverity: { critical: 1 } });
    const { body: history } = await ask(monitor, '/api/alerts/history?severity=critical,error&limit=5');
    expect(history).toMatchObject({ matched: 1, limit: 5, severity: ['error', 'critical'] });
    expect(history.alerts[0]).toMatchObject({ type: 'database-down', status: 'firing' });
    expect(onAlert).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ type: 'database-down' }));
  });

  test('fire nothing any more once they are closed, though a sample was under way', () => {
    const service = new MonitorService(resolveOptions({ version: '1', minRequests: 1 }));
    onTestFinished(() => service.close());
    const { tracker } = service;
    tracker.finish(tracker.start(), 'GET', '/', true, 500, false);
    service.evaluate();
    service.close();
    service.evaluate();
    expect(service.alertsSummary()).toMatchObject({ status: 'unhealthy', firing: 0 });
  });

  test('outlive an onAlert whose promise is rejected', async () => {
    const monitor = monitorWith({ mongo: down, onAlert: () => Promise.reject(new Error('pager is off')) });
    const { body } = await ask(monitor, '/api/health/diagnostics');
    expect(body.recentErrors).toMatchObject([{ message: 'pager is off' }]);
  });

  test('outlive an app whose onAlert throws, and show that', async () => {
    const monitor = monitorWith({
      mongo: down,
      onAlert: () => {
        throw new Error('pager is broken');
      },
    });
    const { body } = await ask(monitor, '/api/health/diagnostics');
    expect(body.recentErrors).toMatchObject([{ message: 'pager is broken', route: null }]);
  });

  test.each([
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=1.5',
    'limit=abc',
    'limit=1e3',
    'severity=loud',
    'severity=error,loud',
  ])('refuse /api/alerts/history?%s with the reason', async (query) => {
    const { status, body } = await ask(monitorWith(), `/api/alerts/history?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: 'bad-request',
      message: expect.stringMatching(/^(limit|severity): write /),
    });
  });

  test('take the defaults for empty parameters', async () => {
    const { body } = await ask(monitorWith(), '/api/alerts/history?limit=&severity=');
    expect(body).toMatchObject({ limit: 100, severity: null, alerts: [] });
  });

  test('answer GET and HEAD alone', async () => {
    const monitor = monitorWith();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const { response, status } = await ask(monitor, '/api/health/metrics', { method });
      expect([method, status, response.headers.get('allow')]).toEqual([method, 405, 'GET, HEAD']);
    }
    const head = await ask(monitor, '/api/health', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.response.headers.get('content-length'))).toBeGreaterThan(20);
  });

  test('refuse with a challenge, then with a time to wait', async () => {
    const monitor = monitorWith({ adminToken: 'the-right-admin-token' });
    const bad = { headers: { authorization: 'Bearer a-wrong-token' } };
    for (let guess = 0; guess < 10; guess++) {
      const { status, response } = await ask(monitor, '/api/health/detailed', bad);
      expect([status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
    const { status, response, text } = await ask(monitor, '/api/health/detailed', bad);
    expect(status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(text).not.toContain('a-wrong-token');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('say no more than that they cannot, where the app itself throws', async () => {
    const monitor = monitorWith({
      version: () => {
        throw new Error('no version in mongodb://root:hunter2@db');
      },
    });
    const { status, body } = await ask(monitor, '/api/health');
    expect([status, body]).toEqual([
      500,
      { error: 'internal', message: 'The monitor could not make this answer.' },
    ]);
  });

  test('can sit under another base', async () => {
    const monitor = monitorWith({ basePath: '/ops' });
    expect((await ask(monitor, '/ops/health')).status).toBe(200);
    expect((await ask(monitor, '/ops/alerts/summary')).status).toBe(200);
    expect((await ask(monitor, '/api/health')).status).toBe(404);
  });

  test('are not counted as requests of the app', async () => {
    const monitor = monitorWith();
    await traffic(monitor, 200, 404);
    for (const { path } of Object.values(monitorAnswers)) await ask(monitor, path);
    expect((await ask(monitor, '/api/health/metrics')).body.requests).toMatchObject({ count: 2, total: 2 });
  });

  test('are there for code in the same process, with the same limit', async () => {
    const monitor = monitorWith({ mongo: down });
    await monitor.ready();
    expect(monitor.read.alertsHistory()).toMatchObject({ limit: 100, matched: 1 });
    expect(monitor.read.alertsHistory(0)).toMatchObject({ limit: 0, matched: 1, alerts: [] });
  });

  test('leave out what the app says not to count', async () => {
    const monitor = monitorWith({ ignore: ({ url }) => url === '/s201' });
    await traffic(monitor, 200, 201);
    expect(monitor.read.metrics().requests.total).toBe(1);
  });

  test('of two monitors in a process know nothing of each other', async () => {
    const [one, two] = [monitorWith(), monitorWith({ version: '2' })];
    await traffic(one, 500, 500);
    expect(two.read.metrics().requests.total).toBe(0);
    expect(one.read.metrics().requests.total).toBe(2);
    expect(one.read.detailed().instance.id).not.toBe(two.read.detailed().instance.id);
    one.close();
    expect((await ask(two, '/api/health')).status).toBe(200);
  });

  test('show no secret and no value of a document', async () => {
    const secrets = [
      'hunter2',
      'jane@example.com',
      'the-right-admin-token',
      'a-wrong-token',
      'reset-token-value',
    ];
    const monitor = monitorWith({
      adminToken: 'the-right-admin-token',
      mongo: {
        command: () =>
          Promise.reject(
            new Error('auth failed: mongodb://root:hunter2@db/shop {"email":"jane@example.com"}'),
          ),
      },
    });
    monitor.recordError(new Error('E11000 dup key: { email: "jane@example.com" } password=hunter2'));
    await monitor.fetch(new Request('http://localhost/s500?token=reset-token-value'), () => {
      monitor.recordError(new Error('x'));
      return new Response(null, { status: 500 });
    });
    await ask(monitor, '/api/health/detailed', { headers: { authorization: 'Bearer a-wrong-token' } });
    for (const { path } of [...Object.values(monitorAnswers), { path: '/api/health/prometheus' }]) {
      const response = await monitor.fetch(
        new Request(`http://localhost${path}`, {
          headers: { authorization: 'Bearer the-right-admin-token' },
        }),
      );
      const text = (await response.text()) + JSON.stringify([...response.headers]);
      expect(text.length, path).toBeGreaterThan(50);
      for (const secret of secrets) expect(text, path).not.toContain(secret);
    }
  });

  test('keep the last 50 errors, newest first', async () => {
    const monitor = monitorWith();
    for (let index = 1; index <= 60; index++) monitor.recordError(new Error(`error ${index}`));
    const { recentErrors } = await monitor.read.diagnostics();
    expect(recentErrors).toHaveLength(50);
    expect(recentErrors[0]?.message).toBe('error 60');
  });
});

describe('the JSON Schemas', () => {
  test('in docs/schema are those of the code (node scripts/generate/monitor-schemas.ts writes them)', async () => {
    for (const [name, text] of monitorSchemas()) {
      expect(await readFile(new URL(`../../../docs/schema/${name}`, import.meta.url), 'utf8'), name).toBe(
        text,
      );
    }
  });

  test('hold for real answers, by an independent validator', async () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false });
    const monitor = monitorWith({ mongo: up, minRequests: 1 });
    await traffic(monitor, 200, 404, 500);
    const files = monitorSchemas();
    for (const [name, { path }] of Object.entries({ ...monitorAnswers, ...gateAnswers })) {
      const validate = ajv.compile(JSON.parse(files.get(`monitor-${name}.schema.json`) ?? '{}'));
      const { body } = await ask(monitor, path);
      expect(validate(body), `${name}: ${ajv.errorsText(validate.errors)}`).toBe(true);
      const wrong = { status: 'fine', database: 'up', requests: { count: -1 } };
      expect(validate(wrong), name).toBe(false);
    }
  });
});

describe('Hono away from Node, where there is only the Request', () => {
  test('counts by route, and keeps what was thrown', async () => {
    const monitor = monitorWith();
    const hono = new Hono();
    hono.use(monitor.hono);
    hono.get('/users/:id', (context) => context.text('ok'));
    hono.get('/fail', () => {
      throw new Error('boom');
    });
    hono.onError((_error, context) => context.body(null, 500));
    for (const path of ['/users/1', '/users/2', '/fail', '/nowhere']) await hono.request(path);
    expect((await hono.request('/api/health')).status).toBe(200);
    const { endpoints, recentErrors } = await monitor.read
      .diagnostics()
      .then(({ metrics, recentErrors }) => ({
        endpoints: metrics.endpoints.map(({ route, requests }) => `${route} ${requests}`),
        recentErrors,
      }));
    expect(endpoints.sort()).toEqual(['(unmatched) 1', '/fail 1', '/users/:id 2']);
    expect(recentErrors).toMatchObject([{ route: '/fail', statusCode: 500, message: 'boom' }]);
  });
});
