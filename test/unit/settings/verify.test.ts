import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Problems } from '../../../src/settings/context/problems.ts';
import { parseGuardFile } from '../../../src/settings/guard-file/read.ts';
import { VERIFY_SECTIONS } from '../../../src/settings/guard-file/sections/verify.ts';
import { readInputs } from '../../../src/settings/inputs/read.ts';
import { VERIFY_INPUTS } from '../../../src/settings/inputs/verify.ts';
import { verifyOptions } from '../../../src/settings/verify/options.ts';
import { refusalOf } from '../../support/refusal.ts';

/** Inputs and the text of a guard file, as a run reads them; what it says of targets above all. */
const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(yaml: string, inputs: Record<string, string> = {}, hasMongodbUri = false) {
  const problems = new Problems();
  const values = readInputs(VERIFY_INPUTS, (name) => inputs[name], problems);
  const file =
    yaml === '' ? undefined : parseGuardFile('guard.yml', yaml, z.strictObject(VERIFY_SECTIONS), problems);
  const options = await verifyOptions(values, file?.values ?? {}, problems, {
    environment: 'test',
    dryRun: false,
    pullRequest: false,
    hasMongodbUri,
    locate: file?.locate ?? (() => 'nowhere'),
    resolveSecret: ({ template }) => template,
  });
  problems.throwIfAny();
  if (!options) throw new Error('no options, and no problem');
  return options;
}

const refused = (...given: Parameters<typeof read>) => refusalOf(read(...given));

const A = 'https://a.example/';
/** One target with more keys. */
const target = (more: string) => `targets:\n  - url: ${A}\n    ${more}\n`;

test('every kind of expectation reaches the probe', async () => {
  const [probe] = (
    await read(`
targets:
  - url: ${A}
    expect:
      headers: { X-Served-By: { is-not: old, exists: true } }
      json:
        /status: { contains-not: DOWN, contains: UP }
        $.checks[*].ms: { min: 1, max: 9 }
`)
  ).targets;
  expect(probe?.expectations).toMatchObject([
    { on: 'header', name: 'x-served-by', matcher: { kind: 'is-not', value: 'old' } },
    { on: 'header', name: 'x-served-by', matcher: { kind: 'exists', value: true } },
    { on: 'json', matcher: { kind: 'contains', text: 'UP' } },
    { on: 'json', matcher: { kind: 'contains-not', text: 'DOWN' } },
    { on: 'json', matcher: { kind: 'min', value: 1 } },
    { on: 'json', matcher: { kind: 'max', value: 9 } },
  ]);
});

test('a target’s own options win over the inputs', async () => {
  const [probe] = (
    await read(target('expected-status: [200, "301-302, 4xx"]\n    timeout: 3s\n    interval: 0s'), {
      timeout: '1s',
      'expected-status': '500',
    })
  ).targets;
  expect(probe).toMatchObject({ timeoutMs: 3_000, intervalMs: 0, connections: 'reuse' });
  expect(probe?.expectedStatus).toEqual([
    { from: 200, to: 200 },
    { from: 301, to: 302 },
    { from: 400, to: 499 },
  ]);
});

test('one status alone, and a login', async () => {
  const [probe] = (await read(target('expected-status: 204\n    basic-auth: me:pw'))).targets;
  expect(probe?.expectedStatus).toEqual([{ from: 204, to: 204 }]);
  expect(probe?.headers.authorization).toBe(`Basic ${Buffer.from('me:pw').toString('base64')}`);
});

test('`version: false` leaves one target out of the wait for a version', async () => {
  const yaml = `targets:\n  - { name: a, url: ${A}, version: false }\n  - { name: b, url: ${A} }\n`;
  const { targets } = await read(yaml, { 'expected-version': '1.2.3' });
  expect(targets.map(({ version }) => version?.expected)).toEqual([undefined, '1.2.3']);
});

test('names for what has none: never one of the database’s, each once', async () => {
  const targets = ['http://mongodb/x', 'http://[::1]:3000/', A, `${A}?b=1`, `${A}?b=2`].join('\n');
  expect((await read('', { targets })).targets.map(({ name }) => name)).toEqual([
    'target',
    'target-2',
    'a.example',
    'a.example-2',
    'a.example-3',
  ]);
});

test('metrics alone are something to verify; without a base nothing else is asked', async () => {
  const { app } = await read('', { 'prometheus-url': 'https://me:pw@a.example/metrics' });
  expect(app).not.toHaveProperty('baseUrl');
  expect(app?.prometheusUrl?.href).toBe('https://a.example/metrics');
  expect(app?.headers.authorization).toBe(`Basic ${Buffer.from('me:pw').toString('base64')}`);
});

test('how far a collection may move, both ways; an index by its name', async () => {
  const { thresholds, mongo } = await read(
    'mongodb: { collections: [{ name: orders, change: 5%, indexes: [{ key: { n: 1 }, name: by_n }] }] }\n',
    { baseline: 'compare' },
    true,
  );
  expect(thresholds.filter(({ labels }) => labels.collection === 'orders').map(({ text }) => text)).toEqual([
    'mongodb_collection_documents: value<=+5%',
    'mongodb_collection_documents: value>=-5%',
  ]);
  expect(mongo?.indexes.get('orders')).toEqual([{ key: { n: 1 }, name: 'by_n' }]);
});

describe('a target of the guard file is refused at its place', () => {
  test.each<[string, string, RegExp]>([
    ['an address', 'targets:\n  - url: ftp://a.example/\n', /^guard\.yml:2:5: 'ftp:.*is not http or https/],
    ['an address alone', 'targets:\n  - nonsense\n', /^guard\.yml:2:5: 'nonsense' is no URL/],
    ['a name', target('name: mongodb'), /^guard\.yml:3:5: 'mongodb' names the database's own checks/],
    ['a name alone', `targets:\n  - "*=${A}"\n`, /^guard\.yml:2:5: '\*' is no name for a target/],
    [
      'HEAD, with a body to look at',
      target('method: HEAD\n    expect: { text: ok }'),
      /^guard\.yml:3:5: the answer to HEAD has no body to check/,
    ],
    [
      'HEAD, with a version in the body',
      target('method: HEAD\n    version: { expected: "1", path: /v }'),
      /^guard\.yml:3:5: the answer to HEAD has no body to check/,
    ],
    [
      'no time at all',
      target('timeout: 0s'),
      /^guard\.yml:3:5: '0s' is out of range; .* from 1 ms to 600,000 ms/,
    ],
    ['weeks for a probe', target('timeout: 2000h'), /^guard\.yml:3:5: '2000h' is out of range/],
    ['weeks between probes', target('interval: 2000h'), /^guard\.yml:3:5: '2000h' is out of range/],
    ['a login without a password', target('basic-auth: me'), /^guard\.yml:3:5: is not `user:password`/],
    ['a status', target('expected-status: [200, 20]'), /^guard\.yml:3:5: '20' is no status code or range/],
    [
      'a folder as a certificate',
      target(`tls-ca: ${folder}`),
      /^guard\.yml:3:5: cannot read .*: it is a directory/,
    ],
    ['a certificate that is not there', target('tls-ca: /nowhere.pem'), /cannot read \/nowhere\.pem: ENOENT/],
    [
      'a pattern within a condition',
      target('expect: { json: { /v: { matches: "(" } } }'),
      /^guard\.yml:3:\d+: '\(' is no pattern: /,
    ],
    ['a pointer', target('expect: { json: { /a~b: 1 } }'), /^guard\.yml:3:\d+: '\/a~b' is no JSON Pointer/],
  ])('%s', async (_name, yaml, message) => expect(await refused(yaml)).toMatch(message));

  test('HEAD may look at headers, and find its version in one', async () => {
    const yaml = target(
      'method: HEAD\n    expect: { headers: { etag: { exists: true } } }\n    version: { expected: "1", header: X-V }',
    );
    expect((await read(yaml)).targets[0]).toMatchObject({
      method: 'HEAD',
      version: { place: { kind: 'header', name: 'x-v' } },
    });
  });
});

describe('inputs that cannot be together, or mean nothing, are refused', () => {
  test.each<[Record<string, string>, RegExp]>([
    [{ 'expected-version': '1' }, /^expected-version: there is nothing to read the version from/],
    [
      { targets: A, 'version-header': 'X-V', 'version-pattern': '(.*)' },
      /^version-pattern: the input `version-header` is given as well/,
    ],
    [
      { targets: A, 'expected-version': '1', 'version-pattern': '(' },
      /^version-pattern: '\(' is no pattern: /,
    ],
    [{ targets: A, headers: '__proto__: x' }, /^headers: '__proto__' is no name of a header/],
    [
      { targets: A, thresholds: 'app_cpu: value<50%' },
      /needs what the service says of itself\n.*`health-base-url`/,
    ],
    [
      { targets: A, thresholds: 'http_req_failed{target:a,target:b}: rate==0' },
      /label `target` is given twice\n.*\n +\^{6}$/,
    ],
    [
      { 'health-base-url': A, thresholds: 'http_req_failed: rate==0' },
      /^thresholds: `http_req_failed: rate==0` needs a target/,
    ],
    [
      { targets: `api=${A}\nweb=${A}`, thresholds: 'http_req_failed{target:zzzzzzzz}: rate==0' },
      /there is no target 'zzzzzzzz'\n +The targets are: api, web\./,
    ],
  ])('%j', async (inputs, message) => expect(await refused('', inputs)).toMatch(message));
});
