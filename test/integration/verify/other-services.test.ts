import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { Check } from '../../../src/report/schema.ts';
import { type HttpTarget, startHttpTarget } from '../../support/http-target.ts';
import { startRawTarget } from '../../support/raw-target.ts';
import { options, run, target } from './options.ts';

/** Services that were not written for this product: each shape is from a public bug report or a framework's docs. */
const open: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

const check = (checks: readonly Check[], id: string) => checks.find((one) => one.id === id);
const version = (expected: string) => ({ expected, place: { kind: 'json', pointer: '/version' } }) as const;

/** Passes TCP connections to the servers in turn, as a balancer of layer 4 does. */
async function balancer(targets: readonly HttpTarget[]): Promise<string> {
  let next = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(targets[next++ % targets.length]?.port ?? 0, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return `https://localhost:${(server.address() as AddressInfo).port}/`;
}

async function h2Instances(...versions: string[]): Promise<HttpTarget[]> {
  const started = await Promise.all(
    versions.map((version) => startHttpTarget({ tls: 'valid', http2: true, behaviour: { version } })),
  );
  open.push(() => Promise.all(started.map((one) => one.close())));
  return started;
}

describe('HTTP/2', () => {
  test.each(['auto', '2'] as const)(
    'an old instance behind a TCP balancer is met, as each sample opens its own connection (http-version %s)',
    async (http) => {
      const instances = await h2Instances('2', '1', '2');
      const url = await balancer(instances);
      const ca = instances[0]?.ca ?? '';
      const result = await run(
        options([target(url, { ca, http, connections: 'new', samples: 6, version: version('2') })], {
          waitTimeoutMs: 2_000,
        }),
      );
      expect(result.verdict).toBe('fail');
      expect(check(result.checks, 'api/version')).toMatchObject({ verdict: 'fail', observed: '1' });
      expect(
        instances.every(({ requests }) => requests.every(({ httpVersion }) => httpVersion === '2.0')),
      ).toBe(true);
    },
  );

  test('each sample has a TLS handshake of its own, which is timed', async () => {
    const [one] = await h2Instances('2');
    const result = await run(
      options([target(one?.url ?? '', { ca: one?.ca ?? '', connections: 'new' })], {
        thresholds: ['http_req_tls_handshaking: min>0.01ms', 'http_req_tls_handshaking: med<0.01ms'],
      }),
    );
    expect(check(result.checks, 'api/http_req_tls_handshaking/min')?.verdict).toBe('pass');
    expect(check(result.checks, 'api/http_req_tls_handshaking/med')?.verdict).toBe('fail');
    // The wait for it to be reachable is one more.
    expect(one?.connections).toBe(6);
  });

  test('kept connections carry all samples', async () => {
    const [one] = await h2Instances('2');
    await run(options([target(one?.url ?? '', { ca: one?.ca ?? '', connections: 'reuse' })]));
    expect(one?.connections).toBe(1);
    expect(one?.requests).toHaveLength(6);
  });

  test('samples at the same time do not share a connection', async () => {
    const [one] = await h2Instances('2');
    const targets = ['a', 'b', 'c'].map((name) =>
      target(one?.url ?? '', { name, ca: one?.ca ?? '', connections: 'new', samples: 3 }),
    );
    expect((await run(options(targets))).verdict).toBe('pass');
    expect(one?.connections).toBe(12);
  });
});

describe('an encoded body', () => {
  const DOWN = Buffer.from('{"status":"DOWN"}');
  const UP = Buffer.from('{"status":"UP","version":"2"}');
  const encoders: ReadonlyArray<readonly [string, (body: Buffer) => Buffer]> = [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['gzip, br', (body) => brotliCompressSync(gzipSync(body))],
    ['identity', (body) => body],
  ];
  const encoded = async (encoding: string, body: Buffer) => {
    const server = await startRawTarget(() => ({
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      body,
    }));
    open.push(() => server.close());
    return server.url;
  };

  test.each(encoders)('that says DOWN fails, decoded from %s', async (encoding, encode) => {
    const result = await run(options([target(await encoded(encoding, encode(DOWN)))], { waitTimeoutMs: 0 }));
    expect(result.verdict).toBe('fail');
  });

  test.each(encoders)('of the right version passes, decoded from %s', async (encoding, encode) => {
    const url = await encoded(encoding, encode(UP));
    expect((await run(options([target(url, { version: version('2') })]))).verdict).toBe('pass');
  });

  test.each(['gzip', 'br', 'zstd'])(
    'that is a bomb in %s is refused by its decoded size',
    async (encoding) => {
      const encode = new Map(encoders).get(encoding) ?? gzipSync;
      const url = await encoded(encoding, encode(Buffer.alloc(5_000_000, 0x20)));
      const result = await run(options([target(url, { bodyLimit: 1_000_000 })], { waitTimeoutMs: 0 }));
      expect(result.verdict).toBe('fail');
      expect(check(result.checks, 'api/reachable')?.reason).toMatch(/larger than/);
    },
  );

  test('in an unknown encoding is named: a warning, and a failure if its content is judged', async () => {
    const url = await encoded('sdch', UP);
    const seen = await run(options([target(url)]));
    expect(seen.verdict).toBe('warn');
    expect(seen.checks.map(({ reason }) => reason).join()).toContain("'sdch'");
    const judged = await run(options([target(url, { version: version('2') })], { waitTimeoutMs: 0 }));
    expect(judged.verdict).toBe('fail');
    expect(judged.checks.map(({ reason }) => reason).join()).toContain("'sdch'");
  });

  test('that is not what its encoding says fails', async () => {
    const result = await run(options([target(await encoded('gzip', UP))], { waitTimeoutMs: 0 }));
    expect(result.verdict).toBe('fail');
    expect(check(result.checks, 'api/reachable')?.reason).toContain('not valid gzip');
  });
});

describe('metrics of several workers', () => {
  /** A worker for each connection in turn: each counts its own requests. */
  async function workers(counts: ReadonlyArray<{ ok: number; bad: number; start: number }>) {
    let next = 0;
    const server = await startRawTarget(() => {
      const { ok, bad, start } = counts[next++ % counts.length] ?? { ok: 0, bad: 0, start: 0 };
      return {
        headers: { 'content-type': 'text/plain' },
        body: `process_start_time_seconds ${start}\nhttp_requests_total{status="200"} ${ok + next}\nhttp_requests_total{status="500"} ${bad}\n`,
      };
    });
    open.push(() => server.close());
    return new URL(`${server.url}/metrics`);
  }
  const app = (prometheusUrl: URL) => ({
    prometheusUrl,
    format: 'auto' as const,
    headers: {},
    timeoutMs: 2_000,
    samples: 1,
    intervalMs: 0,
  });

  test('are inconclusive, whichever answers first', async () => {
    const url = await workers([
      { ok: 100, bad: 4, start: 1_000 },
      { ok: 50, bad: 900, start: 1_001 },
      { ok: 70, bad: 800, start: 1_002 },
    ]);
    const result = await run(options([], { app: app(url), thresholds: ['app_error_rate: rate<60%'] }));
    expect(result.verdict).toBe('inconclusive');
    expect(check(result.checks, 'service:app_error_rate/rate')).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('another process answered'),
      hint: expect.stringContaining('multiprocess'),
    });
  });

  test('of one process are judged', async () => {
    const url = await workers([{ ok: 100, bad: 4, start: 1_000 }]);
    const result = await run(options([], { app: app(url), thresholds: ['app_error_rate: rate<60%'] }));
    expect(result.verdict).toBe('pass');
  });

  test('too few requests are inconclusive, and a warning if that is what the threshold says', async () => {
    const url = await workers([{ ok: 100, bad: 4, start: 1_000 }]);
    const failing = await run(options([], { app: app(url), thresholds: ['app_requests: value>=50'] }));
    expect(failing.verdict).toBe('inconclusive');
    const warning = await run(options([], { app: app(url), thresholds: ['app_requests: warn value>=50'] }));
    expect(warning.verdict).toBe('warn');
  });
});

describe('health documents elsewhere', () => {
  const app = (baseUrl: string, rest: object = {}) => ({
    baseUrl: new URL(baseUrl),
    format: 'auto' as const,
    headers: {},
    timeoutMs: 2_000,
    samples: 2,
    intervalMs: 0,
    ...rest,
  });
  async function paths(answers: Readonly<Record<string, unknown>>) {
    const server = await startRawTarget(({ url }) => {
      const answer = answers[url ?? ''];
      if (answer === undefined) return { status: 404 };
      if (typeof answer !== 'string') return { body: JSON.stringify(answer) };
      return answer.startsWith('/') || answer.startsWith('http')
        ? { status: 307, headers: { location: answer } }
        : { headers: { 'content-type': 'text/plain' }, body: answer };
    });
    open.push(() => server.close());
    return server.url;
  }
  const SHA = '0123456789abcdef0123456789abcdef01234567';

  test('Actuator below another path, its version an abbreviated commit', async () => {
    const url = await paths({
      '/manage/health': { status: 'UP' },
      '/manage/info': { git: { commit: { id: SHA.slice(0, 7) } }, build: { version: '3.1' } },
    });
    const result = await run(options([], { app: app(`${url}/manage`, { expectedVersion: SHA }) }));
    expect(result.checks.find(({ metric }) => metric === 'version')).toMatchObject({ verdict: 'pass' });
    expect(result.verdict).toBe('pass');
  });

  test('the version at the place in info that the user names', async () => {
    const url = await paths({
      '/actuator/health': { status: 'UP' },
      '/actuator/info': { build: { version: '3.1' }, release: { tag: 'r7' } },
    });
    const given = app(url, { expectedVersion: 'r7', versionPointer: '/release/tag' });
    expect((await run(options([], { app: given }))).verdict).toBe('pass');
  });

  test.each([
    ['Healthy', 'pass'],
    ['Degraded', 'warn'],
    ['Unhealthy', 'fail'],
  ])("ASP.NET's plain %s is %s", async (word, verdict) => {
    const url = await paths({ '/healthz': word });
    expect((await run(options([], { app: app(url) }))).verdict).toBe(verdict);
  });

  test('a redirect within the host is followed, one to another host is refused', async () => {
    const url = await paths({ '/health': '/live', '/live': { status: 'green' } });
    expect((await run(options([], { app: app(url) }))).verdict).toBe('pass');
    const away = await paths({ '/health': 'http://localhost:1/live' });
    const result = await run(options([], { app: app(away, { timeoutMs: 500 }), waitTimeoutMs: 0 }));
    expect(result.verdict).toBe('fail');
    expect(check(result.checks, 'service:reachable')?.reason).toContain('a redirect to another host');
  });
});
