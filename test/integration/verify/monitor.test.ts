import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createMonitor } from '../../../src/monitor/index.ts';
import { options, run, target } from './options.ts';

/** The gate against a service that mounts our own monitor: the two know each other by the answers alone. */
const TOKEN = 'a-long-admin-token-for-tests';
const open: Array<() => Promise<void>> = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function monitored(version: string): Promise<string> {
  const monitor = createMonitor({ version, adminToken: TOKEN });
  const server: Server = createServer((request, response) =>
    monitor.middleware(request, response, () => {
      response.statusCode = request.url === '/broken' ? 500 : 200;
      response.end('{}');
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  open.push(async () => {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    await monitor.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const app = (url: string, token = TOKEN) =>
  ({
    baseUrl: new URL(url),
    format: 'auto',
    headers: { authorization: `Bearer ${token}` },
    timeoutMs: 2_000,
    samples: 3,
    intervalMs: 0,
    expectedVersion: '3.0.0',
  }) as const;

test('a healthy service passes, judged by what it counted', async () => {
  const url = await monitored('3.0.0');
  const result = await run(
    options([target(`${url}/orders`, { samples: 20 })], {
      app: app(url),
      thresholds: [
        'app_requests: value>=20',
        'app_error_rate: value<1%',
        'app_response_time: p(95)<1s',
        'app_uptime: value<10m',
      ],
    }),
  );
  expect(result.checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  expect(result.verdict).toBe('pass');
});

test('its own errors fail the gate; a wrong token is told', async () => {
  const url = await monitored('3.0.0');
  const given = (token?: string) =>
    options([target(`${url}/broken`, { expectedStatus: [{ from: 200, to: 599 }] })], {
      app: app(url, token),
      thresholds: ['app_error_rate: value<1%'],
    });
  const failed = await run(given());
  expect(failed.checks.find(({ metric }) => metric === 'app_error_rate')?.verdict).toBe('fail');
  const blind = await run(given('wrong'));
  expect(blind.verdict).toBe('error');
  expect(blind.checks.filter(({ verdict }) => verdict === 'skipped')).toHaveLength(5);
});

test('the old version is waited for in vain', async () => {
  const url = await monitored('2.9.0');
  const result = await run(options([], { app: app(url) }));
  expect(result.checks.find(({ id }) => id === 'service:version')?.reason).toContain(
    'version 2.9.0 still answers',
  );
});
