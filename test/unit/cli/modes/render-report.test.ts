import { stripVTControlCharacters, styleText } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderReport } from '../../../../src/cli/modes/render-report.ts';
import { type Paint, plain } from '../../../../src/cli/terminal/terminal.ts';
import type { Check, Report, ReportStep } from '../../../../src/report/schema.ts';
import { reportStep } from '../../../support/report-step.ts';

const check = (over: Partial<Check>): Check => ({
  id: 'api/x',
  kind: 'http',
  target: 'api',
  metric: 'http_req_duration',
  observed: 12.34,
  unit: 'ms',
  threshold: 'p(95)<200ms',
  samples: 10,
  attempts: 10,
  verdict: 'pass',
  reason: 'p(95) is 12.3 ms',
  ...over,
});
const report = (over: Partial<Report>): Report => ({
  schema: 'deploy-guard.report/v1',
  mode: 'verify',
  environment: 'production',
  dryRun: false,
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.500Z',
  verdict: 'pass',
  checks: [],
  alerts: [],
  ...over,
});
const colour: Paint = (style, text) => styleText(style, text, { validateStream: false });

describe('operations that only answer', () => {
  const answered = (operation: 'unlock' | 'history', over: Partial<Report> = {}) =>
    renderReport(
      report({
        mode: 'rollback',
        rollback: { operation, operationId: '', planDigest: '', state: 'planned', steps: [] },
        ...over,
      }),
      plain,
      100,
    ).split('\n')[1];

  test('unlock names the former holder of the lease, or says that there is none', () => {
    expect(answered('unlock', { notices: ['nobody holds the lease on this database'] })).toBe(
      'Nobody holds the lease on this database.',
    );
    expect(answered('unlock', { notices: ['a', 'the lease was taken from runner-1'] })).toBe(
      'The lease was taken from runner-1.',
    );
  });

  test('history says how many operations there are', () => {
    expect(answered('history')).toBe('No operation is recorded for this database.');
  });
});

describe('a report on a terminal', () => {
  test('what failed comes first, with its reason and what to do', () => {
    const text = renderReport(
      report({
        verdict: 'fail',
        checks: [
          check({}),
          check({
            id: 'b',
            metric: 'http_req_failed',
            observed: 0.5,
            unit: '',
            verdict: 'fail',
            reason: 'half of them',
            hint: 'look',
          }),
        ],
      }),
      plain,
      100,
      { report: '/tmp/report.json', page: '/tmp/page.html' },
    );
    expect(text).toMatch(/^FAIL {2}verify · production · 1\.5 s\n/);
    expect(text.indexOf('http_req_failed')).toBeLessThan(text.indexOf('http_req_duration'));
    expect(text).toContain('half of them\n');
    expect(text).toContain('→ look\n');
    expect(text).toContain('12.3 ms');
    expect(text).toContain('report: /tmp/report.json\npage: /tmp/page.html\n');
  });

  test('colours change nothing but colours', () => {
    const one = report({
      verdict: 'error',
      cause: 'x',
      checks: [check({ verdict: 'error', observed: null })],
    });
    expect(renderReport(one, colour, 100)).not.toBe(renderReport(one, plain, 100));
    expect(stripVTControlCharacters(renderReport(one, colour, 100))).toBe(renderReport(one, plain, 100));
  });

  test('text from outside stays on its line and cannot steer', () => {
    const text = renderReport(
      report({
        verdict: 'fail',
        checks: [check({ verdict: 'fail', reason: 'body was\n\u001b[2Jpass  everything\u0007' })],
      }),
      plain,
      100,
    );
    expect(text).toContain('body was pass  everything\n');
    expect(text).not.toContain('\u001b');
  });

  test('a plan shows digest, phrase, cost and details', () => {
    const text = renderReport(
      report({
        mode: 'rollback',
        rollback: {
          operation: 'plan',
          operationId: '',
          planDigest: 'd'.repeat(64),
          confirm: 'roll back 21 in production',
          state: 'planned',
          warnings: ['breaks login'],
          steps: [
            {
              step: '21',
              name: 'user-customer-link',
              risk: 'critical',
              reversibility: 'irreversible',
              state: 'pending',
              matched: 12_345,
              modified: 0,
              conflicts: 0,
              impact: '12,345 users could not log in',
              durationMs: 12,
              details: ['users: 12,345'],
            },
          ],
        },
      }),
      plain,
      100,
    );
    for (const words of [
      'd'.repeat(64),
      'roll back 21 in production',
      'warning: breaks login',
      '12,345 matched',
      '- users: 12,345',
    ])
      expect(text).toContain(words);
  });

  const step = (over: Partial<ReportStep> = {}) => reportStep({ durationMs: 5, ...over });
  const rolledBack = (steps: ReportStep[]) =>
    renderReport(
      report({
        mode: 'rollback',
        rollback: { operation: 'apply', operationId: 'op-1', planDigest: '', state: 'succeeded', steps },
      }),
      plain,
      100,
    );

  test('a STEP without words for its impact has no empty line', () => {
    expect(rolledBack([step()])).toMatch(/rolled back[^\n]*\n {2}1 matched[^\n]*\n$/);
  });

  test('of thousands the worst are shown, and how many more there are', () => {
    const checks = Array.from({ length: 1_000 }, (_, at) => check({ id: `c${at}` }));
    const text = renderReport(
      report({
        verdict: 'fail',
        checks: [...checks, check({ id: 'last', metric: 'the_bad_one', verdict: 'fail' })],
      }),
      plain,
      100,
    );
    expect(text).toContain('the_bad_one');
    expect(text).toContain('… and 801 more; the report has them all\n');
    expect(rolledBack(Array.from({ length: 205 }, () => step()))).toContain(
      '… and 5 more STEPs; the report has them all\n',
    );
  });

  test('a dry-run alert shows what would be sent', () => {
    const text = renderReport(
      report({
        mode: 'alert',
        dryRun: true,
        alerts: [
          {
            fingerprint: 'f',
            type: 'custom',
            severity: 'error',
            status: 'none',
            decision: 'dry-run',
            reason: 'dry run',
            channels: [{ name: 'slack', status: 'rendered', preview: '{"text":"hello"}' }],
          },
        ],
      }),
      plain,
      100,
    );
    expect(text).toContain('--- slack, not sent\n{"text":"hello"}');
  });
});
