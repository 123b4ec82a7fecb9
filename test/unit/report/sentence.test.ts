import { describe, expect, test } from 'vitest';
import { annotations } from '../../../src/report/annotations.ts';
import { logLines } from '../../../src/report/log-lines.ts';
import type { Check, Report } from '../../../src/report/schema.ts';
import { closingLine, sentence } from '../../../src/report/sentence.ts';
import { findingsOf } from '../../../src/report/subject.ts';
import { observedWords } from '../../../src/report/values.ts';
import { reportStep } from '../../support/report-step.ts';

const check = (over: Partial<Check> = {}): Check => ({
  id: 'c',
  kind: 'http',
  target: 'boom',
  metric: 'http_req_failed',
  observed: 0,
  unit: '%',
  threshold: 'rate<1%',
  samples: 10,
  attempts: 1,
  verdict: 'pass',
  reason: 'HTTP 500',
  ...over,
});
const report = (over: Partial<Report> = {}): Report => ({
  schema: 'deploy-guard.report/v1',
  mode: 'verify',
  environment: 'production',
  dryRun: false,
  startedAt: '2026-03-01T12:00:00.000Z',
  finishedAt: '2026-03-01T12:00:10.000Z',
  verdict: 'fail',
  checks: [],
  alerts: [],
  ...over,
});
const times = (amount: number, over: Partial<Check>) =>
  Array.from({ length: amount }, (_value, n) => check({ id: `${over.verdict}${n}`, ...over }));

const red = report({
  checks: [
    ...times(10, { target: 'api' }),
    ...times(2, { verdict: 'skipped', reason: 'no privilege' }),
    ...times(4, { target: 'api', verdict: 'warn', observed: 12.5 }),
    ...times(1, { verdict: 'error', observed: null, reason: 'never reachable' }),
    ...times(1, { verdict: 'fail', observed: 100 }),
  ],
});

describe('the closing line', () => {
  test('counts each kind of verdict, worst first, and ends with the first finding', () => {
    expect(closingLine(red)).toBe(
      'fail: 1 failed, 1 not measured, 4 warnings, 10 passed, 2 skipped — boom: HTTP 500',
    );
  });

  test('prefers the cause of the report, on one line', () => {
    expect(closingLine({ ...red, cause: 'MongoDB is down\n  at x' })).toMatch(/ — MongoDB is down$/);
  });

  test('of a green run has no finding', () => {
    expect(closingLine(report({ verdict: 'pass', checks: times(3, {}) }))).toBe('pass: 3 passed.');
  });

  test('never calls a run passed that ended before a result', () => {
    expect(closingLine(report({ verdict: 'error', cause: 'no such file' }))).toBe(
      'error: The run ended before a result — no such file',
    );
  });

  test('of an alert run without a failed check says that there is nothing to notify', () => {
    expect(sentence(report({ mode: 'alert', verdict: 'pass' }))).toBe('Nothing to notify: no check failed.');
  });
});

describe('findings', () => {
  test('checks of one target that fail for one reason are one finding and one annotation', () => {
    const down = { verdict: 'error', observed: null, reason: 'never reachable' } as const;
    const checks = [
      check({ id: 'a', ...down }),
      check({ id: 'b', ...down, metric: 'http_req_duration' }),
      check({ id: 'c', ...down, target: 'other' }),
    ];
    expect(findingsOf(checks).findings.map(({ subject, checks }) => [subject, checks.length])).toEqual([
      ['boom', 2],
      ['other', 1],
    ]);
    const [first] = annotations(report({ checks }));
    expect(first).toMatchObject({
      level: 'error',
      title: 'error: boom http_req_failed, http_req_duration',
      message: 'boom http_req_failed: rate<1% · http_req_duration: rate<1% — never reachable',
    });
  });

  test('an observed value is shown once: not if the reason has it', () => {
    expect(observedWords(check({ observed: 12.5, reason: '12.5 % failed' }))).toBe('');
    expect(observedWords(check({ observed: 12.5, reason: 'too many' }))).toBe('12.5 %');
    expect(observedWords(check({ observed: 12.5, reason: 'too many', baseline: 3 }))).toBe(
      '12.5 %, baseline 3 %',
    );
  });

  test('two measured failures of one target stay apart', () => {
    const checks = [check({ id: 'a', verdict: 'fail' }), check({ id: 'b', verdict: 'fail' })];
    expect(findingsOf(checks).findings).toHaveLength(2);
  });
});

describe('the log of a run', () => {
  test('has each check that passed or was skipped in one group', () => {
    const { passed } = logLines(red);
    expect(passed?.title).toBe('10 checks passed, 2 were skipped');
    expect(passed?.lines).toHaveLength(12);
    expect(passed?.lines[0]).toBe('✓ api http_req_failed: rate<1% — 0 %');
    expect(passed?.lines.at(-1)).toBe('– boom http_req_failed: rate<1% — skipped: no privilege');
  });

  const plan = (over: Partial<NonNullable<Report['rollback']>> = {}) =>
    logLines(
      report({
        mode: 'rollback',
        rollback: {
          operation: 'plan',
          operationId: 'o',
          planDigest: 'abc',
          confirm: 'roll back 21',
          state: 'planned',
          steps: [reportStep({ step: '21' }), reportStep({ step: '19' })],
          ...over,
        },
      }),
    ).open;

  test('of a plan ends with its digest, its phrase and the inputs that apply it', () => {
    expect(plan()).toEqual([
      'plan digest: abc',
      'confirm: roll back 21',
      'To apply exactly this plan:',
      '  mode: rollback',
      '  operation: apply',
      '  steps: "21,19"',
      '  plan-digest: abc',
      '  confirm: roll back 21',
    ]);
  });

  test('of a plan that cannot be applied names no next command', () => {
    const blocked = plan({ steps: [reportStep({ error: 'cannot be done' })] });
    expect(blocked).toEqual(['plan digest: abc', 'confirm: roll back 21']);
    expect(plan({ planDigest: '' })).toEqual([]);
  });
});
