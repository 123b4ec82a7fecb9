import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/support/clock.ts';
import { HttpClient } from '../../../src/verify/http/client.ts';
import { probe } from '../../../src/verify/http/probe.ts';
import { HttpSource } from '../../../src/verify/http/source.ts';
import { type HttpTarget, type HttpTargetOptions, startHttpTarget } from '../../support/http-target.ts';
import { target } from './options.ts';

const open: Array<() => unknown> = [];
afterEach(async () => {
  await Promise.all(
    open
      .splice(0)
      .reverse()
      .map((close) => close()),
  );
});

async function server(given: HttpTargetOptions = {}): Promise<HttpTarget> {
  const started = await startHttpTarget(given);
  open.push(() => started.close());
  return started;
}
function client(ca?: string): HttpClient {
  const made = new HttpClient({ connectTimeoutMs: 2_000, http: 'auto', ca });
  open.push(() => made.close());
  return made;
}
async function listen(made: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  open.push(() => made.close());
  return (made.address() as AddressInfo).port;
}

describe('a kept connection that the server closes when the next request comes', () => {
  async function once() {
    const seen = new Map<Socket, number>();
    const requests: string[] = [];
    const made = createServer((request, response) => {
      const count = (seen.get(request.socket) ?? 0) + 1;
      seen.set(request.socket, count);
      requests.push(request.method ?? '');
      if (count > 1) request.socket.destroy();
      else response.end('ok');
    });
    return { url: `http://127.0.0.1:${await listen(made)}`, requests };
  }

  test('says nothing about the server: GET is sent again on a new one', async () => {
    const [api, http] = [await once(), client()];
    expect((await probe(http, target(api.url))).failure).toBeUndefined();
    expect((await probe(http, target(api.url))).failure).toBeUndefined();
    expect(api.requests).toEqual(['GET', 'GET', 'GET']);
  });

  test('POST may have been carried out: it is not sent twice, and fails', async () => {
    const [api, http] = [await once(), client()];
    const post = target(api.url, { method: 'POST', body: '{}' });
    expect((await probe(http, post)).failure).toBeUndefined();
    expect((await probe(http, post)).failure).toMatchObject({
      kind: 'closed',
      reason: expect.stringContaining('the connection was closed before the answer was complete'),
    });
    expect(api.requests).toEqual(['POST', 'POST']);
  });
});

test('a request that ran out of time before it had a connection is not sent late', async () => {
  const api = await server({ tls: 'valid' });
  let go = () => {};
  const opened = new Promise<void>((resolve) => {
    go = resolve;
  });
  // TCP is there at once; the handshake waits.
  const front = createTcpServer((socket) => {
    const behind = connect({ host: '127.0.0.1', port: api.port });
    open.push(() => behind.destroy());
    for (const one of [socket, behind]) one.on('error', () => {});
    void opened.then(() => socket.pipe(behind).pipe(socket));
  });
  const url = `https://localhost:${await listen(front)}`;
  const http = client(api.ca);
  expect(await probe(http, target(url, { timeoutMs: 60 }))).toMatchObject({
    timedOutAfterMs: 60,
    failure: { kind: 'timeout', reason: 'could not connect within 60 ms' },
  });
  go();
  // The next one has the connection that the first waited for.
  expect((await probe(http, target(`${url}/second`))).failure).toBeUndefined();
  expect(api.requests.map(({ path }) => path)).toEqual(['/second']);
});

test('hints before the answer are not the answer', async () => {
  const made = createServer((_request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    setTimeout(() => response.writeHead(503).end(), 30);
  });
  const result = await probe(client(), target(`http://127.0.0.1:${await listen(made)}`));
  expect(result).toMatchObject({ status: 503, failure: { kind: 'status' } });
  expect(result.timings?.waiting).toBeGreaterThanOrEqual(25);
});

describe('redirects', () => {
  test('a body is not sent to another origin, nor is the request sent without it', async () => {
    const [api, other] = [await server(), await server()];
    api.behaviour.redirectTo = `${other.url}/elsewhere`;
    for (const status of [307, 308]) {
      api.behaviour.redirectStatus = status;
      expect((await probe(client(), target(api.url, { method: 'POST', body: 'token' }))).failure).toEqual({
        kind: 'redirect',
        status,
        reason: `answered ${status} to another origin, where the body is not sent`,
      });
    }
    expect(other.requests).toEqual([]);
  });

  test('a chain that fails in the end still tells how long the certificate lasts', async () => {
    const api = await server({ tls: { validForMs: 86_400_000 } });
    api.paths.set('/start', { redirectTo: '/end' });
    api.paths.set('/end', { fault: 'drop' });
    const result = await probe(client(api.ca), target(`${api.url}/start`));
    expect(result).toMatchObject({ redirects: 1, failure: { kind: 'closed' } });
    expect(result.certificate?.validTo).toBeLessThan(Date.now() + 86_400_000);
  });

  test('the time of a name that is slow to look up is in the limit of the whole chain', async () => {
    const api = await server({ behaviour: { redirectTo: 'http://slow.example/' } });
    const slow = () => new Promise<string[]>((resolve) => setTimeout(resolve, 120, ['203.0.113.1']));
    const result = await probe(client(), target(api.url, { timeoutMs: 100 }), undefined, slow);
    expect(result).toMatchObject({
      redirects: 1,
      timedOutAfterMs: 100,
      failure: { reason: 'did not answer within 100 ms' },
    });
  });
});

test('no more probes are under way than allowed; the others wait for their turn', async () => {
  let [now, most] = [0, 0];
  const made = createServer((_request, response) => {
    most = Math.max(most, ++now);
    setTimeout(() => {
      now--;
      response.end();
    }, 5);
  });
  const api = target(`http://127.0.0.1:${await listen(made)}`);
  const source = new HttpSource(
    { concurrency: 2, connectTimeoutMs: 2_000 },
    systemClock,
    new AbortController().signal,
  );
  open.push(() => source.close());
  const results = await Promise.all(Array.from({ length: 7 }, () => source.probe(api)));
  expect(results.filter(({ failure }) => failure)).toEqual([]);
  expect(most).toBe(2);
});
