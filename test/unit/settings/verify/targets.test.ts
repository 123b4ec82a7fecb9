import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Problems } from '../../../../src/settings/context/problems.ts';
import { parseGuardFile } from '../../../../src/settings/guard-file/read.ts';
import { VERIFY_SECTIONS } from '../../../../src/settings/guard-file/sections/verify.ts';
import { readInputs } from '../../../../src/settings/inputs/read.ts';
import { VERIFY_INPUTS } from '../../../../src/settings/inputs/verify.ts';
import { verifyOptions } from '../../../../src/settings/verify/options.ts';
import { refusalsOf, settingsContext } from '../../../support/settings.ts';

/** Inputs and the text of a guard file, as a run reads them; what it says of targets above all. */
const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(yaml: string, inputs: Record<string, string> = {}, hasMongodbUri = false) {
  const problems = new Problems();
  const values = readInputs(VERIFY_INPUTS, (name) => inputs[name], problems);
  const file =
    yaml === '' ? undefined : parseGuardFile('guard.yml', yaml, z.strictObject(VERIFY_SECTIONS), problems);
  const context = settingsContext({
    problems,
    hasMongodbUri,
    ...(file === undefined ? {} : { locate: file.locate }),
  });
  const options = await verifyOptions(values, file?.values ?? {}, context);
  problems.throwIfAny();
  if (!options) throw new Error('no options, and no problem');
  return options;
}

const refused = (...given: Parameters<typeof read>) => refusalsOf(read(...given));

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
  test.each<[string, string, string]>([
    ['an address of another protocol', 'targets:\n  - url: ftp://a.example/\n', '2:5 not-http'],
    ['an address alone', 'targets:\n  - nonsense\n', '2:5 not-a-url'],
    ['a reserved name', target('name: mongodb'), '3:5 reserved-target-name'],
    ['a name alone', `targets:\n  - "*=${A}"\n`, '2:5 not-a-target-name'],
    ['HEAD with an expected body', target('method: HEAD\n    expect: { text: ok }'), '3:5 head-without-body'],
    [
      'HEAD with a version in the body',
      target('method: HEAD\n    version: { expected: "1", path: /v }'),
      '3:5 head-without-body',
    ],
    ['a body for GET', target('body: x'), '3:5 body-without-method'],
    ['a timeout of zero', target('timeout: 0s'), '3:5 out-of-range'],
    ['a timeout of weeks', target('timeout: 2000h'), '3:5 out-of-range'],
    ['an interval of weeks', target('interval: 2000h'), '3:5 out-of-range'],
    ['a login without a password', target('basic-auth: me'), '3:5 not-a-login'],
    ['two logins', target('basic-auth: me:pw\n    bearer-token: x'), '2:5 given-twice'],
    ['a status', target('expected-status: [200, 20]'), '3:5 not-a-status'],
    ['a folder as a certificate', target(`tls-ca: ${folder}`), '3:5 unreadable-file'],
    ['a missing certificate', target('tls-ca: /nowhere.pem'), '3:5 unreadable-file'],
    ['a version without the expected one', target('version: { path: /v }'), '3:5 no-expected-version'],
    [
      'a pattern within a condition',
      target('expect: { json: { /v: { matches: "(" } } }'),
      '3:23 not-a-pattern',
    ],
    ['a pointer', target('expect: { json: { /a~b: 1 } }'), '3:23 not-a-json-pointer'],
    ['a JSONPath', target('expect: { json: { "$[": 1 } }'), '3:23 not-a-json-path'],
  ])('%s', async (_name, yaml, refusal) => expect(await refused(yaml)).toEqual([`guard.yml:${refusal}`]));

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

describe('inputs that exclude each other, or have no meaning alone, are refused', () => {
  test.each<[Record<string, string>, string]>([
    [{ 'expected-version': '1', 'prometheus-url': A }, 'expected-version no-source-of-version'],
    [{ targets: A, 'version-header': 'X-V', 'version-pattern': '(.*)' }, 'version-pattern given-twice'],
    [{ targets: A, 'expected-version': '1', 'version-pattern': '(' }, 'version-pattern not-a-pattern'],
    [{ targets: A, headers: '__proto__: x' }, 'headers not-a-header-name'],
    [{ targets: A, thresholds: 'app_cpu: value<50%' }, 'thresholds needs-app-metrics'],
    [{ targets: A, thresholds: 'http_req_failed{target:a,target:b}: rate==0' }, 'thresholds threshold'],
    [{ 'health-base-url': A, thresholds: 'http_req_failed: rate==0' }, 'thresholds needs-target'],
    [
      { targets: `api=${A}\nweb=${A}`, thresholds: 'http_req_failed{target:zzzzzzzz}: rate==0' },
      'thresholds unknown-target',
    ],
  ])('%j', async (inputs, refusal) => expect(await refused('', inputs)).toEqual([refusal]));
});
