import { describe, expect, test } from 'vitest';
import type { SettingsFacts } from '../../../../src/settings/context/settings-context.ts';
import { inputSecrets, readInputs } from '../../../../src/settings/inputs/read.ts';
import { VERIFY_INPUTS } from '../../../../src/settings/inputs/verify.ts';
import { verifyOptions } from '../../../../src/settings/verify/options.ts';
import { formatProblem } from '../../../../src/support/problem.ts';
import { problemsOf, refusalsOf, settingsContext } from '../../../support/settings.ts';

const URL_ONE = 'https://api.example.com/health';

async function read(
  raw: Record<string, string>,
  { file = {}, ...facts }: Partial<SettingsFacts> & { file?: Parameters<typeof verifyOptions>[1] } = {},
) {
  const context = settingsContext(facts);
  const inputs = readInputs(VERIFY_INPUTS, (name) => raw[name], context.problems);
  context.problems.throwIfAny();
  const options = await verifyOptions(inputs, file, context);
  context.problems.throwIfAny();
  if (!options) throw new Error('no options, and no problem');
  return options;
}

const refused = (...given: Parameters<typeof read>) => refusalsOf(read(...given));
const words = async (...given: Parameters<typeof read>) =>
  (await problemsOf(read(...given))).map((problem) => formatProblem(problem)).join('\n');

describe('targets', () => {
  test('with and without names', async () => {
    const { targets } = await read({
      targets: `api=${URL_ONE}?a=b\n\n  http://localhost:3000/?x=1 \nhttp://localhost:3000/?x=2`,
    });
    expect(targets.map(({ name, url }) => [name, url.href])).toEqual([
      ['api', `${URL_ONE}?a=b`],
      ['localhost-3000', 'http://localhost:3000/?x=1'],
      ['localhost-3000-2', 'http://localhost:3000/?x=2'],
    ]);
  });

  test('user info becomes a header of that target alone', async () => {
    const { targets } = await read({
      targets: `a=https://user:p%40ss@example.com/\nb=${URL_ONE}`,
      'bearer-token': 'token-1',
    });
    expect(targets[0]?.url.href).toBe('https://example.com/');
    expect(targets[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(targets[1]?.headers.authorization).toBe('Bearer token-1');
  });

  test.each([
    ['nonsense', 'not-a-url'],
    ['ftp://example.com/', 'not-http'],
    ['https://user:hunter2@exa mple.com/?token=abc', 'not-a-url'],
    [`a=${URL_ONE}\na=${URL_ONE}`, 'target-twice'],
    [`mongodb=${URL_ONE}`, 'reserved-target-name'],
    [`*=${URL_ONE}`, 'not-a-target-name'],
  ])('%s is refused', async (targets, code) => {
    expect(await refused({ targets })).toEqual([`targets ${code}`]);
  });

  test('an address is shown without user info and query', async () => {
    expect(await words({ targets: 'https://user:hunter2@exa mple.com/?token=abc' })).toBe(
      "targets: 'https://***@exa mple.com/?…' is not a URL\n  Write one such as `https://api.example.com/health`.",
    );
  });

  test('nothing to verify is refused', async () => {
    expect(await refused({})).toEqual(['targets nothing-to-verify']);
  });
});

describe('secrets', () => {
  test('user info, query values, header values and tokens are masked', async () => {
    const raw: Record<string, string> = {
      targets: 'api=https://user:hunter22@example.com/?token=query-secret&b=2',
      headers: 'X-Api-Key: header-secret\nAuthorization: Bearer inner-token',
      'bearer-token': 'bearer-secret',
    };
    const secrets = inputSecrets(VERIFY_INPUTS, (name) => raw[name]);
    for (const secret of ['hunter22', 'query-secret', 'header-secret', 'inner-token', 'bearer-secret']) {
      expect(secrets).toContain(secret);
    }
    expect(inputSecrets(VERIFY_INPUTS, (name) => (name === 'targets' ? URL_ONE : undefined))).toEqual([]);
  });

  test('a header that is nothing but a secret is not shown', async () => {
    const shown = async (headers: string) =>
      JSON.stringify(await problemsOf(read({ targets: URL_ONE, headers })));
    expect(await shown('hunter2-hunter2')).toMatch(/not-a-header(?!.*hunter2)/);
    expect(await shown('X-Key: hunter2\u0001')).toMatch(/not-a-header-value(?!.*hunter2)/);
  });
});

describe('headers and statuses', () => {
  test('parse', async () => {
    const [target] = (
      await read({
        targets: URL_ONE,
        headers: 'X-Key: a: b',
        'expected-status': '2xx, 301\n400-404',
      })
    ).targets;
    expect(target?.headers).toMatchObject({ 'x-key': 'a: b' });
    expect(target?.expectedStatus).toEqual([
      { from: 200, to: 299 },
      { from: 301, to: 301 },
      { from: 400, to: 404 },
    ]);
  });

  test.each([
    [{ headers: 'Content-Length: 5' }, 'headers header-of-connection'],
    [{ headers: 'A: 1\na: 2' }, 'headers header-twice'],
    [{ headers: 'Authorization: x', 'bearer-token': 'y' }, 'bearer-token given-twice'],
    [{ 'expected-status': '299-200' }, 'expected-status not-a-status'],
    [{ 'expected-status': '99' }, 'expected-status not-a-status'],
    [{ 'expected-status': ',' }, 'expected-status empty-list'],
    [{ 'fail-on': ',' }, 'fail-on empty-list'],
    [{ 'fail-on': 'pass' }, 'fail-on unknown-choice'],
    [{ 'version-path': '/a~b' }, 'version-path not-a-json-pointer'],
    [{ interval: '1' }, 'interval not-a-duration'],
    [{ samples: '0' }, 'samples not-an-integer'],
    [{ 'control-target': 'file:///etc/passwd' }, 'control-target not-http'],
  ])('%j is refused', async (raw, refusal) => {
    expect(await refused({ targets: URL_ONE, ...raw } as Record<string, string>)).toEqual([refusal]);
  });
});

describe('thresholds', () => {
  test('failures, certificates and the database are judged even without a threshold', async () => {
    const texts = async (raw: Record<string, string>, hasMongodbUri = false) =>
      (await read(raw, { hasMongodbUri })).thresholds.map(({ text, labels, implied }) => [
        text,
        labels.target,
        implied,
      ]);
    const all = await texts({ targets: URL_ONE }, true);
    expect(all.slice(0, 3)).toEqual([
      ['http_req_failed: rate==0', undefined, true],
      ['tls_cert_expiry: warn value>168h', undefined, true],
      ['mongodb_up: rate==1', undefined, true],
    ]);
    // Diagnostics that nobody asked for warn at most.
    for (const [text] of all.slice(3)) expect(text).toMatch(/^mongodb_\w+: warn /);
    expect(all.length).toBeGreaterThan(8);
    expect(await texts({ targets: 'http://a.example/', thresholds: 'http_req_failed: rate<5%' })).toEqual([
      ['http_req_failed: rate<5%', undefined, undefined],
    ]);
    // One of your own for one target leaves the other with what is implied.
    expect(
      await texts({
        targets: 'a=http://a.example/\nb=http://b.example/',
        thresholds: 'http_req_failed{target:a}: rate<5%',
      }),
    ).toEqual([
      ['http_req_failed: rate==0', 'b', true],
      ['http_req_failed{target:a}: rate<5%', 'a', undefined],
    ]);
  });

  test('a warning of your own does not take the place of a limit that fails', async () => {
    const thresholds =
      'http_req_failed: warn rate==0\nmongodb_up: warn rate==1\nmongodb_open_cursors: warn value<5';
    const all = (await read({ targets: URL_ONE, thresholds }, { hasMongodbUri: true })).thresholds;
    const implied = all.filter((threshold) => threshold.implied).map(({ text }) => text);
    expect(implied).toContain('http_req_failed: rate==0');
    expect(implied).toContain('mongodb_up: rate==1');
    expect(implied.join()).not.toContain('mongodb_open_cursors');
  });

  test.each([
    ['http_req_duration{target:apo}: avg<1s', 'unknown-target'],
    ['mongodb_up: rate==1', 'needs-mongodb'],
    ['tls_cert_expiry: value>1h', 'needs-https'],
    ['http_req_duration: avg<=+10%', 'needs-baseline'],
    ['http_req_duration: p95<1s', 'threshold'],
  ])('%s is refused', async (thresholds, code) => {
    expect(await refused({ targets: 'api=http://api.example/', thresholds })).toEqual([`thresholds ${code}`]);
  });

  test('a problem is worded with the threshold, a caret or the nearest name', async () => {
    const of = (thresholds: string) => words({ targets: 'api=http://api.example/', thresholds });
    expect(await of('http_req_duration{target:apo}: avg<1s')).toBe(
      "thresholds: `http_req_duration{target:apo}: avg<1s` names the target 'apo', which does not exist\n  Did you mean 'api'?",
    );
    expect(await of('http_req_duration: p95<1s')).toContain('                       ^^^\n  Write `p(95)`.');
    expect(await of('mongodb_up: rate==1')).toBe(
      'thresholds: `mongodb_up: rate==1` needs MongoDB\n  Give `mongodb-uri`.',
    );
  });

  test('a comparison does not take the place of a limit: before there is a baseline it judges nothing', async () => {
    const thresholds =
      'http_req_failed: rate<=+1%\nmongodb_up: rate>=-1%\nmongodb_replication_lag: value<=+10%';
    const all = (await read({ targets: URL_ONE, thresholds, baseline: 'compare' }, { hasMongodbUri: true }))
      .thresholds;
    const implied = all.filter((threshold) => threshold.implied).map(({ text }) => text);
    expect(implied).toContain('http_req_failed: rate==0');
    expect(implied).toContain('mongodb_up: rate==1');
    expect(implied).toContain('mongodb_replication_lag: warn value<10s');
  });

  test.each([
    ['mongodb_missing_indexes: value==0', 'needs-indexes'],
    ['mongodb_unexpected_indexes: value==0', 'needs-indexes'],
    ['mongodb_unused_indexes: value==0', 'needs-collections'],
  ])('%s without what it measures is refused', async (thresholds, code) => {
    expect(await refused({ targets: URL_ONE, thresholds }, { hasMongodbUri: true })).toEqual([
      `thresholds ${code}`,
    ]);
    const file = { mongodb: { collections: [{ name: 'orders', indexes: [{ n: 1 as const }] }] } };
    expect((await read({ targets: URL_ONE, thresholds }, { hasMongodbUri: true, file })).mongo).toBeDefined();
  });

  test('indexes of the guard file are asked for: that they cannot be looked at is no skip', async () => {
    const file = { mongodb: { collections: [{ name: 'orders', indexes: [{ n: 1 as const }] }] } };
    const { thresholds } = await read({ targets: URL_ONE }, { hasMongodbUri: true, file });
    const of = (metric: string) => thresholds.find((threshold) => threshold.metric === metric);
    expect(of('mongodb_missing_indexes')).toMatchObject({ implied: false });
    expect(of('mongodb_unexpected_indexes')).toMatchObject({ implied: true });
  });

  test('of the guard file: inputs win, mistakes name the place', async () => {
    const file = { thresholds: ['http_req_duration: avg<1s', 'http_req_duration: avg<1km'] };
    expect(await refused({ targets: URL_ONE }, { file })).toEqual(['guard.yml:thresholds.1 threshold']);
    const { thresholds } = await read(
      { targets: URL_ONE, thresholds: 'http_req_duration: avg<2s' },
      { file },
    );
    expect(thresholds.map(({ text }) => text)).toContain('http_req_duration: avg<2s');
    expect(thresholds.map(({ text }) => text)).not.toContain('http_req_duration: avg<1s');
  });

  test('expectations of MongoDB without a URI are refused, not skipped', async () => {
    expect(await refused({ targets: URL_ONE }, { file: { mongodb: { collections: ['orders'] } } })).toEqual([
      'guard.yml:mongodb needs-mongodb',
    ]);
  });
});

describe('what the guard file expects of the server', () => {
  const of = (mongodb: object) => read({}, { hasMongodbUri: true, file: { mongodb } });

  test('reaches the options; ranges are read as npm reads them, builds of a distribution included', async () => {
    const { mongo } = await of({
      version: '>=7.0 <9',
      topology: 'replica-set',
      'feature-compatibility-version': '7.0',
    });
    expect(mongo).toMatchObject({ topology: 'replica-set', featureCompatibilityVersion: '7.0' });
    const verdicts = ['6.0.16', '7.0.0', '7.0.14-8', '8.2.1', '9.0.0', '4.4', 'strange'].map((version) => [
      version,
      mongo?.version?.includes(version),
    ]);
    expect(verdicts).toEqual([
      ['6.0.16', false],
      ['7.0.0', true],
      ['7.0.14-8', true],
      ['8.2.1', true],
      ['9.0.0', false],
      ['4.4', false],
      ['strange', false],
    ]);
    const either = (await of({ version: '7.x || 8.0.x' })).mongo?.version;
    expect([either?.includes('7.3.2'), either?.includes('8.0.4'), either?.includes('8.1.0')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('a text that is not a range of versions is refused with its place', async () => {
    expect(await refused({}, { hasMongodbUri: true, file: { mongodb: { version: 'newest' } } })).toEqual([
      'guard.yml:mongodb.version not-a-version-range',
    ]);
  });
});

test('settings of the guard file that an input replaces are a notice', async () => {
  const file = { targets: [{ template: 'https://b.example/' }], thresholds: ['http_req_duration: avg<1s'] };
  const both = await read(
    { targets: URL_ONE, thresholds: 'http_req_duration: avg<2s' },
    { file: file as never },
  );
  expect(both.notices).toEqual([
    'The input `targets` is given, so the targets of the guard file, with their options, are not used.',
    'The input `thresholds` is given, so those of the guard file are not used.',
  ]);
  expect((await read({ targets: '' }, { hasMongodbUri: true })).notices).toEqual([
    'No target is given, so no address of the service is probed.',
  ]);
  expect((await read({ targets: URL_ONE })).notices).toEqual([]);
});

test('what the guard file expects of collections becomes thresholds', async () => {
  const collections = [
    'users',
    {
      name: 'orders',
      min: 10,
      max: 1_000,
      indexes: [{ customer_id: 1 as const }, { key: { n: -1 as const }, unique: true }],
    },
  ];
  const { mongo, thresholds } = await read({}, { hasMongodbUri: true, file: { mongodb: { collections } } });
  expect(mongo?.collections).toEqual(['users', 'orders']);
  expect(mongo?.indexes.get('orders')).toEqual([
    { key: { customer_id: 1 } },
    { key: { n: -1 }, unique: true },
  ]);
  expect(thresholds.filter(({ labels }) => labels.collection === 'orders').map(({ text }) => text)).toEqual([
    'mongodb_collection_documents: value>=10',
    'mongodb_collection_documents: value<=1000',
  ]);
  expect(thresholds.find(({ metric }) => metric === 'mongodb_missing_indexes')?.fail).toMatchObject({
    value: 0,
  });
  const twice = { mongodb: { collections: ['a', { name: 'a', min: 5, max: 2 }] } };
  expect(await refused({}, { hasMongodbUri: true, file: twice })).toEqual([
    'guard.yml:mongodb.collections.1 collection-twice',
    'guard.yml:mongodb.collections.1.min min-above-max',
  ]);
});

test('the control target gets none of the headers', async () => {
  const { control } = await read({
    targets: URL_ONE,
    'bearer-token': 'secret-1',
    'control-target': 'https://example.com/',
  });
  expect(control?.headers).not.toHaveProperty('authorization');
});
