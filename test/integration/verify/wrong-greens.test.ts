import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Check } from '../../../src/report/schema.ts';
import type { AppOptions } from '../../../src/verify/app/options.ts';
import type { TargetOptions } from '../../../src/verify/http/options.ts';
import { type HttpTarget, startHttpTarget, type TargetBehaviour } from '../../support/http-target.ts';
import { options, run, target } from './options.ts';

/** Worlds that are down or wrong and look well at a glance: none of them may be a clean pass. */
const open: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function server(behaviour: Partial<TargetBehaviour> = {}): Promise<HttpTarget> {
  const started = await startHttpTarget({ behaviour });
  open.push(() => started.close());
  return started;
}

/** Answers one after the other, the last one again and again: what a balancer does that spreads requests. */
async function balanced(
  ...answers: ReadonlyArray<readonly [status: number, body: unknown]>
): Promise<string> {
  let count = 0;
  const started = createServer((_request, response) => {
    const [status, body] = answers[count++ % answers.length] ?? [500, ''];
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', () => resolve()));
  open.push(() => new Promise((resolve) => started.close(resolve)));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/`;
}

const page = (title: string): Partial<TargetBehaviour> => ({
  body: `<!doctype html><html><head><title>${title}</title></head><body>…</body></html>`,
  headers: { 'content-type': 'text/html' },
});

interface World {
  readonly name: string;
  readonly behaviour: Partial<TargetBehaviour>;
  readonly verdict: 'fail' | 'warn';
  readonly reason: RegExp;
}

const worlds: readonly World[] = [
  {
    name: "a balancer's error page with status 200",
    behaviour: page('502 Bad Gateway'),
    verdict: 'fail',
    reason: /answered with the error page “502 Bad Gateway”, with status 200/,
  },
  {
    name: 'a health endpoint that says DOWN with status 200',
    behaviour: { body: { status: 'DOWN', components: { mongo: { status: 'DOWN' } } } },
    verdict: 'fail',
    reason: /answered that its status is DOWN, with status 200/,
  },
  {
    name: 'one that says DOWN at the head of a long answer',
    behaviour: { body: { status: 'DOWN', components: { long: 'x'.repeat(20_000) } } },
    verdict: 'fail',
    reason: /its status is DOWN/,
  },
  {
    name: 'one that says it is degraded',
    behaviour: { body: { status: 'degraded' } },
    verdict: 'warn',
    reason: /in 5 samples it says that its status is degraded/,
  },
  {
    name: "the server's own first page",
    behaviour: page('Welcome to nginx!'),
    verdict: 'warn',
    reason: /in 5 samples a page called “Welcome to nginx!” answered/,
  },
  {
    name: 'a login page in the place of the page',
    behaviour: page('Sign in to Shop'),
    verdict: 'warn',
    reason: /a page called “Sign in to Shop” answered/,
  },
];

describe('an answer whose status is good, and that is not', () => {
  test.each(worlds)('$name', async ({ behaviour, verdict, reason }) => {
    const api = await server(behaviour);
    const result = await run(options([target(api.url)], { waitTimeoutMs: 0 }));
    expect(result.verdict).toBe(verdict);
    expect(result.failed).toBe(verdict === 'fail');
    expect(result.checks.map((check) => check.reason).join('\n')).toMatch(reason);
  });

  test('who says what the answer must hold decides it alone', async () => {
    const api = await server({ body: { status: 'DOWN' } });
    const given: Partial<TargetOptions> = {
      expectations: [{ on: 'body', matcher: { kind: 'contains', text: 'DOWN' } }],
    };
    expect((await run(options([target(api.url, given)]))).verdict).toBe('pass');
  });

  test('a redirect to the login of another host', async () => {
    const login = await server(page('Welcome'));
    const api = await server({ redirectTo: `http://localhost:${login.port}/oauth2/start` });
    const result = await run(options([target(api.url)]));
    expect(result.verdict).toBe('warn');
    expect(result.checks.map((check) => check.reason).join('\n')).toMatch(
      /ended at localhost:\d+\/oauth2\/start, which looks like a login page/,
    );
  });
});

test('an old instance that only a retry leaves behind is seen', async () => {
  const url = await balanced([200, { version: '2' }], [200, { version: '1' }]);
  const given = target(url, {
    retries: 2,
    samples: 4,
    connections: 'new',
    version: { expected: '2', place: { kind: 'json', pointer: '/version' } },
  });
  const result = await run(
    options([given], { waitTimeoutMs: 2_000, thresholds: ['http_req_failed: rate<90%'] }),
  );
  expect(result.checks.find(({ id }) => id === 'api/version')).toMatchObject({
    verdict: 'fail',
    reason: expect.stringMatching(
      /another version still answers some samples: 1 \(\d×\); expected 2/,
    ) as unknown,
  });
  expect(result.failed).toBe(true);
}, 20_000);

describe('what the service says of itself', () => {
  const app = (url: string, rest: Partial<AppOptions> = {}): AppOptions => ({
    baseUrl: new URL(url),
    format: 'health-json',
    headers: {},
    timeoutMs: 2_000,
    samples: 6,
    intervalMs: 0,
    ...rest,
  });
  const find = (checks: readonly Check[], id: string) => checks.find((check) => check.id === id);

  test('one old instance of two, though the first and the last look meet the new one', async () => {
    // Looks: reachable, version, six, and the last one.
    const answers = ['2', '2', '2', '1', '2', '2', '2', '2', '2'].map(
      (version) => [200, { status: 'pass', version }] as const,
    );
    const result = await run(options([], { app: app(await balanced(...answers), { expectedVersion: '2' }) }));
    expect(find(result.checks, 'service:version')).toMatchObject({ verdict: 'fail', observed: '1' });
  });

  test('one unhealthy instance of several', async () => {
    const well = [200, { status: 'pass' }] as const;
    const ill = [503, { status: 'fail', output: 'disk full' }] as const;
    const result = await run(
      options([], { app: app(await balanced(well, well, well, ill, well, well, well, well)) }),
    );
    expect(find(result.checks, 'service:steady')).toMatchObject({
      verdict: 'fail',
      observed: 1,
      reason: 'unhealthy in 1 of 6 polls during the samples: it calls itself unhealthy: disk full',
    });
  });

  test('503 with JSON that calls itself healthy', async () => {
    const api = await server({ status: 503, body: { status: 'pass' } });
    const result = await run(options([], { app: app(api.url), waitTimeoutMs: 0 }));
    expect(result.verdict).toBe('fail');
    expect(find(result.checks, 'service:reachable')?.reason).toContain(
      'it answered 503, though it calls itself healthy',
    );
  });

  test('healthy in whole with a part that is not', async () => {
    const api = await server({ body: { status: 'pass', checks: { 'queue:size': [{ status: 'fail' }] } } });
    const result = await run(options([], { app: app(api.url) }));
    expect(find(result.checks, 'service:status')).toMatchObject({
      verdict: 'warn',
      reason: 'it calls itself healthy: queue:size is fail',
    });
  });

  test('no errors among no requests', async () => {
    const api = await server({ status: 404 });
    api.paths.set('/api/health', { status: 200, body: { status: 'healthy', version: '1' } });
    api.paths.set('/api/health/metrics', { status: 200, body: { requests: { count: 0 }, errorRate: 0 } });
    const result = await run(
      options([], { app: app(api.url, { format: 'deploy-guard' }), thresholds: ['app_error_rate: rate<1%'] }),
    );
    expect(find(result.checks, 'service:app_error_rate/rate')?.verdict).toBe('inconclusive');
    expect(result.failed).toBe(true);
  });

  test('metrics whose address was given and that are not there, with no threshold on them', async () => {
    const api = await server();
    const { origin } = new URL(api.url);
    api.paths.set('/metrics', { status: 404 });
    const { baseUrl: _none, ...rest } = app(api.url);
    const result = await run(
      options([target(api.url)], { app: { ...rest, prometheusUrl: new URL('/metrics', origin) } }),
    );
    expect(result).toMatchObject({ verdict: 'error', failed: true });
  });

  test('an endpoint of it that is there and broken', async () => {
    const api = await server({ status: 404 });
    api.paths.set('/api/health', { status: 200, body: { status: 'healthy', version: '1' } });
    api.paths.set('/api/health/detailed', { status: 500, body: {} });
    const result = await run(options([], { app: app(api.url, { format: 'deploy-guard' }) }));
    expect(find(result.checks, 'service:/api/health/detailed')?.verdict).toBe('warn');
  });
});

test('a verdict that `fail-on` does not name passes the step, and the report says so', async () => {
  const api = await server({ status: 500 });
  const result = await run(options([target(api.url)], { waitTimeoutMs: 0, failOn: ['warn'] }));
  expect(result).toMatchObject({ verdict: 'fail', failed: false });
  expect(result.notices?.join('\n')).toContain(
    'The verdict is fail, and `fail-on` does not name it: the step passes all the same.',
  );
});
