import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import { type SlackServer, startSlackServer } from '../../support/slack-server.ts';
import { options, ports } from './world.ts';

let slack: SlackServer;
let proxy: Server;
let hosts: string[];

beforeEach(async () => {
  slack = await startSlackServer();
  hosts = [];
  // The name that the client asks for leads to the test's own server.
  proxy = createServer((asked, answer) => {
    const url = new URL(asked.url ?? '');
    hosts.push(url.host);
    const port = Number(new URL(slack.apiUrl).port);
    const headers = { ...asked.headers, host: `127.0.0.1:${port}` };
    const onward = request(
      { port, host: '127.0.0.1', path: url.pathname, method: asked.method, headers },
      (got) => {
        answer.writeHead(got.statusCode ?? 502);
        got.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await slack.close();
  proxy.closeAllConnections();
  await new Promise<void>((resolve) => proxy.close(() => resolve()));
});

test('messages go through the proxy that the environment names', async () => {
  vi.stubEnv('http_proxy', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  const url = slack.webhookUrl.replace(/127\.0\.0\.1:\d+/, 'hooks.slack.invalid');
  const result = await alert(options({ channels: ['slack'], slack: { kind: 'webhook', url } }), ports());
  expect(result).toMatchObject({ failed: false, alerts: [{ status: 'sent' }] });
  expect(hosts).toEqual(['hooks.slack.invalid']);
});
