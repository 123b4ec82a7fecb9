import { describe, expect, test } from 'vitest';
import { renderReport } from '../../../src/cli/modes/render-report.ts';
import { annotations } from '../../../src/report/annotations.ts';
import { renderHtml } from '../../../src/report/html/page.ts';
import { REPORT_SCHEMA, type Report, reportSchema } from '../../../src/report/schema.ts';
import { renderSummary } from '../../../src/report/summary/summary.ts';
import { reportStep } from '../../support/report-step.ts';

/** Each form of a value, and a STEP that failed, by name: properties meet them only by chance. */
const check = {
  id: 'c',
  kind: 'http',
  target: 'api',
  metric: 'm',
  threshold: 't',
  samples: 10,
  attempts: 1,
  verdict: 'fail',
  reason: 'too much',
} as const;
const at = '2026-01-27T20:00:00.000Z';
const report: Report = {
  schema: REPORT_SCHEMA,
  mode: 'verify',
  environment: 'production',
  dryRun: false,
  startedAt: at,
  finishedAt: at,
  verdict: 'fail',
  checks: [
    { ...check, id: 'text', observed: '1.2.3', unit: '' },
    { ...check, id: 'unit', observed: 4.5, unit: 'MB', baseline: 3 },
    { ...check, id: 'share', observed: 12.5, unit: '%' },
    { ...check, id: 'none', observed: null, unit: '%' },
  ],
  alerts: [],
  rollback: {
    operation: 'apply',
    operationId: 'op',
    planDigest: 'd',
    state: 'failed',
    steps: [reportStep({ state: 'rollback_failed', impact: 'renewals stop', error: 'the disk is full' })],
  },
};

describe('every form of a value', () => {
  test('the report is one', () => {
    expect(reportSchema.safeParse(report).error).toBeUndefined();
  });

  test('on a terminal', () => {
    const text = renderReport(report, (_style, words) => words, 120, { report: 'report.json' });
    for (const words of ['1.2.3', '4.5 MB', '12.5 %', '—', 'the disk is full']) expect(text).toContain(words);
  });

  test('in the page', () => {
    const page = renderHtml(report);
    for (const words of ['1.2.3', '12.5 %', '<strong>the disk is full</strong>', 'Baseline'])
      expect(page).toContain(words);
  });

  test('in the summary and beside the code', () => {
    expect(renderSummary(report)).toContain('<br>**the disk is full**');
    expect(annotations(report)).toContainEqual(
      expect.objectContaining({ message: 'the disk is full', level: 'error' }),
    );
  });
});
