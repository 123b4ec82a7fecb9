import { request as httpRequest } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { describe, expect, onTestFinished, test } from 'vitest';
import { monitorAnswers } from '../../../scripts/generate/monitor-answers.ts';
import type { Monitor } from '../../../src/monitor/index.ts';
import { serve, testMonitor, until } from './serve.ts';

/**
 * One small app in each framework, with the same routes:
 * GET /users/:id 200, GET /fail throws (500), GET /refuse 403, POST /orders 201, GET /shops/:shop/items/:item
 * in a router of its own, GET /hang never answers.
 */
interface App {
  readonly base: string;
  readonly monitor: Monitor;
}

const TOKEN = 'a-test-token-of-some-length';

function newMonitor(): Monitor {
  return testMonitor({ adminToken: TOKEN, window: '10s' });
}

async function nodeApp(): Promise<App> {
  const monitor = newMonitor();
  const base = await serve((request, response) => {
    if (monitor.handler(request, response)) return;
    const path = request.url?.split('?')[0] ?? '';
    if (path === '/hang') return;
    if (path === '/fail') {
      monitor.recordError(new Error('boom for "secret value"'), request);
      response.writeHead(500).end();
    } else if (path === '/refuse') response.writeHead(403).end();
    else if (path === '/orders' && request.method === 'POST') response.writeHead(201).end();
    else if (/^\/users\/\d+$/.test(path) || /^\/shops\/\d+\/items\/\d+$/.test(path)) response.end('ok');
    else response.writeHead(404).end();
  });
  return { base, monitor };
}

async function expressApp(): Promise<App> {
  const monitor = newMonitor();
  const app = express();
  app.use(monitor.middleware);
  app.get('/users/:id', (_request, response) => void response.send('ok'));
  app.get('/fail', () => {
    throw new Error('boom for "secret value"');
  });
  app.get('/refuse', (_request, response) => void response.status(403).end());
  app.post('/orders', (_request, response) => void response.status(201).end());
  app.get('/hang', () => {});
  const shops = express.Router();
  shops.get('/items/:item', (_request, response) => void response.send('ok'));
  app.use('/shops/:shop', shops);
  app.use(monitor.errorMiddleware);
  app.use(
    (_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(500).end();
    },
  );
  return { base: await serve(app), monitor };
}

async function fastifyApp(): Promise<App> {
  const monitor = newMonitor();
  const app = fastify();
  await app.register(monitor.fastify);
  app.get('/users/:id', async () => 'ok');
  app.get('/fail', async () => {
    throw new Error('boom for "secret value"');
  });
  app.get('/refuse', (_request, reply) => void reply.code(403).send());
  app.post('/orders', (_request, reply) => void reply.code(201).send());
  app.get('/hang', () => new Promise(() => {}));
  await app.register(
    async (shops) => {
      shops.get('/items/:item', async () => 'ok');
    },
    { prefix: '/shops/:shop' },
  );
  const base = await app.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(async () => {
    app.server.closeAllConnections();
    await app.close();
  });
  return { base, monitor };
}

async function honoApp(): Promise<App> {
  const monitor = newMonitor();
  const app = new Hono();
  app.use(monitor.hono);
  app.get('/users/:id', (context) => context.text('ok'));
  app.get('/fail', () => {
    throw new Error('boom for "secret value"');
  });
  app.get('/refuse', (context) => context.body(null, 403));
  app.post('/orders', (context) => context.body(null, 201));
  app.get('/hang', () => new Promise<Response>(() => {}));
  const shops = new Hono();
  shops.get('/items/:item', (context) => context.text('ok'));
  app.route('/shops/:shop', shops);
  app.onError((_error, context) => context.body(null, 500));
  return { base: await serve(getRequestListener(app.fetch)), monitor };
}

async function fetchApp(): Promise<App> {
  const monitor = newMonitor();
  const app = (request: Request): Response | Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === '/fail') {
      monitor.recordError(new Error('boom for "secret value"'), request);
      return new Response(null, { status: 500 });
    }
    if (pathname === '/hang') return new Promise(() => {});
    if (pathname === '/refuse') return new Response(null, { status: 403 });
    if (pathname === '/orders') return new Response(null, { status: 201 });
    return new Response(pathname.startsWith('/users/') || pathname.startsWith('/shops/') ? 'ok' : null, {
      status: pathname.startsWith('/users/') || pathname.startsWith('/shops/') ? 200 : 404,
    });
  };
  const base = await serve(getRequestListener((request) => monitor.fetch(request, app)));
  return { base, monitor };
}

describe.each([
  { name: 'Node http', start: nodeApp, nested: '/shops/:id/items/:id', seesAborts: true },
  { name: 'Express', start: expressApp, nested: '/shops/:id/items/:item', seesAborts: true },
  { name: 'Fastify', start: fastifyApp, nested: '/shops/:shop/items/:item', seesAborts: true },
  { name: 'Hono', start: honoApp, nested: '/shops/:shop/items/:item', seesAborts: true },
  { name: 'fetch', start: fetchApp, nested: '/shops/:id/items/:id', seesAborts: false },
])('$name', ({ start, nested, seesAborts }) => {
  const authorization = { authorization: `Bearer ${TOKEN}` };

  test('answers every endpoint in its documented shape', async () => {
    const { base } = await start();
    for (const { path, schema } of Object.values(monitorAnswers)) {
      const response = await fetch(base + path, { headers: authorization });
      expect(response.status, path).toBe(200);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      const body: unknown = await response.json();
      // Parsing drops what the schema does not know, so equality means: nothing undocumented.
      expect(schema.parse(body)).toEqual(body);
    }
    const text = await fetch(`${base}/api/health/prometheus`, { headers: authorization });
    expect(text.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await text.text()).toContain('# TYPE deploy_guard_health_status gauge');
  });

  test('keeps all but the first endpoint for the admin token', async () => {
    const { base } = await start();
    for (const { path } of Object.values(monitorAnswers)) {
      const response = await fetch(base + path);
      expect(response.status, path).toBe(path === '/api/health' ? 200 : 401);
      if (path !== '/api/health') expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
    const prometheus = await fetch(`${base}/api/health/prometheus`, {
      headers: { authorization: 'Bearer wrong' },
    });
    expect(prometheus.status).toBe(401);
  });

  test('answers HEAD without a body, and leaves other paths to the app', async () => {
    const { base } = await start();
    const head = await fetch(`${base}/api/health`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    expect((await fetch(`${base}/api/health/nothing`)).status).toBe(404);
    expect((await fetch(`${base}/api/healthy`)).status).toBe(404);
  });

  test('counts requests by route template and status class, but not its own', async () => {
    const { base, monitor } = await start();
    await fetch(`${base}/api/health`);
    for (const path of ['/users/1', '/users/2?x=1', '/shops/7/items/8', '/fail', '/refuse', '/nowhere']) {
      await (await fetch(base + path)).text();
    }
    await fetch(`${base}/orders`, { method: 'POST' });
    const metrics = await until(monitor.read.metrics, ({ requests }) => requests.total === 7);
    expect(metrics.requests).toMatchObject({ count: 7, inFlight: 0 });
    expect(metrics.errors).toEqual({ clientErrors: 2, serverErrors: 1, aborted: 0 });
    expect(metrics.errorRate).toBeCloseTo(1 / 7);
    const rows = metrics.endpoints.map(({ method, route, requests }) => `${method} ${route} ${requests}`);
    expect(rows.sort()).toEqual(
      [
        'GET /users/:id 2',
        `GET ${nested} 1`,
        'GET /fail 1',
        'GET /refuse 1',
        'POST /orders 1',
        '* (unmatched) 1',
      ].sort(),
    );
  });

  test('shows a thrown error without the data in its message', async () => {
    const { base, monitor } = await start();
    await fetch(`${base}/fail`);
    await until(monitor.read.metrics, ({ requests }) => requests.total === 1);
    const { recentErrors } = await monitor.read.diagnostics();
    expect(recentErrors).toMatchObject([
      { method: 'GET', route: '/fail', statusCode: 500, name: 'Error', message: 'boom for "…"' },
    ]);
  });

  if (seesAborts) {
    test('counts a client that goes away', async () => {
      const { base, monitor } = await start();
      const request = httpRequest(`${base}/hang`);
      request.on('error', () => {});
      request.end();
      await until(monitor.read.metrics, ({ requests }) => requests.inFlight === 1);
      request.destroy();
      const metrics = await until(monitor.read.metrics, ({ requests }) => requests.inFlight === 0);
      expect(metrics.errors).toEqual({ clientErrors: 0, serverErrors: 0, aborted: 1 });
      expect(metrics.errorRate).toBe(0);
      expect(metrics.endpoints).toMatchObject([{ method: 'GET', route: '/hang', aborted: 1 }]);
    });
  }

  test('after close, lets requests pass and answers 503', async () => {
    const { base, monitor } = await start();
    monitor.close();
    expect((await fetch(`${base}/users/1`)).status).toBe(200);
    expect((await fetch(`${base}/api/health`)).status).toBe(503);
    expect(monitor.read.metrics().requests).toMatchObject({ total: 0, inFlight: 0 });
  });
});
