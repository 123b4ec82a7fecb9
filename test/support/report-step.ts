import type { ReportStep } from '../../src/report/schema.ts';

/** A STEP of a report that was rolled back. */
export function reportStep(over: Partial<ReportStep> = {}): ReportStep {
  return {
    step: '19',
    name: 'subscription-id',
    risk: 'low',
    reversibility: 'lossless',
    state: 'rolled_back',
    matched: 1,
    modified: 1,
    conflicts: 0,
    impact: '',
    durationMs: 1,
    ...over,
  };
}
