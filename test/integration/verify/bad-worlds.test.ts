import { execFile } from 'node:child_process';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import { afterEach, describe, expect, inject, test } from 'vitest';
import type { ModeResult } from '../../../src/report/schema.ts';
import type { TargetOptions } from '../../../src/verify/http/options.ts';
import { startHttpTarget } from '../../support/http-target.ts';
import { type MongoProxy, startMongoProxy } from '../../support/mongo-proxy.ts';
import { mongoError, startScriptedMongo } from '../../support/mongo-script.ts';
import { options, run, target } from './options.ts';

const open: Array<() => Promise<void>> = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  open.push(async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const raw = (work: (socket: Socket) => void) => listen(createServer(work));
const http = (listener: RequestListener) => listen(createHttpServer(listener));
const scripted = async (...given: Parameters<typeof startHttpTarget>) => {
  const server = await startHttpTarget(...given);
  open.push(() => server.close());
  return server;
};

const json = {
  expectations: [],
  version: { expected: '1', place: { kind: 'json', pointer: '/version' } },
} as const;

interface World {
  readonly name: string;
  /** Starts it and says where it is. */
  readonly start: () => Promise<string>;
  readonly rest?: Partial<TargetOptions>;
  /** What the report must say. */
  readonly reason: RegExp;
}

/** A probe has 300 ms here, and the gate waits no longer than its first probe. */
const worlds: readonly World[] = [
  {
    name: 'never answers',
    start: () => raw(() => {}),
    reason: /did not answer within 300 ms/,
  },
  {
    name: 'answers byte by byte',
    start: async () =>
      (await scripted({ behaviour: { fault: 'slow', slowByteMs: 50, body: 'so very slow' } })).url,
    reason: /did not finish its answer within 300 ms/,
  },
  {
    name: 'sends its headers byte by byte',
    start: () =>
      raw((socket) => {
        const bytes = [...'HTTP/1.1 200 OK\r\nX-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'];
        const timer = setInterval(() => socket.write(bytes.shift() ?? 'a'), 20);
        socket.on('close', () => clearInterval(timer));
      }),
    reason: /did not answer within 300 ms/,
  },
  {
    name: 'closes mid-body',
    start: async () => (await scripted({ behaviour: { fault: 'cut-body' } })).url,
    reason: /closed before the answer was complete/,
  },
  {
    name: 'closes without an answer',
    start: () => raw((socket) => socket.once('data', () => socket.destroy())),
    reason: /closed before the answer was complete/,
  },
  {
    name: 'redirects for ever',
    start: async () => (await scripted({ behaviour: { redirectTo: '/again' } })).url,
    reason: /redirected more than 5 times/,
  },
  {
    name: 'redirects to another kind of address',
    start: async () => (await scripted({ behaviour: { redirectTo: 'file:///etc/passwd' } })).url,
    reason: /to an address that is not http or https/,
  },
  {
    name: 'redirects without saying where to',
    start: () => http((_request, response) => response.writeHead(302).end()),
    reason: /answered 302 without a Location header/,
  },
  {
    name: 'promises 10 GB',
    start: () =>
      http((_request, response) => {
        response.writeHead(200, { 'content-length': String(10 * 1024 ** 3) });
        const chunk = Buffer.alloc(1024 * 1024);
        const more = () => {
          while (!response.destroyed && response.write(chunk)) {}
        };
        response.on('drain', more);
        more();
      }),
    rest: { bodyLimit: 10 * 1024 * 1024, timeoutMs: 3_000 },
    reason: /the answer is larger than 10 MB/,
  },
  {
    name: 'sends without end',
    start: () =>
      http((_request, response) => {
        const timer = setInterval(() => response.write(Buffer.alloc(1_000)), 1);
        response.on('close', () => clearInterval(timer));
      }),
    rest: { bodyLimit: 50_000, timeoutMs: 3_000 },
    reason: /the answer is larger than 48.8 KB/,
  },
  {
    name: 'invalid UTF-8 where JSON was asked',
    start: () => http((_request, response) => response.end(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))),
    rest: json,
    reason: /not valid UTF-8/,
  },
  {
    name: 'broken JSON',
    start: () => http((_request, response) => response.end('{"version": "1",, }')),
    rest: json,
    reason: /not valid JSON \(broken at position/,
  },
  {
    name: 'JSON that ends too early',
    start: () => http((_request, response) => response.end('{"version": "1"')),
    rest: json,
    reason: /not valid JSON/,
  },
  {
    name: 'nothing where JSON was asked',
    start: () => http((_request, response) => response.end()),
    rest: json,
    reason: /empty where JSON was expected/,
  },
  {
    name: 'HTML where JSON was asked',
    start: () =>
      http((_request, response) =>
        response.setHeader('content-type', 'text/html').end('<html>Log in</html>'),
      ),
    rest: json,
    reason: /an HTML page where JSON was expected/,
  },
  {
    name: 'speaks no HTTP',
    start: () => raw((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')),
    reason: /not valid HTTP|closed before the answer/,
  },
  {
    name: 'headers without end',
    start: () => raw((socket) => socket.write(`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(200_000)}\r\n`)),
    reason: /the headers of the answer are too large|not valid HTTP/,
  },
  {
    name: 'expired TLS',
    start: async () => (await scripted({ tls: 'expired' })).url,
    reason: /the TLS certificate (has expired|is self-signed)/,
  },
  {
    name: 'self-signed TLS',
    start: async () => (await scripted({ tls: 'valid' })).url,
    reason: /the TLS certificate is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
  },
  {
    name: 'no TLS where it was asked',
    start: async () => (await scripted()).url.replace('http:', 'https:'),
    reason: /the TLS handshake failed/,
  },
  {
    name: 'a name that does not resolve',
    start: async () => 'http://no-such-host.invalid/',
    rest: { timeoutMs: 5_000 },
    reason: /the name (does not resolve|could not be looked up)/,
  },
  {
    name: 'nothing listens',
    start: async () => {
      const gone = await startHttpTarget();
      await gone.close();
      return gone.url;
    },
    reason: /connection refused \(ECONNREFUSED\)/,
  },
];

/** A busy machine is late; what has no limit would be later by far. */
const SLACK_MS = 10_000;

/** Does the work and says how many milliseconds it took. */
async function timed<T>(work: () => Promise<T>): Promise<{ result: T; took: number }> {
  const begun = performance.now();
  const result = await work();
  return { result, took: performance.now() - begun };
}

describe('bad worlds: each ends within its limits, with its own reason', () => {
  test.each(worlds)('$name', async ({ start, rest = {}, reason }) => {
    const url = await start();
    const { result, took } = await timed(() =>
      run(options([target(url, { timeoutMs: 300, ...rest })], { waitTimeoutMs: 0 })),
    );
    expect(result).toMatchObject({ verdict: 'fail', failed: true });
    const reasons = result.checks.map((check) => check.reason).join('\n');
    expect(reasons).toMatch(reason);
    expect(took).toBeLessThan((rest.timeoutMs ?? 300) * 2 + SLACK_MS);
  });

  test('an expired certificate of a known authority is told as expired', async () => {
    const api = await scripted({ tls: 'expired' });
    const given = target(api.url, { ca: api.ca ?? '' });
    const result = await run(options([given], { waitTimeoutMs: 0 }));
    expect(result.checks[0]?.reason).toContain('the TLS certificate has expired (CERT_HAS_EXPIRED)');
  });

  test('a certificate for another name', async () => {
    const api = await scripted({ tls: 'valid' });
    const url = api.url.replace('localhost', '127.0.0.2');
    const result = await run(options([target(url, { ca: api.ca ?? '' })], { waitTimeoutMs: 0 }));
    expect(result.checks[0]?.reason).toMatch(/certificate is for another name|connection refused/);
  });

  test('memory stays flat while one sample after the other is flooded', async () => {
    const samples = 32;
    const bodyLimit = 40 * 1024 * 1024;
    let sent = 0;
    let asked = 0;
    const url = await http((_request, response) => {
      // Healthy when it is asked whether it is reachable, and never again.
      if (asked++ === 0) return void response.end('fine');
      const chunk = Buffer.alloc(1024 * 1024);
      const more = () => {
        for (let room = true; room && !response.destroyed; sent += chunk.length) room = response.write(chunk);
      };
      response.on('drain', more);
      more();
    });
    const program = join(import.meta.dirname, 'flooded-run.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [
      program,
      url,
      String(samples),
      String(bodyLimit),
    ]);
    const { result, peakBytes } = JSON.parse(stdout) as { result: ModeResult; peakBytes: number };
    expect(result.checks.find(({ metric }) => metric === 'http_req_failed')).toMatchObject({
      verdict: 'fail',
      reason: '32 of 32 samples failed: the answer is larger than 40 MB',
    });
    // A run that kept what flows by would hold all of it, twice the bound; one that does not peaks at 190 MB.
    expect(sent).toBeGreaterThanOrEqual(samples * bodyLimit);
    expect(peakBytes).toBeLessThan((samples * bodyLimit) / 2);
  });
});

describe('bad worlds of MongoDB', () => {
  const mongo = {
    timeoutMs: 400,
    samples: 3,
    warmup: 1,
    intervalMs: 0,
    collections: [],
    indexes: new Map(),
    longRunningMs: 60_000,
  };

  const proxied = async (change: (proxy: MongoProxy) => void) => {
    const proxy = await startMongoProxy(inject('mongoUri'));
    open.push(() => proxy.close());
    change(proxy);
    return proxy.uri;
  };
  const server = async (...given: Parameters<typeof startScriptedMongo>) => {
    const started = await startScriptedMongo(...given);
    open.push(() => started.close());
    return started.uri;
  };
  const withUser = (uri: string) => uri.replace('mongodb://', 'mongodb://nobody:hunter22@');

  const mongoWorlds: ReadonlyArray<{ name: string; start: () => Promise<string>; reason: RegExp }> = [
    {
      name: 'unreachable',
      start: async () => {
        const gone = await startHttpTarget();
        await gone.close();
        return `mongodb://nobody:hunter22@127.0.0.1:${gone.port}/`;
      },
      reason: /ECONNREFUSED/,
    },
    {
      name: 'a name that does not resolve',
      start: async () => 'mongodb://nobody:hunter22@no-such-host.invalid:27017/',
      reason: /ENOTFOUND|EAI_AGAIN|no answer within/,
    },
    {
      name: 'asks for a user, and none is given',
      start: () =>
        server(() => ({
          listCollections: () =>
            mongoError(13, 'Unauthorized', 'Command listCollections requires authentication'),
        })),
      reason: /asks for authentication, and `mongodb-uri` gives no user/,
    },
    {
      name: 'refuses the password',
      start: async () =>
        withUser(
          await server(() => ({
            hello: () => ({ saslSupportedMechs: ['SCRAM-SHA-256'] }),
            saslStart: () => mongoError(18, 'AuthenticationFailed', 'Authentication failed.'),
          })),
        ),
      reason: /authentication failed: the user or password is wrong \(AuthenticationFailed\)/,
    },
    {
      name: 'takes the connection and never answers',
      start: () =>
        proxied((proxy) => {
          proxy.stall = true;
        }),
      reason: /no answer within 400 ms|timed out/i,
    },
    {
      name: 'answers later than the limit',
      start: () =>
        proxied((proxy) => {
          proxy.delayMs = 2_000;
        }),
      reason: /no answer within 400 ms|timed out/i,
    },
    {
      name: 'closes each connection',
      start: () =>
        proxied((proxy) => {
          proxy.refuse = true;
        }),
      reason: /closed|ECONNRESET/,
    },
    {
      name: 'answers ping with an error',
      start: () =>
        server(() => ({ ping: () => mongoError(91, 'ShutdownInProgress', 'The server is in quiesce mode') })),
      reason: /quiesce mode/,
    },
    {
      name: 'is too old for the driver',
      start: () => server(() => ({ hello: () => ({ maxWireVersion: 5 }) })),
      reason: /wire version/,
    },
    {
      name: 'speaks something else',
      start: async () => `mongodb://127.0.0.1:${(await scripted()).port}/`,
      reason: /no answer within|closed|Invalid message|message length|timed out/i,
    },
  ];

  test.each(mongoWorlds)('$name', async ({ start, reason }) => {
    const uri = await start();
    const client = new MongoClient(uri, { serverSelectionTimeoutMS: 400 });
    open.push(() => client.close());
    const { result, took } = await timed(() =>
      run(options([], { mongo, waitTimeoutMs: 0 }), { mongo: { client, db: client.db('worlds') } }),
    );
    expect(result).toMatchObject({ verdict: 'fail', failed: true });
    expect(result.checks[0]?.id).toBe('mongodb/reachable');
    expect(result.checks[0]?.reason).toMatch(reason);
    expect(JSON.stringify(result)).not.toContain('hunter22');
    expect(took).toBeLessThan(400 + SLACK_MS);
  });
});
