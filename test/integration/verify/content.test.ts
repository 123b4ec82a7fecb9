import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Problems } from '../../../src/settings/context/problems.ts';
import { parseGuardFile } from '../../../src/settings/guard-file/read.ts';
import { VERIFY_SECTIONS } from '../../../src/settings/guard-file/sections/verify.ts';
import { readInputs } from '../../../src/settings/inputs/read.ts';
import { VERIFY_INPUTS } from '../../../src/settings/inputs/verify.ts';
import { verifyOptions } from '../../../src/settings/verify/options.ts';
import { type HttpTarget, type HttpTargetOptions, startHttpTarget } from '../../support/http-target.ts';
import { settingsContext } from '../../support/settings.ts';
import { run } from './options.ts';

const open: HttpTarget[] = [];
async function server(given: HttpTargetOptions = {}): Promise<HttpTarget> {
  const started = await startHttpTarget(given);
  open.push(started);
  return started;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((started) => started.close()));
});

/** From the text of a guard file to the verdict, with quick inputs. */
async function gate(yaml: string, inputs: Record<string, string> = {}, env: Record<string, string> = {}) {
  const problems = new Problems();
  const file = parseGuardFile('guard.yml', yaml, z.strictObject(VERIFY_SECTIONS), problems);
  problems.throwIfAny();
  const raw: Record<string, string> = {
    samples: '3',
    warmup: '0',
    interval: '0s',
    'wait-timeout': '0s',
    timeout: '2s',
    ...inputs,
  };
  const options = await verifyOptions(
    readInputs(VERIFY_INPUTS, (name) => raw[name], problems),
    file?.values ?? {},
    settingsContext({ problems, env, ...(file === undefined ? {} : { locate: file.locate }) }),
  );
  problems.throwIfAny();
  if (!options) throw new Error('no options');
  return run(options);
}

const body = {
  status: 'UP',
  version: '2.1.0',
  queue: 7,
  checks: [
    { name: 'db', ok: true },
    { name: 'cache', ok: true },
  ],
};

describe('what an answer must hold', () => {
  test.each([
    ['json: { /status: UP }', undefined],
    ['json: { /status: DOWN }', '/status is "UP", expected "DOWN"'],
    ['json: { /checks/0/ok: true, /queue: { min: 5, max: 10 } }', undefined],
    ['json: { /queue: { max: 5 } }', '/queue is 7, expected at most 5'],
    ['json: { /missing: 1 }', '/missing is missing'],
    ['json: { /missing: { exists: false } }', undefined],
    ['json: { "$.checks[*].ok": true }', undefined],
    [
      'json: { "$.checks[?@.name == \'db\'].ok": false }',
      "$.checks[?@.name == 'db'].ok is true, expected false",
    ],
    ['json: { "$.nothing[*]": 1 }', '$.nothing[*] is missing'],
    ['text: [UP, "2.1.0"]', undefined],
    ['text: DOWN', 'the body does not contain "DOWN"'],
    ['not-text: UP', 'the body contains "UP", and must not'],
    ['matches: \'"version":"2\\.\\d+\'', undefined],
    ["matches: '(a+)+$'", 'the body does not match (a+)+$'],
    ['headers: { content-type: { contains: json } }', undefined],
    ['headers: { X-Missing: here }', 'the header x-missing is missing'],
    [
      'headers: { content-type: { matches-not: json } }',
      'the header content-type matches json, and must not',
    ],
  ])('%s', async (expectation, reason) => {
    const api = await server({ behaviour: { body } });
    const result = await gate(
      `targets:\n  - url: ${api.url}/health\n    name: api\n    expect:\n      ${expectation}\n`,
    );
    if (reason === undefined) expect(result.verdict).toBe('pass');
    else expect(result.checks[0]).toMatchObject({ verdict: 'fail', reason: expect.stringContaining(reason) });
  });

  test('a pattern that would hang a backtracking engine ends at once', async () => {
    const api = await server({ behaviour: { body: `${'a'.repeat(50_000)}!` } });
    const begun = performance.now();
    const result = await gate(`targets:\n  - { url: "${api.url}", expect: { matches: '^(a+)+$' } }\n`);
    expect(result.verdict).toBe('fail');
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  test('HTML where JSON was asked says so', async () => {
    const api = await server({
      behaviour: { body: '<html>Log in', headers: { 'content-type': 'text/html' } },
    });
    const result = await gate(`targets:\n  - { url: "${api.url}", expect: { json: { /status: UP } } }\n`);
    expect(result.checks[0]?.reason).toContain('an HTML page where JSON was expected');
  });
});

describe('per-target options', () => {
  test('method, body, headers and credentials are sent; secrets come from the environment', async () => {
    const api = await server();
    const result = await gate(
      `targets:
  - name: api
    url: ${api.url}/graphql
    method: POST
    headers: { X-Key: "\${KEY}", content-type: application/json }
    basic-auth: user:\${PASSWORD}
    body: '{"query": "{ping}"}'
    samples: 2
`,
      {},
      { KEY: 'key-from-env', PASSWORD: 'secret-word' },
    );
    expect(result.verdict).toBe('pass');
    expect(api.requests[0]).toMatchObject({
      method: 'POST',
      path: '/graphql',
      headers: {
        'x-key': 'key-from-env',
        'content-length': '19',
        authorization: `Basic ${Buffer.from('user:secret-word').toString('base64')}`,
      },
    });
    expect(api.requests).toHaveLength(3);
  });

  test('versions in a header and in text', async () => {
    const api = await server({ behaviour: { body: 'build v7-abc', headers: { 'x-version': '7' } } });
    const place = (text: string) => `targets:\n  - { name: api, url: "${api.url}", version: { ${text} } }\n`;
    expect((await gate(place("expected: '7', header: X-Version"))).verdict).toBe('pass');
    expect((await gate(place("expected: v7-abc, pattern: 'build (\\S+)'"))).verdict).toBe('pass');
    const old = await gate(place("expected: '8', header: X-Version"));
    expect(old.checks[1]?.reason).toContain('version 7 still answers');
    expect(
      (await gate(`targets: ["api=${api.url}"]`, { 'expected-version': '7', 'version-header': 'x-version' }))
        .verdict,
    ).toBe('pass');
  });

  test('HTTP/2 is spoken where it is asked for, and missed where it is not there', async () => {
    const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
    const folder = await mkdtemp('/tmp/deploy-guard-ca-');
    try {
      const [both, old] = [await server({ tls: 'valid', http2: true }), await server({ tls: 'valid' })];
      await writeFile(`${folder}/ca.pem`, both.ca ?? '');
      const yaml = (url: string, version: string) =>
        `targets:\n  - { name: api, url: "${url}", tls-ca: ${folder}/ca.pem, http-version: "${version}" }\nthresholds: ['tls_cert_expiry: value>24h']\n`;
      expect((await gate(yaml(both.url, '2'))).verdict).toBe('pass');
      expect(both.requests.every(({ httpVersion }) => httpVersion === '2.0')).toBe(true);
      expect((await gate(yaml(both.url, '1.1'))).verdict).toBe('pass');
      expect(both.requests.at(-1)?.httpVersion).toBe('1.1');
      const missed = await gate(yaml(old.url, '2'));
      expect(missed.checks[0]?.reason).toContain('answered over http/1.1, expected HTTP/2');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    ['{ url: "http://a.example", body: x }', 'guard.yml:2:32: a GET request has no body'],
    ['{ url: "http://a.example", expect: { matches: "(?=x)" } }', 'is not a pattern'],
    [
      '{ url: "http://a.example", expect: { json: { status: UP } } }',
      'neither a JSON Pointer nor a JSONPath',
    ],
    ['{ url: "http://a.example", expected-status: 2000 }', 'is not a status code or range'],
    ['{ url: "http://a.example", tls-ca: /nowhere.pem }', 'cannot read /nowhere.pem'],
    [
      '{ url: "http://a.example", bearer-token: a, basic-auth: "b:c" }',
      'gives `Authorization` more than once',
    ],
    [
      '{ url: "http://a.example", version: { header: a, path: /b, expected: c } }',
      'names more than one place',
    ],
    ['{ url: "http://a.example", version: { header: a } }', 'but not which'],
    ['{ url: "http://a.example", timeuot: 5s }', 'Did you mean `timeout`?'],
    ['{ url: "http://a.example", timeout: 5 }', 'guard.yml:2:'],
    ['{ url: "http://a.example", method: HEAD, expect: { text: a } }', 'has no body to check'],
    ['"a b=ftp://x"', 'is not http or https'],
  ])('%s is refused', async (target, message) => {
    await expect(gate(`targets:\n  - ${target}\n`)).rejects.toThrow(message);
  });
});

describe('retries', () => {
  test('a sample that passed only when tried again is told as such, and is no clean pass', async () => {
    const api = await server({ behaviour: { failShare: 0.25 } });
    const result = await gate(`targets: ["api=${api.url}"]`, { retries: '2', samples: '6' });
    expect(result).toMatchObject({ verdict: 'warn', failed: false });
    expect(result.checks.find(({ metric }) => metric === 'http_req_failed')).toMatchObject({
      verdict: 'warn',
      attempts: 2,
      reason: expect.stringMatching(
        /^0 of 6 samples failed; \d samples? passed after 2 attempts: answered 503/,
      ),
    });
  });

  test('what fails each time still fails', async () => {
    const api = await server();
    const flip = setInterval(() => {
      if (api.requests.length > 0) api.behaviour.status = 500;
    }, 1);
    const result = await gate(`targets: ["api=${api.url}"]`, {
      retries: '1',
      samples: '2',
      warmup: '1',
      interval: '20ms',
    });
    clearInterval(flip);
    expect(result.verdict).toBe('fail');
  });
});

describe('a firewall that refuses the runner', () => {
  test('at every target: inconclusive, with that cause', async () => {
    const refuse = {
      status: 403,
      headers: { 'cf-mitigated': 'challenge', server: 'cloudflare' },
      body: 'no',
    };
    const [a, b] = [await server({ behaviour: refuse }), await server({ behaviour: refuse })];
    const result = await gate(`targets: ["a=${a.url}", "b=${b.url}"]`);
    expect(result).toMatchObject({ verdict: 'inconclusive', failed: true });
    expect(result.cause).toContain('403 by Cloudflare');
  });

  test('at one of two targets: that one fails', async () => {
    const [a, b] = [
      await server({ behaviour: { status: 403, headers: { 'x-amzn-waf-action': 'captcha' } } }),
      await server(),
    ];
    expect((await gate(`targets: ["a=${a.url}", "b=${b.url}"]`)).verdict).toBe('fail');
  });

  test("an app's own 403 is its own", async () => {
    const api = await server({ behaviour: { status: 403, headers: { server: 'cloudflare' } } });
    expect((await gate(`targets: ["api=${api.url}"]`)).verdict).toBe('fail');
  });
});
