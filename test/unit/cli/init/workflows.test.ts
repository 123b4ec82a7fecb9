import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { WORKFLOWS } from '../../../../src/cli/arguments/own-options.ts';
import { workflowText } from '../../../../src/cli/init/workflows.ts';
import { ALL_INPUTS } from '../../../../src/settings/settings.ts';
import { ANSWERS, answers } from './builders.ts';

describe('workflows', () => {
  interface Workflow {
    on: Record<string, unknown>;
    permissions: unknown;
    concurrency: { 'cancel-in-progress': boolean };
    jobs: Record<string, { steps: { uses?: string; with?: Record<string, unknown>; if?: string }[] }>;
  }

  test.each(WORKFLOWS)('%s is YAML with known inputs alone, for any answers', (name) => {
    fc.assert(
      fc.property(answers, (given) => {
        const workflow = parse(workflowText(name, given)) as Workflow;
        expect(workflow.permissions).toEqual({});
        const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
        const ours = steps.filter(({ uses }) => uses === given.uses);
        expect(ours.length).toBeGreaterThan(0);
        for (const step of ours)
          for (const [input, value] of Object.entries(step.with ?? {})) {
            expect(Object.keys(ALL_INPUTS)).toContain(input);
            if (!String(value).includes('${{'))
              expect(ALL_INPUTS[input]?.schema.safeParse(String(value)).success).toBe(true);
          }
        // Every other action is pinned by its commit.
        for (const { uses } of steps) if (uses && uses !== given.uses) expect(uses).toMatch(/@[0-9a-f]{40}$/);
      }),
      { numRuns: 30 },
    );
  });

  test('the scheduled check has a control target, so that a runner without a network sends no alert', () => {
    const steps = (name: 'health' | 'verify') =>
      Object.values((parse(workflowText(name, ANSWERS)) as Workflow).jobs)
        .flatMap((job) => job.steps)
        .filter((step) => step.with?.mode === 'verify');
    expect(steps('health').map((step) => step.with?.['control-target'])).toEqual(['https://api.github.com/']);
    expect(steps('verify').map((step) => step.with?.['control-target'])).toEqual([undefined]);
  });

  test('a rollback is never cancelled half-way', () => {
    expect((parse(workflowText('rollback', ANSWERS)) as Workflow).concurrency['cancel-in-progress']).toBe(
      false,
    );
  });

  test('the alert step runs even if the gate is red', () => {
    const steps = Object.values((parse(workflowText('verify', ANSWERS)) as Workflow).jobs).flatMap(
      (job) => job.steps,
    );
    expect(steps.find((step) => step.with?.mode === 'alert')?.if).toContain('always()');
  });
});
