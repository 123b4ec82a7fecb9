import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import { check, options, ports, reportOf, TIMING } from './world.ts';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let received: Received[];
let answers: { status: number; headers?: Record<string, string>; body?: string }[];

beforeEach(async () => {
  received = [];
  answers = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
    const { status, headers, body } = answers.shift() ?? { status: 204 };
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/topsecretpath`;
const send = (secret?: string) =>
  alert(
    options({
      channels: ['webhook'],
      webhook: { url: url(), ...(secret === undefined ? {} : { secret }) },
      subject: reportOf([check({ id: 'a', reason: 'late "quoted" \u2028 `x` ünï' }), check({ id: 'b' })]),
      labels: { team: 'shop' },
      timing: { ...TIMING, deliveryMs: 1_200 },
    }),
    ports(),
  );

test('the body holds alerts, decision and run, and its signature fits its bytes', async () => {
  const result = await send('s3cret-key');
  expect(result).toMatchObject({ failed: false, alerts: [{ status: 'sent' }, { status: 'sent' }] });
  const [message] = received;
  const body = JSON.parse(message?.body ?? '');
  expect(body).toMatchObject({
    schema: 'deploy-guard.alert/v1',
    kind: 'firing',
    environment: 'production',
    severity: 'warning',
    subject: '[FIRING:2] production/api Slow responses',
    alerts: [
      {
        type: 'slow-responses',
        check: 'a',
        toldBefore: 0,
        labels: { team: 'shop' },
        decision: { rule: 'no-state' },
        runbook: expect.stringContaining('#slow-responses'),
      },
      { check: 'b' },
    ],
    run: { repository: 'acme/shop', url: 'https://github.com/acme/shop/actions/runs/42' },
  });
  const hmac = createHmac('sha256', 's3cret-key')
    .update(message?.body ?? '')
    .digest('hex');
  expect(message?.headers['x-deploy-guard-signature']).toBe(`sha256=${hmac}`);
  expect(message?.headers['idempotency-key']).toBe(body.id);
  expect(message?.headers['content-type']).toMatch(/^application\/json/);
});

test('without a secret there is no signature', async () => {
  await send();
  expect(received[0]?.headers['x-deploy-guard-signature']).toBeUndefined();
});

describe('refused: the step fails, says what to do, and shows no address', () => {
  test.each<[number, Record<string, string>, RegExp, number]>([
    [401, {}, /answered 401 "no": it does not accept this sender/, 1],
    [404, {}, /answered 404 "no"/, 1],
    [307, { location: 'https://elsewhere.example/' }, /redirects, which is not followed/, 1],
    [500, {}, /answered 500 "no" \(tried \d times\)/, 2],
  ])('%i', async (status, headers, expected, least) => {
    for (let index = 0; index < 10; index++) answers.push({ status, headers, body: 'no' });
    const result = await send('s3cret-key');
    expect(result).toMatchObject({ failed: true, alerts: [{ status: 'failed' }, { status: 'failed' }] });
    expect(result.cause).toMatch(expected);
    expect(received.length).toBeGreaterThanOrEqual(least);
    expect(JSON.stringify(result)).not.toMatch(/topsecretpath|s3cret-key/);
  });

  test('busy for a moment: tried again with the same id', async () => {
    answers.push({ status: 503, headers: { 'retry-after': '0' } });
    expect(await send()).toMatchObject({ failed: false });
    expect(received).toHaveLength(2);
    expect(received[0]?.headers['idempotency-key']).toBe(received[1]?.headers['idempotency-key']);
  });
});
