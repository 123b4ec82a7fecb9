import { describe, expect, test } from 'vitest';
import type { TargetOutcome } from '../../../../src/verify/http/outcome.ts';
import { judge } from '../../../../src/verify/judge/judge.ts';
import type { GateOutcome } from '../../../../src/verify/judge/outcome.ts';
import { Failures } from '../../../../src/verify/metrics/failures.ts';
import { SampleSet } from '../../../../src/verify/metrics/samples.ts';
import type { Threshold } from '../../../../src/verify/thresholds/condition.ts';
import {
  diagnosis,
  down,
  failedSamples,
  failures,
  judgeFailed,
  MINUTE,
  mongo,
  outcome,
  service,
  settings,
  target,
  ten,
  threshold,
  up,
} from './builders.ts';

describe('the control target', () => {
  const failing = {
    ...outcome({ a: [null, null], b: [null] }),
    control: { answered: false, reason: 'no route' },
  };
  const strict = [threshold('http_req_failed: rate==0')];

  test('silent while all fail: inconclusive', () => {
    const result = judge(failing, strict, settings);
    expect(result.verdict).toBe('inconclusive');
    expect(result.cause).toContain('no route');
  });

  test('silent while one target still answers: the failures count', () => {
    const mixed = { ...outcome({ a: [null], b: [5] }), control: { answered: false, reason: 'no route' } };
    expect(judge(mixed, strict, settings).verdict).toBe('fail');
  });

  test('answering: the failures count', () => {
    expect(judge({ ...failing, control: { answered: true, reason: '' } }, strict, settings).verdict).toBe(
      'fail',
    );
  });
});

test('the old version is the cause, and what fails for it are symptoms', () => {
  const given = outcome({ api: Array.from({ length: 10 }, () => null), shop: ten });
  const [api, shop] = given.targets;
  if (!api || !shop) throw new Error('no targets');
  const version = { done: false, attempts: 7, waitedMs: 5_000, expected: '2', seen: '1' };
  const thresholds = ['http_req_failed: rate==0', 'http_req_duration: max<1s'].map((text) => threshold(text));
  const result = judge({ ...given, targets: [{ ...api, version }, shop] }, thresholds, settings);
  expect(result.verdict).toBe('fail');
  expect(result.cause).toBe(
    'The deployment did not reach api: version 1 still answers, expected 2; the 2 other failed checks are its symptoms',
  );
  // Something that fails beside it is no symptom of it.
  const both = judge(
    { ...given, targets: [{ ...api, version }, shop] },
    [...thresholds, threshold('http_req_duration{target:shop}: max<1ms')],
    settings,
  );
  expect(both.cause).toBeUndefined();
});

describe('the old version is the cause of what fails for it', () => {
  const old = (name: string, seen: string | undefined = '1') =>
    target(name, { version: { ...down, expected: '2', seen } });
  /** All targets fail their samples, but `b`-targets. */
  const cause = (targets: TargetOutcome[], failing: string[] = targets.map(({ name }) => name), rest = {}) =>
    judgeFailed(
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
      samples: failedSamples({ a: [1], b: [1] }),
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
    expect(judgeFailed([target('a')], { a: [1, 1] }, { control: silent })).toMatchObject({
      verdict: 'inconclusive',
      cause: expect.stringContaining('the network of this runner'),
    });
  });

  test('failures that were counted and not measured change nothing', () => {
    const result = judgeFailed([target('a', { failures: new Failures() })], {}, { control: silent });
    expect(result.cause).toBeUndefined();
  });
});

test('MongoDB that gave no reason is down all the same', () => {
  const given = { samples: failedSamples({ a: [1] }), targets: [target('a')], mongo: mongo() };
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

describe('cause over symptom', () => {
  const failedTarget = (name: string, over: Partial<TargetOutcome> = {}) =>
    target(name, { failures: failures('refused'), ...over });
  const strict = [threshold('http_req_failed: rate==0')];
  const run = (given: GateOutcome, thresholds: readonly Threshold[] = strict) =>
    judge(given, thresholds, { waitTimeoutMs: MINUTE });
  const verdicts = (result: ReturnType<typeof judge>) =>
    Object.fromEntries(result.checks.map(({ id, verdict }) => [id, verdict]));
  const silent = { answered: false, reason: 'no route' };

  test('the control target failed too: what failed is inconclusive, MongoDB that answered counts', () => {
    const result = run({
      samples: failedSamples({ a: [1, 1] }),
      targets: [failedTarget('a'), target('b', { reachable: down })],
      mongo: mongo({ diagnosis: diagnosis() }),
      control: silent,
    });
    expect(result.cause).toBe(
      'The control target did not answer either (no route): most likely the network of this runner failed, so nothing is known about the targets',
    );
    expect(verdicts(result)).toEqual({
      'a/reachable': 'pass',
      'b/reachable': 'inconclusive',
      'mongodb/reachable': 'pass',
      'mongodb/version': 'pass',
      'mongodb/topology': 'pass',
      'mongodb/feature-compatibility-version': 'pass',
      'a/http_req_failed/rate': 'inconclusive',
      'b/http_req_failed/rate': 'inconclusive',
    });
    expect(result.checks[1]?.reason).toBe(
      'not within 1 min, 4 attempts: connection refused; but the control target failed too',
    );
  });

  test('a failure of a MongoDB that could be reached stays one; of one that could not, nothing is known', () => {
    const base = { samples: failedSamples({ a: [1] }), targets: [failedTarget('a')], control: silent };
    const lost = run({ ...base, mongo: mongo({ reachable: down }) });
    expect(verdicts(lost)['mongodb/reachable']).toBe('inconclusive');
    const set = failedSamples({ a: [1] });
    set.add({ metric: 'mongodb_up', labels: {}, value: 0, unit: 'ratio', at: 0 });
    const there = run({ ...base, samples: set, mongo: mongo() }, [
      ...strict,
      threshold('mongodb_up: rate==1'),
    ]);
    expect(verdicts(there)['mongodb/mongodb_up/rate']).toBe('fail');
  });

  test.each<[string, GateOutcome]>([
    [
      'no target at all',
      { samples: new SampleSet(), targets: [], mongo: mongo({ reachable: down }), control: silent },
    ],
    [
      'one target that passes',
      {
        samples: failedSamples({ a: [1], b: [0] }),
        targets: [failedTarget('a'), target('b')],
        control: silent,
      },
    ],
    [
      'one sample that passes',
      { samples: failedSamples({ a: [1, 0] }), targets: [failedTarget('a')], control: silent },
    ],
    [
      'a control that answers',
      {
        samples: failedSamples({ a: [1] }),
        targets: [failedTarget('a')],
        control: { answered: true, reason: 'no route' },
      },
    ],
    ['no control', { samples: failedSamples({ a: [1] }), targets: [failedTarget('a')] }],
  ])('%s: failures count', (_name, given) => {
    const result = run(given);
    expect(result.verdict).toBe('fail');
    expect(result.cause ?? '').not.toContain('control');
  });

  test('all samples failed but no limit is broken: nothing to excuse', () => {
    const result = run(
      { samples: failedSamples({ a: [1] }), targets: [failedTarget('a')], control: silent },
      [threshold('http_req_failed: warn rate==0')],
    );
    expect(result.verdict).toBe('warn');
    expect(result.cause).toBeUndefined();
  });

  test('a target without samples is no failure to excuse', () => {
    const result = run({ samples: new SampleSet(), targets: [target('a')], control: silent });
    expect(result.cause).toBeUndefined();
    expect(result.verdict).toBe('error');
  });

  test('one firewall before all targets refuses the runner, which says nothing about users', () => {
    const refused = (name: string, refusal?: string) => failedTarget(name, refusal ? { refusal } : {});
    const given = (second?: string): GateOutcome => {
      const set = failedSamples({ a: [1], b: [1] });
      set.add({ metric: 'mongodb_up', labels: {}, value: 0, unit: 'ratio', at: 0 });
      return { samples: set, targets: [refused('a', 'Cloudflare'), refused('b', second)], mongo: mongo() };
    };
    const thresholds = [...strict, threshold('mongodb_up: rate==1')];
    const result = run(given('Cloudflare'), thresholds);
    expect(result.cause).toBe(
      'A firewall refused every probe (Cloudflare): it blocks this runner, which says nothing about users',
    );
    expect(verdicts(result)).toEqual({
      'a/reachable': 'pass',
      'b/reachable': 'pass',
      'mongodb/reachable': 'pass',
      'a/http_req_failed/rate': 'inconclusive',
      'b/http_req_failed/rate': 'inconclusive',
      'mongodb/mongodb_up/rate': 'fail',
    });
    expect(result.checks.find(({ id }) => id === 'a/http_req_failed/rate')?.hint).toBe(
      "Let the runner's address or a header of its own through the firewall, or run the gate inside the network.",
    );
    expect(result.checks.find(({ id }) => id === 'a/reachable')).not.toHaveProperty('hint');
    expect(run(given('Akamai'), thresholds).cause).not.toContain('firewall');
    expect(run(given(), thresholds).cause).not.toContain('firewall');
    expect(run({ samples: failedSamples({ a: [1] }), targets: [refused('a')] }).cause).toBeUndefined();
  });

  test.each<[string, Partial<GateOutcome>, string]>([
    ['never reached', { mongo: mongo({ reachable: down }) }, 'connection refused'],
    [
      'never reached, nobody knows why',
      {
        mongo: mongo({ reachable: { ...down, reason: undefined } as never, failures: failures('timed out') }),
      },
      'timed out',
    ],
  ])('MongoDB is down (%s): HTTP failures are its symptoms', (_name, given, reason) => {
    const result = run({
      samples: failedSamples({ a: [1], b: [0] }),
      targets: [failedTarget('a'), target('b')],
      ...given,
    });
    expect(result.cause).toBe(`MongoDB is down (${reason}); the 1 failed HTTP check is its symptom`);
    expect(
      result.checks.filter(({ hint }) => hint?.startsWith('Fix MongoDB first')).map(({ id }) => id),
    ).toEqual(['a/http_req_failed/rate']);
    expect(verdicts(result)).toMatchObject({ 'a/http_req_failed/rate': 'fail', 'mongodb/reachable': 'fail' });
    const two = run({
      samples: failedSamples({ a: [1], b: [1] }),
      targets: [failedTarget('a'), failedTarget('b')],
      ...given,
    });
    expect(two.cause).toContain('the 2 failed HTTP checks are its symptoms');
  });

  test('MongoDB that lost pings is down too; slow or too full it is not the cause', () => {
    const set = failedSamples({ a: [1] });
    set.add({ metric: 'mongodb_up', labels: {}, value: 0, unit: 'ratio', at: 0 });
    set.add({ metric: 'mongodb_ping_duration', labels: {}, value: 900, unit: 'ms', at: 0 });
    const given = {
      samples: set,
      targets: [failedTarget('a')],
      mongo: mongo({ failures: failures('timed out') }),
    };
    expect(run(given, [...strict, threshold('mongodb_up: rate==1')]).cause).toBe(
      'MongoDB is down (timed out); the 1 failed HTTP check is its symptom',
    );
    expect(run(given, [...strict, threshold('mongodb_ping_duration: avg<1ms')]).cause).toBeUndefined();
  });

  test('MongoDB down alone is no cause of anything', () => {
    const result = run({
      samples: failedSamples({ a: [0] }),
      targets: [target('a')],
      mongo: mongo({ reachable: down }),
    });
    expect(result.cause).toBeUndefined();
    expect(result.verdict).toBe('fail');
  });

  test('a service that does not reach its database is the cause of what else failed', () => {
    const app = service({ database: { up: false, error: 'no primary' } });
    const given = { samples: failedSamples({ a: [1] }), targets: [failedTarget('a')], app };
    expect(run(given).cause).toBe(
      'The service does not reach its database (no primary); the 1 other failed check is its symptom',
    );
    const more = run({ ...given, app: service({ status: 'unhealthy', database: { up: false } }) });
    expect(more.cause).toBe(
      'The service does not reach its database; the 2 other failed checks are its symptoms',
    );
    expect(verdicts(more)['a/http_req_failed/rate']).toBe('fail');
    expect(
      run({ ...given, samples: failedSamples({ a: [0] }), targets: [target('a')] }).cause,
    ).toBeUndefined();
    expect(run({ ...given, app: service({ database: { up: true } }) }).cause).toBeUndefined();
    expect(run({ ...given, app: service() }).cause).toBeUndefined();
  });
});
