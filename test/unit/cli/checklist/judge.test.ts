import { describe, expect, test } from 'vitest';
import { notCompared, unconfigured, unfinished } from '../../../../src/cli/checklist/judge.ts';

describe('what a result leaves open', () => {
  const history = (...states: string[]) => ({
    rollback: { history: states.map((state, index) => ({ operationId: `op-${index}`, state })) },
  });
  test.each([
    [history(), undefined],
    [history('succeeded', 'failed'), undefined],
    [history('succeeded', 'interrupted', 'running'), /op-1 is interrupted, and 1 more; finish it with/],
    [undefined, undefined],
  ])('%j', (result, words) => {
    if (words === undefined) expect(unfinished(result)).toBeUndefined();
    else expect(unfinished(result)).toMatch(words);
  });

  test('a comparison without a baseline leaves its line open', () => {
    expect(notCompared({ checks: [{ id: 'a' }] })).toMatch(/^nothing was compared: /);
    expect(notCompared(undefined)).toMatch(/^nothing was compared: /);
    expect(notCompared({ checks: [{ id: 'a' }, { id: 'b', baseline: 12 }] })).toBeUndefined();
  });

  const findings = (all: Record<string, string>) => ({
    findings: Object.entries(all).map(([id, status]) => ({ id, status })),
  });
  test.each([
    [findings({ mongodb: 'not configured', slack: 'ok' }), /no database/],
    [
      findings({ mongodb: 'ok', slack: 'not configured', smtp: 'not configured' }),
      /nobody would be notified/,
    ],
    [findings({ mongodb: 'ok', 'slack/webhook': 'ok', smtp: 'not configured' }), undefined],
    [undefined, /no database/],
  ])('%j is no all-clear', (result, words) => {
    if (words === undefined) expect(unconfigured(result)).toBeUndefined();
    else expect(unconfigured(result)).toMatch(words);
  });
});
