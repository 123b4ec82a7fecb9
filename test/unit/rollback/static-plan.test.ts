import { describe, expect, test } from 'vitest';
import { outputsOf } from '../../../src/report/outputs.ts';
import type { Report } from '../../../src/report/schema.ts';
import { renderSummary } from '../../../src/report/summary.ts';
import { BUILT_IN_STEPS } from '../../../src/rollback/catalogue.ts';
import { staticPlan } from '../../../src/rollback/static-plan.ts';

describe('a plan without a database', () => {
  const { failed, ...result } = staticPlan({ steps: BUILT_IN_STEPS });
  const report: Report = {
    schema: 'deploy-guard.report/v1',
    mode: 'rollback',
    environment: 'production',
    dryRun: true,
    startedAt: '2026-11-23T00:00:00.000Z',
    finishedAt: '2026-11-23T00:00:00.000Z',
    ...result,
  };

  test('is no verdict, and does not fail', () => {
    expect(failed).toBe(false);
    expect(result.verdict).toBe('inconclusive');
    expect(result.rollback?.planDigest).toBe('');
  });

  test('says of each STEP what it does, its risk and its cost', () => {
    const summary = renderSummary(report);
    for (const { step, name, risk } of BUILT_IN_STEPS) {
      expect(summary).toContain(`${step} ${name}`);
      expect(result.rollback?.steps.find((one) => one.step === step)).toMatchObject({
        risk,
        state: 'pending',
      });
    }
    expect(summary).toContain('breaks login');
    for (const step of result.rollback?.steps ?? []) expect(step.details?.length).toBeGreaterThan(0);
  });

  test('never reads as if nothing would change', () => {
    const summary = renderSummary(report);
    expect(summary).toContain('records not counted');
    expect(summary).not.toMatch(/0 records? would change/);
    expect(outputsOf(report, '')['records-affected']).toBe('');
    expect(outputsOf(report, '')['plan-digest']).toBe('');
  });
});
