import { describe, expect, test } from 'vitest';
import type { TargetOutcome } from '../../../../src/verify/http/outcome.ts';
import { judge } from '../../../../src/verify/judge/judge.ts';
import {
  failures,
  judgeFailed,
  MINUTE,
  outcome,
  samplesOf,
  settings,
  target,
  ten,
  threshold,
} from './builders.ts';

describe('good answers that are less than they seem', () => {
  const strict = [threshold('http_req_failed: rate==0')];
  const doubt = (rest: Partial<TargetOutcome>) => {
    const { samples } = outcome({ api: ten });
    return judge({ samples, targets: [{ ...target('api'), ...rest }] }, strict, settings);
  };

  test.each([
    [
      { redirectedTo: new Map([['/account/login', 10]]) },
      '10 samples ended at /account/login, which looks like a login page',
    ],
    [
      { redirectedTo: new Map([['/sign-in', 1]]) },
      '1 sample ended at /sign-in, which looks like a login page',
    ],
    [{ cached: 10 }, '10 samples came from a cache, not from the service'],
  ])('warn', (rest, reason) => {
    const result = doubt(rest);
    expect(result.verdict).toBe('warn');
    expect(result.checks.at(-1)?.reason).toContain(reason);
  });

  test('an ordinary redirect does not', () => {
    expect(doubt({ redirectedTo: new Map([['/en/blog-index', 10]]) }).verdict).toBe('pass');
  });
});

describe('what makes a good answer less than a clean pass', () => {
  const doubted = (over: Partial<TargetOutcome>, value = 0) =>
    judgeFailed([target('a', over)], { a: [value, value] }).checks.at(-1);
  const what = 'If that is the right answer, write what it must hold: `expect` in the guard file.';
  const login =
    'Probe something that answers without a login, or give credentials; `redirects: 0` refuses redirects.';

  test.each<[string, Partial<TargetOutcome>, string, string]>([
    [
      'what it says',
      { suspicions: new Map([['the page calls itself an error page', 2]]) },
      '0 of 2 samples failed; in 2 samples the page calls itself an error page',
      what,
    ],
    [
      'several things that it says',
      {
        suspicions: new Map([
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
      { suspicions: new Map([['x', 1]]), redirectedTo: new Map([['/login', 2]]) },
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

describe('good answers that are less than they seem', () => {
  const judged = (
    over: Partial<TargetOutcome>,
    values: readonly number[] = [0, 0],
    metric = 'http_req_failed',
  ) => {
    const labels = { target: 'api' };
    const result = judge(
      {
        samples: samplesOf({ http_req_failed: values, http_req_duration: [1] }, labels),
        targets: [target('api', over)],
      },
      [threshold(metric === 'http_req_failed' ? 'http_req_failed: rate==0' : 'http_req_duration: avg<1s')],
      { waitTimeoutMs: MINUTE },
    );
    return result.checks.at(-1);
  };
  const login =
    'Probe something that answers without a login, or give credentials; `redirects: 0` refuses redirects.';

  test('none: the check as it is', () => {
    expect(judged({})).toEqual({
      id: 'api/http_req_failed/rate',
      kind: 'http',
      target: 'api',
      metric: 'http_req_failed',
      observed: 0,
      unit: '',
      threshold: 'rate==0',
      samples: 2,
      attempts: 1,
      verdict: 'pass',
      reason: '0 of 2 samples failed',
    });
    expect(judged({}, [])).toMatchObject({ attempts: 1, verdict: 'error' });
  });

  test('tried again', () => {
    const retried = { samples: 2, attempts: 3, reasons: failures('status 503') };
    expect(judged({ retried })).toMatchObject({
      verdict: 'warn',
      attempts: 3,
      reason: '0 of 2 samples failed; 2 samples passed after 3 attempts: status 503',
    });
    expect(judged({ retried })).not.toHaveProperty('hint');
    expect(judged({ retried: { ...retried, samples: 1 } })?.reason).toContain(
      '1 sample passed after 3 attempts',
    );
  });

  test.each([
    '/login',
    '/log-in',
    '/LOGIN',
    '/account/signin',
    '/sign-in.html',
    '/sso/start',
    '/oauth/x',
    '/oauth2',
    '/oauth2_start',
    '/authorize',
    '/a-login-b',
    'login',
  ])('%s is a login page', (path) => {
    expect(judged({ redirectedTo: new Map([[path, 2]]) })).toMatchObject({
      verdict: 'warn',
      reason: `0 of 2 samples failed; 2 samples ended at ${path}, which looks like a login page`,
      hint: login,
    });
  });

  test.each(['/blogin', '/logins', '/signing', '/author', '/authorized', '/lo-gin', '/oauth22', '/'])(
    '%s is none',
    (path) => {
      expect(judged({ redirectedTo: new Map([[path, 2]]) })?.verdict).toBe('pass');
    },
  );

  test('a cache; beside a login page its hint yields', () => {
    expect(judged({ cached: 1 })).toMatchObject({
      verdict: 'warn',
      reason: '0 of 2 samples failed; 1 sample came from a cache, not from the service',
      hint: 'Probe an address that is not cached.',
    });
    expect(
      judged({
        cached: 2,
        redirectedTo: new Map([
          ['/home', 1],
          ['/login', 1],
        ]),
      }),
    ).toMatchObject({
      hint: login,
      reason: expect.stringMatching(/login page; 2 samples came from a cache/),
    });
  });

  test('suspicions never make a failure less, and are told of the share of failures alone', () => {
    expect(judged({ cached: 1 }, [1, 0])?.verdict).toBe('fail');
    expect(judged({ cached: 1 }, [0], 'http_req_duration')).toMatchObject({ verdict: 'pass', attempts: 1 });
  });
});
