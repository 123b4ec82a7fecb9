import { describe, expect, test } from 'vitest';
import { outputsOf } from '../../../src/report/outputs.ts';
import type { Report } from '../../../src/report/schema.ts';
import { renderSummary } from '../../../src/report/summary/summary.ts';
import { staticPlan } from '../../../src/rollback/plan/static-plan.ts';
import { BUILT_IN_STEPS } from '../../../src/rollback/steps/catalogue.ts';

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

  test('is this, from its first word to its last', () => {
    const [step] = BUILT_IN_STEPS as [(typeof BUILT_IN_STEPS)[0]];
    const { cost: _, ...free } = { ...step, effect: 'It does something.' };
    const reversals = [
      { kind: 'unset-fields', collection: 'orders', fields: ['a'] },
      { kind: 'drop-indexes', collection: 'orders', indexes: ['a_1'] },
    ] as const;
    const { rollback, ...rest } = staticPlan({
      steps: [
        { ...free, reversals: [...reversals] },
        { ...free, step: '20', cost: 'It is slow.', reversals: [] },
      ],
    });
    expect(rest).toEqual({
      verdict: 'inconclusive',
      failed: false,
      cause: 'the plan was made without a database, so nothing is counted',
      checks: [],
      alerts: [],
      notices: [
        'mongodb-uri is not given. Pull requests from forks get no secrets; elsewhere set it to see what would change.',
      ],
    });
    const { name, risk } = step;
    const shared = { name, risk, reversibility: 'lossless', state: 'pending', durationMs: 0 };
    const none = { matched: 0, modified: 0, conflicts: 0 };
    expect(rollback).toEqual({
      operation: 'plan',
      operationId: '',
      planDigest: '',
      state: 'planned',
      steps: [
        {
          ...shared,
          ...none,
          step: step.step,
          impact: 'It does something.',
          details: [
            'unset orders.a: not counted: the database was not asked',
            'drop the index a_1 of orders: not counted: the database was not asked',
          ],
        },
        { ...shared, ...none, step: '20', impact: 'It does something. It is slow.', details: [] },
      ],
    });
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
