import { describe, expect, test } from 'vitest';
import type { Check } from '../../../src/report/schema.ts';
import { appChecks } from '../../../src/verify/judge/app.ts';
import { judge } from '../../../src/verify/judge/judge.ts';
import { SampleSet } from '../../../src/verify/metrics/samples.ts';
import { Failures, type TargetOutcome } from '../../../src/verify/model/outcome.ts';
import { down, failures, MINUTE, mongo, service, target, threshold, up } from './judge-builders.ts';

const shared = { kind: 'app', target: 'service', unit: '', attempts: 1 };
const appCheck = (app: Parameters<typeof appChecks>[0], id: string) =>
  appChecks(app, MINUTE).find((check) => check.id === id);

describe('a service of several instances', () => {
  test('one that was not healthy meanwhile fails, and the reasons are counted', () => {
    const lapses = failures('it calls itself unhealthy', 'it calls itself unhealthy', 'status 503');
    expect(appCheck(service({}, { lapses, glances: 9 }), 'service:steady')).toStrictEqual({
      ...shared,
      id: 'service:steady',
      metric: 'steady',
      observed: 3,
      threshold: '== 0',
      samples: 9,
      verdict: 'fail',
      reason:
        'not healthy in 3 of 9 readings during the samples: 2 × it calls itself unhealthy; 1 × status 503',
      hint: 'Is one of several instances broken, or does it come and go?',
    });
    expect(appCheck(service({}, { lapses: failures('x'), glances: 1 }), 'service:steady')?.reason).toBe(
      'not healthy in 1 of 1 reading during the samples: x',
    );
  });

  test('healthy all the time, or without health: nothing is said of it', () => {
    expect(appCheck(service({}, { glances: 9 }), 'service:steady')).toBeUndefined();
    expect(
      appCheck(service({}, { hasHealth: false, lapses: failures('x'), glances: 9 }), 'service:steady'),
    ).toBeUndefined();
  });

  test('a version that answered meanwhile is counted with the one that answers last', () => {
    const version = { ...up, expected: '2', seen: '2' };
    const reason = (otherVersions: [string, number][], last?: string) =>
      appCheck(
        service(last === undefined ? {} : { version: last }, {
          version,
          otherVersions: new Map(otherVersions),
        }),
        'service:version',
      )?.reason;
    expect(reason([['1', 2]], '1')).toBe('another version still answers some samples: 1 (3×); expected 2');
    expect(reason([['1', 2]], '2')).toBe('another version still answers some samples: 1 (2×); expected 2');
    expect(reason([], '1')).toBe('another version still answers some samples: 1 (1×); expected 2');
    expect(reason([['1', 2]])).toBe('another version still answers some samples: 1 (2×); expected 2');
    expect(reason([], '2')).toBe('version 2 answers');
  });

  test('one that calls itself healthy and gives reasons why not warns', () => {
    expect(
      appCheck(service({ status: 'healthy', reasons: ['disk', 'queue'] }), 'service:status'),
    ).toStrictEqual({
      ...shared,
      id: 'service:status',
      metric: 'status',
      samples: 1,
      observed: 'healthy',
      threshold: '== healthy',
      verdict: 'warn',
      reason: 'it calls itself healthy: disk; queue',
    });
  });

  test.each<[string, 'failed' | 'missing' | 'token', Check['verdict']]>([
    ['metrics', 'failed', 'warn'],
    ['metrics', 'missing', 'skipped'],
    ['metrics', 'token', 'skipped'],
    ['Prometheus', 'failed', 'error'],
    ['Prometheus', 'missing', 'error'],
  ])('its %s, %s: %s', (path, kind, verdict) => {
    const app = service({ unread: new Map([[path, { kind, reason: 'why' }]]) });
    expect(appCheck(app, `service:${path}`)).toStrictEqual({
      ...shared,
      id: `service:${path}`,
      metric: path,
      observed: null,
      threshold: '',
      samples: 0,
      verdict,
      reason: 'why',
      ...(kind === 'token' ? { hint: "Give the service's admin token as `bearer-token`." } : {}),
    });
  });
});

const samples = (values: Record<string, readonly number[]>) => {
  const set = new SampleSet();
  for (const [name, list] of Object.entries(values)) {
    for (const value of list)
      set.add({ metric: 'http_req_failed', labels: { target: name }, value, unit: 'ratio', at: 0 });
  }
  return set;
};
const run = (targets: TargetOutcome[], values: Record<string, readonly number[]>, rest = {}) =>
  judge({ samples: samples(values), targets, ...rest }, [threshold('http_req_failed: rate==0')], {
    waitTimeoutMs: MINUTE,
  });

describe('what makes a good answer less than a clean pass', () => {
  const doubted = (over: Partial<TargetOutcome>, value = 0) =>
    run([target('a', over)], { a: [value, value] }).checks.at(-1);
  const what =
    'Is that what should answer here? If so, say what the answer must hold: `expect` in the guard file.';
  const login =
    'Probe something that answers without a login, or give credentials; `redirects: 0` refuses redirects.';

  test.each<[string, Partial<TargetOutcome>, string, string]>([
    [
      'what it says',
      { doubts: new Map([['the page calls itself an error page', 2]]) },
      '0 of 2 samples failed; in 2 samples the page calls itself an error page',
      what,
    ],
    [
      'several things that it says',
      {
        doubts: new Map([
          ['x', 1],
          ['y', 2],
        ]),
        cached: 1,
      },
      '0 of 2 samples failed; in 1 sample x; in 2 samples y; 1 sample came from a cache, not from the service',
      what,
    ],
    [
      'a login comes first',
      { doubts: new Map([['x', 1]]), redirectedTo: new Map([['/login', 2]]) },
      '0 of 2 samples failed; 2 samples ended at /login, which looks like a login page; in 1 sample x',
      login,
    ],
  ])('%s', (_name, over, reason, hint) => {
    expect(doubted(over)).toMatchObject({ verdict: 'warn', reason, hint });
    expect(doubted(over, 1)).toMatchObject({ verdict: 'fail', hint });
  });

  test.each<[string, boolean]>([
    ['accounts.google.com/o/x', true],
    ['Accounts.Google.de/', true],
    ['my-accounts.google.com/x', false],
    ['/x/accounts.google.com', false],
    ['/sign-in', true],
    ['/blog/author', false],
    ['/authority', false],
    ['/v1/oauth2?x', false],
    ['/v1/oauth2/x', true],
    ['login.example.org', true],
    ['/catalogin', false],
  ])('%s looks like a login page: %s', (path, expected) => {
    const check = doubted({ redirectedTo: new Map([[path, 1]]) });
    expect(check?.verdict).toBe(expected ? 'warn' : 'pass');
  });
});

describe('the old version is the cause of what fails for it', () => {
  const old = (name: string, seen: string | undefined = '1') =>
    target(name, { version: { ...down, expected: '2', seen } });
  /** All targets fail their samples, but `b`-targets. */
  const cause = (targets: TargetOutcome[], failing: string[] = targets.map(({ name }) => name), rest = {}) =>
    run(
      targets,
      Object.fromEntries(targets.map(({ name }) => [name, failing.includes(name) ? [1] : [0]])),
      rest,
    ).cause;

  test.each<[string, () => string | undefined, string | undefined]>([
    [
      'one',
      () => cause([old('a')]),
      'The deployment did not reach a: version 1 still answers, expected 2; the 1 other failed check is its symptom',
    ],
    [
      'three, one of them with another version',
      () => cause([old('a'), old('b', '0'), old('c')]),
      'The deployment did not reach a, b, c: version 1, 0 still answers, expected 2; the 3 other failed checks are its symptoms',
    ],
    [
      'five',
      () =>
        cause(
          ['a', 'b', 'c', 'd', 'e'].map((name) => old(name)),
          ['a'],
        ),
      'The deployment did not reach a, b, c and 2 more: version 1 still answers, expected 2; the 1 other failed check is its symptom',
    ],
    ['nothing else fails', () => cause([old('a')], []), undefined],
    ['something fails elsewhere', () => cause([old('a'), target('b')]), undefined],
    [
      'elsewhere all is well',
      () => cause([old('a'), target('b')], ['a']),
      'The deployment did not reach a: version 1 still answers, expected 2; the 1 other failed check is its symptom',
    ],
    [
      'the new version',
      () => cause([target('a', { version: { ...up, expected: '2', seen: '2' } })]),
      undefined,
    ],
    [
      'a version that cannot be read says nothing',
      () => cause([target('a', { version: { ...down, expected: '2' } })]),
      undefined,
    ],
    [
      'MongoDB that is down comes first',
      () => cause([old('a')], ['a'], { mongo: mongo({ reachable: down }) }),
      'MongoDB is down (connection refused); the 2 failed HTTP checks are its symptoms',
    ],
    ['no version expected', () => cause([target('a')]), undefined],
  ])('%s', (_name, find, expected) => expect(find()).toBe(expected));
});

describe('the network of the runner', () => {
  const silent = { answered: false, reason: 'no route' };
  test('is not to blame for a target whose samples all failed as they may', () => {
    // Only b's failures break a limit; those of a are allowed.
    const given = {
      samples: samples({ a: [1], b: [1] }),
      targets: [target('a'), target('b')],
      control: silent,
    };
    const text = 'http_req_failed{target:b}: rate==0';
    const result = judge(given, [threshold(text)], { waitTimeoutMs: MINUTE });
    expect(result.cause).toBeUndefined();
    expect(result.verdict).toBe('fail');
    const all = judge(given, [threshold('http_req_failed: rate==0')], { waitTimeoutMs: MINUTE });
    expect(all.cause).toContain('The control target did not answer either (no route)');
    expect(all.verdict).toBe('inconclusive');
  });

  test('explains the failures of a single target', () => {
    expect(run([target('a')], { a: [1, 1] }, { control: silent })).toMatchObject({
      verdict: 'inconclusive',
      cause: expect.stringContaining('the network of this runner'),
    });
  });

  test('failures that were counted and not measured change nothing', () => {
    const result = run([target('a', { failures: new Failures() })], {}, { control: silent });
    expect(result.cause).toBeUndefined();
  });
});

test('MongoDB that gave no reason is down all the same', () => {
  const given = { samples: samples({ a: [1] }), targets: [target('a')], mongo: mongo() };
  const thresholds = [threshold('mongodb_up: rate==1'), threshold('http_req_failed: rate==0')];
  expect(judge(given, thresholds, { waitTimeoutMs: MINUTE }).cause).toBe(
    'MongoDB is down (no answer); the 1 failed HTTP check is its symptom',
  );
});

test.each([
  [4, '1 more reason'],
  [6, '3 more reasons'],
])('of %i reasons three are named, the most frequent first', (count, more) => {
  const failures = new Failures();
  for (let reason = 1; reason <= count; reason++) failures.add(`r${reason}`, reason);
  const [a, b, c] = [count, count - 1, count - 2];
  expect(failures.summary()).toBe(`${a} × r${a}; ${b} × r${b}; ${c} × r${c}; and ${more}`);
});
