import { afterEach, expect, test } from 'vitest';
import { HttpClient, type HttpRequest } from '../../../src/verify/http/client.ts';
import { type HttpTarget, type HttpTargetOptions, startHttpTarget } from '../../support/http-target.ts';

const open: Array<{ close(): Promise<void> }> = [];
async function server(given: HttpTargetOptions = {}): Promise<HttpTarget> {
  const started = await startHttpTarget(given);
  open.push(started);
  return started;
}
function client(ca?: string): HttpClient {
  const made = new HttpClient({ connectTimeoutMs: 2_000, http: 'auto', ca });
  open.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((started) => started.close()));
});

function get(url: string, rest: Partial<HttpRequest> = {}): HttpRequest {
  return {
    url: new URL(url),
    method: 'GET',
    headers: {},
    keepBody: true,
    bodyLimit: 1_000_000,
    timeoutMs: 2_000,
    connections: 'reuse',
    ...rest,
  };
}

test('the first request pays for the connection, the next one on it does not', async () => {
  const api = await server({ tls: 'valid', behaviour: { delayMs: 25 } });
  const http = client(api.ca);
  const first = await http.request(get(api.url));
  const second = await http.request(get(api.url));
  expect(first.timings.connecting).toBeGreaterThan(0);
  expect(first.timings.tlsHandshaking).toBeGreaterThan(0);
  expect(first.timings.waiting).toBeGreaterThanOrEqual(24);
  expect(first.reused).toBe(false);
  expect(second.timings).toMatchObject({ connecting: 0, tlsHandshaking: 0 });
  expect(second.timings.waiting).toBeGreaterThanOrEqual(24);
  expect(second.reused).toBe(true);
  expect(api.connections).toBe(1);
});

test('the phases add up to the time that it took', async () => {
  const api = await server({ behaviour: { fault: 'slow', slowByteMs: 3, body: 'ten bytes!' } });
  const begun = performance.now();
  const { timings, body } = await client().request(get(api.url));
  const took = performance.now() - begun;
  const sum = Object.values(timings).reduce((a, b) => a + b, 0);
  expect(body.toString()).toBe('ten bytes!');
  expect(timings.receiving).toBeGreaterThan(20);
  expect(sum).toBeLessThanOrEqual(took + 1);
  expect(sum).toBeGreaterThan(took * 0.6);
});

test('tells how long the certificate lasts', async () => {
  const api = await server({ tls: { validForMs: 5 * 86_400_000 } });
  const { certificate } = await client(api.ca).request(get(api.url));
  expect((certificate?.validTo ?? 0) - Date.now()).toBeGreaterThan(4.9 * 86_400_000);
  expect((certificate?.validTo ?? 0) - Date.now()).toBeLessThan(5.1 * 86_400_000);
});

test('goes through the proxy of the environment', async () => {
  const [proxy, api] = [await server({ behaviour: { body: 'from the proxy' } }), await server()];
  const before = { http: process.env.http_proxy, no: process.env.no_proxy };
  process.env.http_proxy = proxy.url;
  process.env.no_proxy = '';
  try {
    const answer = await client().request(get(`${api.url}/path`));
    expect(answer.body.toString()).toBe('from the proxy');
    expect(proxy.requests[0]?.path).toBe(`${api.url}/path`);
    expect(api.requests).toHaveLength(0);
  } finally {
    for (const [name, value] of [
      ['http_proxy', before.http],
      ['no_proxy', before.no],
    ] as const) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

test('a body above the limit is given up at once', async () => {
  const api = await server({ behaviour: { body: 'x'.repeat(5_000_000) } });
  await expect(client().request(get(api.url, { bodyLimit: 1_000 }))).rejects.toThrow(
    'larger than 1000 bytes',
  );
});

test('requests that run out of time say how far they came', async () => {
  const api = await server({ behaviour: { fault: 'hang' } });
  await expect(client().request(get(api.url, { timeoutMs: 50 }))).rejects.toThrow('timed out while waiting');
  api.behaviour.fault = 'slow';
  api.behaviour.slowByteMs = 30;
  await expect(client().request(get(api.url, { timeoutMs: 100 }))).rejects.toThrow(
    'timed out while receiving',
  );
});

test('closing ends requests under way', async () => {
  const api = await server({ behaviour: { fault: 'hang' } });
  const http = client();
  const pending = expect(http.request(get(api.url))).rejects.toThrow();
  setTimeout(() => http.close(), 50);
  await pending;
});
