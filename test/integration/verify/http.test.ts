import { afterEach, describe, expect, test } from 'vitest';
import { Interrupted } from '../../../src/support/errors.ts';
import { type HttpTarget, type HttpTargetOptions, startHttpTarget } from '../../support/http-target.ts';
import { options, run, target } from './options.ts';

const open: HttpTarget[] = [];
async function server(given: HttpTargetOptions = {}): Promise<HttpTarget> {
  const started = await startHttpTarget(given);
  open.push(started);
  return started;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((started) => started.close()));
});

const check = (result: Awaited<ReturnType<typeof run>>, id: string) => {
  const found = result.checks.find((one) => one.id === id);
  if (!found) throw new Error(`no check ${id} among ${result.checks.map((one) => one.id).join(', ')}`);
  return found;
};

describe('a target that answers', () => {
  test('passes, with its samples and phases', async () => {
    const api = await server();
    const result = await run(
      options([target(api.url, { warmup: 2 })], { thresholds: ['http_req_duration: med<1s'] }),
    );
    expect(result).toMatchObject({ verdict: 'pass', failed: false });
    expect(check(result, 'api/http_req_duration/med')).toMatchObject({ verdict: 'pass', samples: 5 });
    expect(check(result, 'api/http_req_failed/rate')).toMatchObject({
      verdict: 'pass',
      observed: 0,
      samples: 5,
    });
    expect(result.phases?.map(({ name }) => name)).toEqual(['reachable', 'warm-up', 'samples', 'judged']);
    // One to see that it is there, two to warm it up, five that count.
    expect(api.requests).toHaveLength(8);
  });

  test('is failed by a threshold it breaks, with the value beside the limit', async () => {
    const api = await server({ behaviour: { delayMs: 30 } });
    const result = await run(options([target(api.url)], { thresholds: ['http_req_duration: max<20ms'] }));
    expect(result).toMatchObject({ verdict: 'fail', failed: true });
    const max = check(result, 'api/http_req_duration/max');
    expect(max.reason).toMatch(/^max is \d+(\.\d+)? ms \(5 samples\), limit < 20 ms$/);
    // Never less than the server took, by more than a timer's tick; a busy machine may take longer.
    expect(Number(max.observed)).toBeGreaterThan(28);
  });

  test('spreads its samples over connections, or keeps one, as told', async () => {
    const [fresh, kept] = [await server(), await server()];
    await run(
      options([
        target(fresh.url, { name: 'fresh', connections: 'new' }),
        target(kept.url, { name: 'kept', connections: 'reuse' }),
      ]),
    );
    expect(fresh.connections).toBe(6);
    expect(kept.connections).toBe(1);
  });
});

describe('a target that does not answer as it should', () => {
  test('nothing listens: not pass, and the reason names the connection error', async () => {
    const gone = await startHttpTarget();
    await gone.close();
    const result = await run(options([target(gone.url)], { thresholds: ['http_req_duration: p(95)<500ms'] }));
    expect(result).toMatchObject({ verdict: 'fail', failed: true });
    expect(check(result, 'api/reachable').reason).toContain('connection refused (ECONNREFUSED)');
    expect(check(result, 'api/http_req_duration/p95')).toMatchObject({ verdict: 'error', observed: null });
  });

  test('quick errors do not pass a threshold on durations', async () => {
    const api = await server();
    // Well when it is looked at first, and never again.
    const flip = setInterval(() => {
      if (api.requests.length > 0) api.behaviour.status = 500;
    }, 1);
    const result = await run(
      options([target(api.url, { intervalMs: 20 })], { thresholds: ['http_req_duration: p(50)<1s'] }),
    );
    clearInterval(flip);
    expect(result.verdict).toBe('fail');
    expect(check(result, 'api/http_req_failed/rate')).toMatchObject({ verdict: 'fail' });
    expect(check(result, 'api/http_req_failed/rate').reason).toContain('answered 500, expected 200-299');
    expect(check(result, 'api/http_req_duration/p50').verdict).not.toBe('fail');
  });

  test('mixed samples are flaky, and fail where no failure is allowed', async () => {
    const api = await server({ behaviour: { failShare: 0.25 } });
    const strict = await run(options([target(api.url, { samples: 8 })]));
    expect(check(strict, 'api/http_req_failed/rate')).toMatchObject({
      verdict: 'fail',
      reason: '2 of 8 samples failed: answered 503, expected 200-299',
    });
    const lax = await run(
      options([target(api.url, { samples: 8 })], { thresholds: ['http_req_failed: rate<50%'] }),
    );
    expect(lax).toMatchObject({ verdict: 'warn', failed: false });
    expect(check(lax, 'api/http_req_failed/rate').reason).toMatch(/^flaky: 2 of 8/);
  });

  test('comes up late: the gate waits for it', async () => {
    const api = await server({ behaviour: { status: 503 } });
    setTimeout(() => {
      api.behaviour.status = 200;
    }, 400);
    const result = await run(options([target(api.url)], { waitTimeoutMs: 10_000 }));
    expect(result.verdict).toBe('pass');
    expect(check(result, 'api/reachable').reason).toMatch(/at attempt \d+ \(before: answered 503/);
  });
});

describe('versions', () => {
  const version = { expected: '2.0.0', place: { kind: 'json', pointer: '/version' } } as const;

  test('waits until the right one answers', async () => {
    const api = await server({ behaviour: { version: '1.9.9' } });
    setTimeout(() => {
      api.behaviour.version = '2.0.0';
    }, 400);
    const result = await run(options([target(api.url, { version })], { waitTimeoutMs: 10_000 }));
    expect(result.verdict).toBe('pass');
    expect(check(result, 'api/version')).toMatchObject({ observed: '2.0.0', verdict: 'pass' });
  });

  test('the old one still answering is the reason, with both', async () => {
    const api = await server({ behaviour: { version: '1.9.9' } });
    const result = await run(options([target(api.url, { version })]));
    expect(result.verdict).toBe('fail');
    expect(check(result, 'api/version').reason).toMatch(
      /^version 1\.9\.9 still answers after .*, expected 2\.0\.0$/,
    );
  });

  test('an old instance behind the balancer is seen in the samples', async () => {
    const api = await server({ behaviour: { version: '2.0.0' } });
    const given = options([target(api.url, { version, samples: 6, intervalMs: 20 })]);
    const flip = setInterval(() => {
      if (api.requests.length === 4) api.behaviour.version = '1.9.9';
      if (api.requests.length === 5) api.behaviour.version = '2.0.0';
    }, 1);
    const result = await run(given);
    clearInterval(flip);
    expect(result.verdict).toBe('fail');
    expect(check(result, 'api/version').reason).toMatch(
      /^another version still answers some samples: 1\.9\.9/,
    );
  });

  test('HTML where JSON was asked says so', async () => {
    const api = await server({ behaviour: { body: '<!doctype html><p>Hello' } });
    const result = await run(options([target(api.url, { version })]));
    expect(check(result, 'api/version').reason).toContain('an HTML page where JSON was expected');
  });
});

describe('redirects', () => {
  test('are followed, and credentials do not go to another host', async () => {
    const [front, back] = [await server(), await server()];
    front.behaviour.redirectTo = `${back.url}/there`;
    const headers = { authorization: 'Bearer secret-token', 'x-key': 'secret-key', accept: '*/*' };
    const result = await run(options([target(front.url, { headers })]));
    expect(result.verdict).toBe('pass');
    expect(front.requests[0]?.headers).toMatchObject({ authorization: 'Bearer secret-token' });
    expect(back.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(back.requests[0]?.headers).not.toHaveProperty('x-key');
  });

  test('to a login page are no clean pass', async () => {
    const api = await server();
    api.paths.set('/dashboard', { redirectTo: '/login?next=dashboard' });
    const result = await run(options([target(`${api.url}/dashboard`)]));
    expect(result.verdict).toBe('warn');
    expect(check(result, 'api/http_req_failed/rate').reason).toContain('5 samples ended at /login');
  });

  test('for ever end', async () => {
    const api = await server({ behaviour: { redirectTo: '/' } });
    const result = await run(options([target(api.url)]));
    expect(check(result, 'api/reachable').reason).toContain('redirected more than 5 times');
  });

  test('can be refused', async () => {
    const api = await server({ behaviour: { redirectTo: '/login' } });
    const result = await run(options([target(api.url, { maxRedirects: 0 })]));
    expect(check(result, 'api/reachable').reason).toContain(
      'answered 302, a redirect, where none is allowed',
    );
  });
});

describe('control target', () => {
  test('silent as well: inconclusive, with that cause', async () => {
    const gone = await startHttpTarget();
    await gone.close();
    const control = target(gone.url, { name: 'control' });
    const result = await run(options([target(gone.url)], { control }));
    expect(result).toMatchObject({ verdict: 'inconclusive', failed: true });
    expect(result.cause).toContain('The control target did not answer either');
  });

  test('answers: the failure counts', async () => {
    const [api, other] = [await server({ behaviour: { fault: 'drop' } }), await server()];
    const result = await run(options([target(api.url)], { control: target(other.url, { name: 'control' }) }));
    expect(result.verdict).toBe('fail');
    expect(other.requests.length).toBeGreaterThan(0);
  });
});

test('an interrupted run ends at once and says so', async () => {
  const api = await server({ behaviour: { fault: 'hang' } });
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Interrupted('SIGTERM')), 100);
  const begun = performance.now();
  const result = await run(options([target(api.url, { timeoutMs: 60_000 })], { waitTimeoutMs: 60_000 }), {
    signal: stop.signal,
  });
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(result).toMatchObject({ verdict: 'error', cause: 'interrupted by SIGTERM', failed: true });
  expect(result.phases).toMatchObject([{ name: 'reachable', outcome: 'interrupted' }]);
});

test('answers out of a cache are no clean pass', async () => {
  const api = await server({ behaviour: { headers: { age: '120', 'x-cache': 'Hit from edge' } } });
  const result = await run(options([target(api.url)]));
  expect(result.verdict).toBe('warn');
  expect(check(result, 'api/http_req_failed/rate').reason).toContain('5 samples came from a cache');
});

test('fail-on decides which verdicts fail the step, whatever worse one hides them', async () => {
  const api = await server({ behaviour: { failShare: 0.25 } });
  const given = { thresholds: ['http_req_failed: rate<50%'], failOn: ['warn'] as const };
  expect(await run(options([target(api.url, { samples: 8 })], given))).toMatchObject({
    verdict: 'warn',
    failed: true,
  });
});
