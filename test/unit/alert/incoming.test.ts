import { describe, expect, test } from 'vitest';
import { incomingOf, typeOfCheck } from '../../../src/alert/catalogue/from-report.ts';
import type { Check, Report } from '../../../src/report/schema.ts';
import { REPORT_SCHEMA } from '../../../src/report/vocabulary.ts';

const check = (over: Partial<Check> = {}): Check => ({
  id: 'http/api/http_req_duration',
  kind: 'http',
  target: 'api',
  metric: 'http_req_duration',
  observed: 900,
  unit: 'ms',
  threshold: 'p(95)<500ms',
  samples: 10,
  attempts: 10,
  verdict: 'fail',
  reason: 'p(95) is 900 ms, not below 500 ms',
  ...over,
});

const report = (over: Partial<Report> = {}): Report => ({
  schema: REPORT_SCHEMA,
  mode: 'verify',
  environment: 'production',
  dryRun: false,
  startedAt: '2026-01-27T20:00:00.000Z',
  finishedAt: '2026-01-27T20:00:12.000Z',
  verdict: 'fail',
  checks: [],
  alerts: [],
  ...over,
});

const PLAIN = { labels: {}, types: {}, fireOn: ['fail', 'inconclusive', 'error'] } as const;

const incoming = (from: Report) =>
  incomingOf(
    { ...PLAIN, subject: { kind: 'report', report: from }, labels: { team: 'shop' } },
    'production',
    'app',
  );

describe('from a report of verify', () => {
  test('one alert for each failed check; what passes is passing; warn and skipped are neither', () => {
    const { firing, resolvedCandidates } = incoming(
      report({
        checks: [
          check({ id: 'a' }),
          check({ id: 'b', verdict: 'error', observed: null, reason: 'connect ECONNREFUSED' }),
          check({ id: 'c', verdict: 'inconclusive' }),
          check({ id: 'd', verdict: 'pass' }),
          check({ id: 'e', verdict: 'warn' }),
          check({ id: 'f', verdict: 'skipped' }),
        ],
      }),
    );
    expect(firing.map(({ check: id, type, severity }) => [id, type, severity])).toEqual([
      ['a', 'slow-responses', 'warning'],
      ['b', 'service-down', 'critical'],
      ['c', 'slow-responses', 'warning'],
    ]);
    expect(firing[0]?.message).toBe('p(95) is 900 ms, not below 500 ms');
    expect(firing[0]?.facts).toContainEqual({ label: 'Observed', value: '900 ms' });
    expect(resolvedCandidates.map(({ check: id }) => id)).toEqual(['d', 'verdict']);
  });

  test('a verification that failed before any check is no silence', () => {
    const { firing } = incoming(report({ verdict: 'error', cause: 'interrupted by SIGTERM' }));
    expect(firing).toHaveLength(1);
    expect(firing[0]).toMatchObject({ type: 'verification-failed', message: 'interrupted by SIGTERM' });
  });

  test('it says in which phase it stopped, and why', () => {
    const phase = { startedAt: '2026-01-27T20:00:00.000Z', durationMs: 1 };
    const { firing } = incoming(
      report({
        verdict: 'error',
        phases: [
          { ...phase, name: 'wait', outcome: 'done', detail: 'it answers' },
          { ...phase, name: 'warm-up', outcome: 'failed', detail: 'HTTP 502' },
          { ...phase, name: 'sample', outcome: 'interrupted' },
          { ...phase, name: 'judge', outcome: 'skipped' },
        ],
      }),
    );
    expect(firing[0]?.message).toBe('The verification ended with the verdict error.');
    expect(firing[0]?.facts).toEqual([
      { label: 'Verdict', value: 'error' },
      { label: 'Phase warm-up', value: 'failed: HTTP 502' },
      { label: 'Phase sample', value: 'interrupted' },
    ]);
  });

  test('what could not be judged is notified, but wakes nobody', () => {
    const database = { metric: 'mongodb_up', kind: 'mongodb', target: 'db' } as const;
    const notified = (verdict: Check['verdict']) =>
      incoming(report({ checks: [check({ ...database, verdict })] })).firing[0];
    expect(notified('fail')).toMatchObject({ type: 'database-down', severity: 'critical' });
    expect(notified('inconclusive')).toMatchObject({ type: 'database-down', severity: 'warning' });
  });

  test.each([
    ['the worst last', ['inconclusive', 'fail']],
    ['the worst first', ['fail', 'inconclusive']],
  ] as const)(
    'of one alert that two checks of one name tell of the worst is notified: %s',
    (_name, verdicts) => {
      const checks = verdicts.map((verdict) => check({ metric: 'http_req_failed', observed: 0.5, verdict }));
      const { firing } = incoming(report({ checks }));
      expect(firing.map(({ severity }) => severity)).toEqual(['error']);
    },
  );

  test('a green report tells nothing, and says why', () => {
    const { firing, nothing } = incoming(report({ verdict: 'pass', checks: [check({ verdict: 'pass' })] }));
    expect(firing).toEqual([]);
    expect(nothing).toMatch(/no check failed/);
  });
});

describe('which common alert a check is', () => {
  test.each<[Partial<Check>, string]>([
    [{ metric: 'http_req_duration' }, 'slow-responses'],
    [{ metric: 'http_req_duration{target:api}' }, 'slow-responses'],
    [{ metric: 'http_req_failed', observed: 0.2, unit: '' }, 'high-error-rate'],
    [{ metric: 'http_req_failed', observed: 1, unit: '' }, 'service-down'],
    [{ metric: 'http_req_failed', observed: 100, unit: '%' }, 'service-down'],
    [{ metric: 'http_req_duration', verdict: 'error', observed: null }, 'service-down'],
    [{ metric: 'tls_cert_expiry', kind: 'tls' }, 'certificate-expiring'],
    [{ metric: 'mongodb_up', kind: 'mongodb' }, 'database-down'],
    [{ metric: 'mongodb_ping_duration', kind: 'mongodb' }, 'database-slow'],
    [{ metric: 'mongodb_ping_duration', kind: 'mongodb', verdict: 'error', observed: null }, 'database-down'],
    [{ metric: 'app_error_rate', kind: 'app' }, 'high-error-rate'],
    [{ metric: 'app_cpu', kind: 'app' }, 'high-cpu'],
    [{ metric: 'app_memory', kind: 'app' }, 'high-memory'],
    [{ metric: 'mongodb_missing_indexes', kind: 'mongodb' }, 'check-failed'],
  ])('%j is %s', (over, type) => expect(typeOfCheck(check(over))).toBe(type));
});

describe('from a report of rollback', () => {
  const rollback = (over: Partial<NonNullable<Report['rollback']>> = {}) => ({
    operation: 'apply' as const,
    operationId: 'op-1',
    planDigest: 'd',
    state: 'succeeded' as const,
    steps: [],
    ...over,
  });

  test('an executed one is an event that is notified by its operation', () => {
    const { firing } = incoming(report({ mode: 'rollback', verdict: 'pass', rollback: rollback() }));
    expect(firing[0]).toMatchObject({ type: 'rollback-executed', event: true, check: 'apply op-1' });
  });

  test('a failed one fires until its operation succeeds', () => {
    const bad = incoming(
      report({
        mode: 'rollback',
        rollback: rollback({ state: 'partially_applied' }),
        cause: 'lost the server',
      }),
    );
    expect(bad.firing[0]).toMatchObject({
      type: 'rollback-failed',
      severity: 'critical',
      message: 'lost the server',
    });
    const good = incoming(
      report({ mode: 'rollback', verdict: 'pass', rollback: rollback({ operation: 'resume' }) }),
    );
    expect(good.resolvedCandidates).toContainEqual({
      type: 'rollback-failed',
      source: 'rollback',
      check: bad.firing[0]?.check,
      asked: false,
    });
  });

  test('each step says what became of it', () => {
    const step = {
      name: 'subscription-id',
      risk: 'high',
      reversibility: 'lossless',
      impact: '',
      matched: 2,
      durationMs: 1,
    } as const;
    const steps = [
      { ...step, step: '19', state: 'rolled_back', modified: 2, conflicts: 0 },
      { ...step, step: '18', state: 'rollback_failed', modified: 0, conflicts: 1, error: 'lost the server' },
    ] as const;
    const { firing } = incoming(
      report({
        mode: 'rollback',
        rollback: rollback({ state: 'partially_applied', steps: steps.map((one) => ({ ...one })) }),
      }),
    );
    expect(firing[0]?.facts.slice(2)).toEqual([
      { label: 'Step 19', value: 'subscription-id: rolled back, 2 documents changed, 0 conflicts' },
      {
        label: 'Step 18',
        value: 'subscription-id: rollback failed, 0 documents changed, 1 conflict; lost the server',
      },
    ]);
  });

  test('one that is undone is notified as that; one whose undoing failed as a failure', () => {
    const restored = (over: Partial<Report>, state: 'succeeded' | 'partially_applied') =>
      incoming(report({ mode: 'rollback', rollback: rollback({ operation: 'restore', state }), ...over }))
        .firing[0];
    expect(restored({ verdict: 'pass' }, 'succeeded')).toMatchObject({
      type: 'rollback-executed',
      title: 'Rollback undone (restore)',
    });
    expect(restored({}, 'partially_applied')).toMatchObject({
      type: 'rollback-failed',
      title: 'Rollback failed',
    });
  });

  test('a dry run that has no rollback in its report tells nothing either', () => {
    const { firing, nothing } = incoming(report({ mode: 'rollback', verdict: 'error', dryRun: true }));
    expect(firing).toEqual([]);
    expect(nothing).toBe('The report is of a rollback run that changed nothing.');
  });

  test('one that ended before it had an operation is no silence', () => {
    expect(
      incoming(report({ mode: 'rollback', verdict: 'error', cause: 'no database' })).firing[0],
    ).toMatchObject({
      type: 'rollback-failed',
      message: 'no database',
    });
  });

  test.each([
    report({
      mode: 'rollback',
      verdict: 'pass',
      rollback: rollback({ operation: 'plan', state: 'planned' }),
    }),
    report({ mode: 'rollback', verdict: 'pass', dryRun: true, rollback: rollback() }),
  ])('a plan or a dry run tells nothing', (from) => {
    expect(incoming(from).firing).toEqual([]);
    expect(incoming(from).nothing).toMatch(/changed nothing/);
  });
});

test('names are of bounded size and still differ', () => {
  const long = 'x'.repeat(5_000);
  const alerts = ['a', 'b'].map(
    (end) => incoming(report({ checks: [check({ id: long + end, target: long })] })).firing[0],
  );
  expect(alerts[0]?.check.length).toBeLessThanOrEqual(200);
  expect(alerts[0]?.check).not.toBe(alerts[1]?.check);
  const resolvedCandidates = incoming(
    report({ checks: [check({ id: `${long}a`, target: long, verdict: 'pass' })] }),
  ).resolvedCandidates[0];
  expect(resolvedCandidates).toMatchObject({ source: alerts[0]?.source, check: alerts[0]?.check });
});

test('the fingerprint keeps its parts apart and leaves severity and wording out', () => {
  const own = (over: object) =>
    incomingOf(
      { ...PLAIN, subject: { kind: 'own', type: 'high-cpu', source: 'api', resolve: false, ...over } },
      'production',
      'app',
    ).firing[0]?.fingerprint;
  expect(own({ title: 'x', severity: 'critical' })).toBe(own({}));
  expect(own({ source: 'web' })).not.toBe(own({}));
  expect(own({ type: 'custom', title: 'a' })).not.toBe(own({ type: 'custom', title: 'b' }));
});

describe('an alert of the user’s own, of type custom', () => {
  const own = (over: object) =>
    incomingOf(
      { ...PLAIN, subject: { kind: 'own', type: 'custom', resolve: false, ...over } },
      'production',
      'acme/shop',
    );

  test('without title and source', () => {
    expect(own({}).firing[0]).toMatchObject({
      title: 'Alert',
      check: '',
      source: 'acme/shop',
      message: 'An alert of your own.',
    });
  });

  test('is ended by its title, and ends no other', () => {
    const fires = own({ title: 'Export failed' }).firing[0];
    const { firing, resolvedCandidates } = own({ title: 'Export failed', resolve: true });
    expect(firing).toEqual([]);
    expect(resolvedCandidates).toMatchObject([
      { type: 'custom', source: 'acme/shop', check: 'Export failed', asked: true, fallback: fires },
    ]);
  });
});
