import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import { connect, constants, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { serve, testMonitor, until } from './serve.ts';

/** `METHOD route count` of each row. */
function rows(monitor: ReturnType<typeof testMonitor>): string[] {
  return monitor.read
    .metrics()
    .endpoints.map(({ method, route, requests }) => `${method} ${route} ${requests}`)
    .sort();
}

test('Express: an error in a router is counted under the whole route, the mount path included', async () => {
  const monitor = testMonitor();
  const app = express();
  app.use(monitor.middleware);
  const router = express.Router();
  router.get('/items/:item', () => {
    throw new Error('boom');
  });
  router.get('/', (_request, response) => void response.send('ok'));
  app.use('/shops/:shop', router);
  app.use(monitor.errorMiddleware);
  app.use(
    (_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(500).end();
    },
  );
  const base = await serve(app);
  await fetch(`${base}/shops/123/items/456`);
  await fetch(`${base}/shops/123`);
  await until(monitor.read.metrics, ({ requests }) => requests.total === 2);
  expect(rows(monitor)).toEqual(['GET /shops/:id 1', 'GET /shops/:id/items/:item 1']);
  expect((await monitor.read.diagnostics()).recentErrors).toMatchObject([
    { route: '/shops/:id/items/:item', message: 'boom' },
  ]);
});

test('Express: an error that the app turns into a 4xx is no error of the server', async () => {
  const monitor = testMonitor();
  const app = express();
  app.use(monitor.middleware);
  app.get('/', () => {
    throw new Error('not valid');
  });
  app.use(monitor.errorMiddleware);
  app.use(
    (_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(422).end();
    },
  );
  const base = await serve(app);
  await fetch(base);
  await until(monitor.read.metrics, ({ requests }) => requests.total === 1);
  expect(monitor.read.metrics().errors).toEqual({ clientErrors: 1, serverErrors: 0, aborted: 0 });
  expect((await monitor.read.diagnostics()).recentErrors).toEqual([]);
});

test('Express: mounted twice it counts once, and below a path it answers there', async () => {
  const monitor = testMonitor();
  const app = express();
  app.use(monitor.middleware);
  app.use('/ops', monitor.middleware);
  app.get('/ops/work', (_request, response) => void response.send('ok'));
  const base = await serve(app);
  await fetch(`${base}/ops/work`);
  await until(monitor.read.metrics, ({ requests }) => requests.total === 1);
  expect((await fetch(`${base}/ops/api/health?x=1`)).status).toBe(200);
  expect((await fetch(`${base}/ops/api/alerts/history?limit=0`)).status).toBe(400);
  expect(rows(monitor)).toEqual(['GET /ops/work 1']);
});

test('Express: mounted at the base of its own paths it answers too', async () => {
  const monitor = testMonitor();
  const app = express();
  app.use('/api', monitor.middleware);
  const base = await serve(app);
  expect((await fetch(`${base}/api/health/metrics`)).status).toBe(200);
  expect((await fetch(`${base}/api/nothing`)).status).toBe(404);
});

test('Express: trusts the proxy that the app trusts, so that one client does not lock out the others', async () => {
  const monitor = testMonitor({ adminToken: 'the-right-admin-token' });
  const app = express();
  app.set('trust proxy', 'loopback');
  app.use(monitor.middleware);
  const base = await serve(app);
  const ask = async (token: string, client: string) => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': client };
    return (await fetch(`${base}/api/health/detailed`, { headers })).status;
  };
  for (let guess = 0; guess < 10; guess++) await ask('wrong-token-of-mine', '203.0.113.1');
  expect(await ask('wrong-token-of-mine', '203.0.113.1')).toBe(429);
  expect(await ask('the-right-admin-token', '203.0.113.2')).toBe(200);
});

test('Fastify: counts requests that are injected, and those that no route has', async () => {
  const monitor = testMonitor();
  const app = fastify();
  onTestFinished(() => app.close());
  await app.register(monitor.fastify);
  app.get('/users/:id', async () => 'ok');
  await app.inject('/users/1');
  await app.inject('/nowhere');
  expect((await app.inject('/api/health')).statusCode).toBe(200);
  expect((await app.inject({ method: 'HEAD', url: '/api/health' })).body).toBe('');
  await until(monitor.read.metrics, ({ requests }) => requests.total === 2);
  expect(monitor.read.metrics().requests.inFlight).toBe(0);
  expect(rows(monitor)).toEqual(['* (unmatched) 1', 'GET /users/:id 1']);
});

test('HTTP/2: counts through the compatibility layer of Node', async () => {
  const monitor = testMonitor();
  const server = createHttp2Server((request, response) => {
    const http1 = [request, response] as unknown as Parameters<typeof monitor.handler>;
    if (monitor.handler(...http1)) return;
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => {
    client.close();
    server.close();
  });
  const get = (path: string) =>
    new Promise<number>((resolve, reject) => {
      const stream = client.request({ ':path': path });
      let status = 0;
      stream.on('response', (headers) => {
        status = Number(headers[constants.HTTP2_HEADER_STATUS]);
      });
      stream.on('end', () => resolve(status)).on('error', reject);
      stream.resume();
    });
  expect(await get('/users/123')).toBe(200);
  expect(await get('/api/health')).toBe(200);
  await until(monitor.read.metrics, ({ requests }) => requests.total === 1);
  expect(monitor.read.metrics().errors.aborted).toBe(0);
  expect(rows(monitor)).toEqual(['GET /users/:id 1']);
});

test('Node: a response of many parts is timed to its end, and counted in flight until then', async () => {
  const monitor = testMonitor();
  let finish = (): void => {};
  const base = await serve(
    monitor.listener((_request, response) => {
      response.write('part');
      finish = () => void response.end('rest');
    }),
  );
  const response = await fetch(base);
  expect(monitor.read.metrics().requests).toMatchObject({ inFlight: 1, total: 0 });
  await new Promise((resolve) => setTimeout(resolve, 60));
  finish();
  await response.text();
  await until(monitor.read.metrics, ({ requests }) => requests.total === 1);
  expect(monitor.read.metrics().responseTime.minMs).toBeGreaterThanOrEqual(50);
});

test('Node: a listener alone answers the endpoints, and 404 for the rest', async () => {
  const monitor = testMonitor();
  const base = await serve(monitor.listener());
  expect((await fetch(`${base}/api/health`)).status).toBe(200);
  expect((await fetch(`${base}/anything`)).status).toBe(404);
});

test('Node: functions of the app that throw do not bring it down; the request is served and counted', async () => {
  const broken = (name: string) => () => {
    throw new Error(`${name} is broken`);
  };
  const monitor = testMonitor({
    adminToken: 'the-right-admin-token',
    ignore: broken('ignore'),
    route: broken('route'),
    clientAddress: broken('clientAddress'),
  });
  const base = await serve(monitor.listener((_request, response) => void response.end('ok')));
  expect((await fetch(`${base}/users/123`)).status).toBe(200);
  const headers = { authorization: 'Bearer the-right-admin-token' };
  expect((await fetch(`${base}/api/health/detailed`, { headers })).status).toBe(200);
  await until(monitor.read.metrics, ({ requests }) => requests.total === 1);
  const { metrics, recentErrors } = await monitor.read.diagnostics();
  expect(metrics.endpoints.map(({ route }) => route)).toEqual(['/users/:id']);
  expect(recentErrors.map(({ message }) => message).sort()).toEqual([
    'clientAddress is broken',
    'ignore is broken',
    'route is broken',
  ]);
});

test('Node: a request that was given up before the monitor saw it is not in flight for ever', async () => {
  const monitor = testMonitor();
  let seen = 0;
  const base = await serve((request, response) => {
    // Work before the monitor is reached, during which the client goes away.
    response.on('close', () => {
      monitor.handler(request, response);
      seen++;
    });
  });
  await fetch(base, { signal: AbortSignal.timeout(50) }).catch(() => {});
  await until(
    () => seen,
    (times) => times === 1,
  );
  expect(monitor.read.metrics().requests).toMatchObject({ inFlight: 0, total: 0 });
});

test('Node: errors of the app become an alert with the next samples', async () => {
  const alerts: string[] = [];
  const monitor = testMonitor({
    sampleInterval: '1s',
    minRequests: 2,
    onAlert: ({ type, severity, status }) => void alerts.push(`${status} ${severity} ${type}`),
  });
  const base = await serve(monitor.listener((_request, response) => void response.writeHead(500).end()));
  await fetch(base);
  await fetch(base);
  await until(
    () => alerts,
    (seen) => seen.includes('firing critical high-error-rate'),
  );
  expect((await fetch(`${base}/api/health`)).status).toBe(503);
});

test('Node: leaves out what the app says not to count', async () => {
  const monitor = testMonitor({ ignore: ({ url }) => url.startsWith('/internal') });
  const base = await serve(monitor.listener((_request, response) => void response.end('ok')));
  for (const path of ['/internal/ping', '/users']) await fetch(base + path);
  await until(monitor.read.metrics, ({ requests }) => requests.total === 1);
  expect(rows(monitor)).toEqual(['GET /users 1']);
});

test('Node: a client that goes away before the first answer of the database brings nothing down', async () => {
  let answer = () => {};
  const pinged = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const monitor = testMonitor({ mongo: { command: () => pinged } });
  const listener = monitor.listener();
  let gone = 0;
  const base = await serve((request, response) => {
    response.once('close', () => gone++);
    listener(request, response);
  });
  await expect(fetch(`${base}/api/health`, { signal: AbortSignal.timeout(30) })).rejects.toThrow();
  await until(
    () => gone,
    (times) => times === 1,
  );
  answer();
  const again = await fetch(`${base}/api/health`);
  expect([again.status, await again.json()]).toMatchObject([200, { status: 'healthy' }]);
});

test('Node: over a socket in the file system no client has an address, and the right token is let in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'monitor-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const monitor = testMonitor({ adminToken: 'the-right-admin-token' });
  const server = createServer(monitor.listener());
  const socketPath = join(folder, 'app.sock');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const ask = (token: string) =>
    new Promise<number>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      get({ socketPath, path: '/api/health/detailed', headers, agent: false }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      }).once('error', reject);
    });
  for (let guess = 0; guess < 10; guess++) expect(await ask(`wrong-${guess}`)).toBe(401);
  expect(await ask('wrong')).toBe(429);
  expect(await ask('the-right-admin-token')).toBe(200);
});

test('Express: a route that is a pattern, or empty, is counted as that', async () => {
  const monitor = testMonitor();
  const app = express();
  app.use(monitor.middleware);
  app.get(/^\/files\/.+$/, (_request, response) => void response.send('ok'));
  const router = express.Router();
  router.get(/^\/(\d+)$/, () => {
    throw new Error('boom');
  });
  app.use('/shops', router);
  const start = express.Router();
  start.get('', (_request, response) => void response.send('ok'));
  app.use(start);
  app.use(
    (_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(500).end();
    },
  );
  const base = await serve(app);
  for (const path of ['/files/secret-name.pdf', '/shops/17', '/']) await fetch(base + path);
  await until(monitor.read.metrics, ({ requests }) => requests.total === 3);
  // After an error Express has forgotten the mount path, and nothing tells where in the URL a pattern begins.
  expect(rows(monitor)).toEqual(['GET / 1', 'GET /^\\/(\\d+)$/ 1', 'GET /^\\/files\\/.+$/ 1']);
});
