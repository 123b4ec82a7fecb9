import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { createMonitor, type Monitor } from '../../dist/monitor/index.js';
import { type Report, reportSchema } from '../../src/report/schema.ts';
import { runAction } from '../support/action.ts';
import { freshDatabaseName } from '../support/mongo.ts';

/** The gate reads what a service mounts from `deploy-guard/monitor`: both as they are shipped, over the network. */
const ADMIN_TOKEN = 'an-admin-token-of-the-shop';
let client: MongoClient;
let monitor: Monitor;
let server: Server;
let origin = '';
let broken = false;

beforeEach(async () => {
  broken = false;
  client = new MongoClient(inject('mongoUri'));
  monitor = createMonitor({
    version: '2.3.1',
    mongo: client.db(freshDatabaseName('shop')),
    adminToken: ADMIN_TOKEN,
    window: '10s',
    minRequests: 5,
  });
  server = createServer(
    monitor.listener((_request, response) => {
      response.writeHead(broken ? 500 : 200).end('{}');
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  monitor.close();
  await client.close();
});

const gate = (over: Record<string, string> = {}) =>
  runAction({
    inputs: {
      mode: 'verify',
      'health-base-url': origin,
      'bearer-token': ADMIN_TOKEN,
      'expected-version': '2.3.1',
      interval: '5ms',
      'wait-timeout': '1s',
      ...over,
    },
  });
const traffic = async () => {
  for (let request = 0; request < 30; request++) await (await fetch(`${origin}/orders/${request}`)).text();
};

describe('a service that mounts the monitor', () => {
  test('passes while it is well, by its own metrics', async () => {
    await traffic();
    const run = await gate({
      thresholds: [
        'app_error_rate: value<1%',
        'app_response_time: p(95)<500ms',
        'app_requests: value>=30',
        'app_memory: value<99%',
        'app_uptime: value>0s',
        'app_database_response_time: value<1s',
      ].join('\n'),
    });
    expect(run.exitCode, run.stdout).toBe(0);
    const report = reportSchema.parse(run.report);
    expect(report.checks.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped')).toEqual([]);
    expect(report.verdict).toBe('pass');
    const metrics = report.checks.map((check) => check.metric);
    expect(metrics).toEqual(
      expect.arrayContaining(['app_error_rate', 'app_response_time', 'app_database_response_time']),
    );
  });

  test('does not pass when its requests fail', async () => {
    broken = true;
    await traffic();
    const run = await gate({ thresholds: 'app_error_rate: value<1%' });
    expect(run.exitCode).toBe(1);
    expect(run.outputs.verdict).toBe('fail');
    expect(JSON.stringify((run.report as Report).checks)).toContain('app_error_rate');
  });

  test('does not pass when another version answers, and both versions are shown', async () => {
    const run = await gate({ 'expected-version': '2.4.0', 'wait-timeout': '300ms' });
    expect(run.exitCode).toBe(1);
    const said = JSON.stringify((run.report as Report).checks);
    expect(said).toContain('2.3.1');
    expect(said).toContain('2.4.0');
  });

  test('does not pass with a wrong token, and never shows it', async () => {
    const run = await gate({
      'bearer-token': 'a-wrong-token-of-nobody',
      thresholds: 'app_error_rate: value<1%',
    });
    expect(run.exitCode).toBe(1);
    expect(run.outputs.verdict).not.toBe('pass');
    const said = run.stdout.replace(/^::add-mask::.*$/gm, '') + run.summary + JSON.stringify(run.report);
    expect(said).not.toContain('a-wrong-token-of-nobody');
  });
});
