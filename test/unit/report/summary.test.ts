import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotations } from '../../../src/report/annotations.ts';
import { OUTPUTS, outputsOf } from '../../../src/report/outputs.ts';
import { type Check, type Report, type ReportAlert, reportSchema } from '../../../src/report/schema.ts';
import { cell, code, escapeMarkdown } from '../../../src/report/summary/markdown.ts';
import { LARGEST_SUMMARY, renderSummary } from '../../../src/report/summary/summary.ts';
import { REPORT_SCHEMA, worstVerdict } from '../../../src/report/vocabulary.ts';

const check = (over: Partial<Check> = {}): Check => ({
  id: 'http/api/http_req_duration',
  kind: 'http',
  target: 'api',
  metric: 'http_req_duration',
  observed: 12.5,
  unit: 'ms',
  threshold: 'p(95)<500ms',
  samples: 10,
  attempts: 10,
  verdict: 'pass',
  reason: 'p(95) is 12.5 ms',
  ...over,
});

const report = (over: Partial<Report> = {}): Report => ({
  schema: REPORT_SCHEMA,
  mode: 'verify',
  environment: 'production',
  dryRun: false,
  startedAt: '2026-01-27T20:00:00.000Z',
  finishedAt: '2026-01-27T20:00:12.000Z',
  verdict: 'pass',
  checks: [],
  alerts: [],
  ...over,
});

describe('verdicts', () => {
  test.each([
    [['pass', 'warn', 'fail'], 'fail'],
    [['pass', 'error', 'warn'], 'error'],
    [['pass', 'inconclusive'], 'inconclusive'],
    [['pass', 'skipped'], 'pass'],
    [['skipped'], 'inconclusive'],
    [[], 'inconclusive'],
  ] as const)('%j together are %s', (verdicts, worst) => expect(worstVerdict(verdicts)).toBe(worst));
});

describe('summary', () => {
  test('shows the verdict, the check and what to do', () => {
    const text = renderSummary(
      report({
        verdict: 'fail',
        cause: 'MongoDB is down',
        checks: [check({ verdict: 'fail', hint: 'Look at the database.' })],
      }),
    );
    expect(text).toContain('## ❌ fail · verify · production');
    expect(text).toContain('MongoDB is down');
    expect(text).toContain('Look at the database.');
    expect(text).toContain('`http_req_duration: p(95)<500ms`');
    expect(text).toContain('Took 12 s.');
  });

  test('puts what failed first', () => {
    const text = renderSummary(
      report({ checks: [check({ target: 'good' }), check({ target: 'bad', verdict: 'fail' })] }),
    );
    expect(text.indexOf('bad')).toBeLessThan(text.indexOf('good'));
  });

  test('stays below the limit by cutting rows, and counts them', () => {
    const checks = Array.from({ length: 20_000 }, (_, index) =>
      check({ id: `c${index}`, verdict: 'fail', reason: `${index} ${'x'.repeat(300)}` }),
    );
    const text = renderSummary(report({ checks }));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LARGEST_SUMMARY);
    expect(text).toMatch(/… and \d+ more rows/);
  });

  test('shows a plan with its digest and phrase', () => {
    const text = renderSummary(
      report({
        mode: 'rollback',
        rollback: {
          operation: 'plan',
          operationId: 'op-1',
          planDigest: 'a'.repeat(64),
          confirm: 'roll back production',
          state: 'planned',
          steps: [
            {
              step: '19',
              name: 'subscription-id',
              risk: 'medium',
              reversibility: 'lossless',
              state: 'pending',
              matched: 10_000,
              modified: 0,
              conflicts: 0,
              impact: '10,000 orders lose subscription_id',
              durationMs: 5,
              details: ['orders: subscription_id "a" → missing'],
            },
          ],
        },
      }),
    );
    expect(text).toContain('10,000 records would change');
    expect(text).toContain('a'.repeat(64));
    expect(text).toContain('roll back production');
    // Nothing was done yet, so nothing is said of it.
    expect(text).toContain('| STEP | Risk | Undo | Would change | Impact |');
    expect(text).not.toMatch(/Modified|Took \|/);
  });

  test('property: text from outside never breaks out of its table cell', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc.string({ unit: fc.constantFrom('\\', '|', '`', 'a', '\n') }),
        ),
        (reason) => {
          const rows = renderSummary(
            report({ checks: [check({ verdict: 'fail', reason, target: reason, threshold: reason })] }),
          )
            .split('\n')
            .filter((line) => line.startsWith('| ❌'));
          expect(rows).toHaveLength(1);
          // Three cells: four pipes that are not escaped.
          expect(rows[0]?.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(4);
        },
      ),
    );
  });
});

describe('markdown', () => {
  test('mentions, links, markup and reading marks are disarmed', () => {
    const text = escapeMarkdown('@team <img src=x> [a](http://b) `c` \u202egreen\u2066');
    expect(text).not.toMatch(/@team|<img|(?<!\\)\]\(|[\u202a-\u202e\u2066-\u2069]/);
    expect(text).not.toContain('://');
  });
  test('a long cell says how much was cut', () =>
    expect(cell('x'.repeat(1_000))).toContain('600 more characters'));
  test('code with backticks is fenced by more of them', () => expect(code('a`b``c')).toBe('```a`b``c```'));
});

describe('annotations', () => {
  test('only what failed, at most ten of a level, the last one counting the rest', () => {
    const checks = Array.from({ length: 30 }, (_, index) =>
      check({ id: `c${index}`, verdict: index < 25 ? 'fail' : 'pass' }),
    );
    const list = annotations(report({ checks }));
    expect(list).toHaveLength(10);
    expect(list.at(-1)?.message).toContain('16 more');
  });
});

describe('outputs', () => {
  test('every output is always set', () => {
    const values = outputsOf(
      report({ verdict: 'fail', checks: [check({ verdict: 'fail' }), check({ id: 'x', verdict: 'error' })] }),
      '/r.json',
    );
    expect(Object.keys(values).sort()).toEqual(Object.keys(OUTPUTS).sort());
    expect(values['failed-checks']).toBe('http/api/http_req_duration\nx');
    expect(values['alert-status']).toBe('none');
  });

  test('of several alerts the most telling status', () => {
    const alert = {
      fingerprint: 'f',
      type: 't',
      severity: 'error',
      decision: 'd',
      reason: 'r',
      channels: [],
    } satisfies Omit<ReportAlert, 'status'>;
    const alerts = (['suppressed', 'sent', 'failed'] as const).map((status) => ({ ...alert, status }));
    expect(outputsOf(report({ alerts: [...alerts] }), '')['alert-status']).toBe('failed');
  });
});

test('the report of these tests is a valid report', () => {
  expect(reportSchema.safeParse(report({ checks: [check()] })).error).toBeUndefined();
});
