import { describe, expect, test } from 'vitest';
import type { Check } from '../../../../src/report/schema.ts';
import { versionCheck, waitCheck } from '../../../../src/verify/judge/waits.ts';
import { down, MINUTE, up } from './builders.ts';

describe('a wait', () => {
  test.each<[string, Parameters<typeof waitCheck>[0], string, string]>([
    ['at once', up, 'pass', 'answered after 3 ms'],
    [
      'at a later attempt',
      { done: true, attempts: 2, waitedMs: 1_500, reason: 'connection refused' },
      'pass',
      'answered after 1.5 s, at attempt 2 (before: connection refused)',
    ],
    [
      'at a later attempt, for no known reason',
      { done: true, attempts: 3, waitedMs: 1_500 },
      'pass',
      'answered after 1.5 s, at attempt 3 (before: no answer)',
    ],
    ['never', down, 'fail', 'not within 1 min, 4 attempts: connection refused'],
    [
      'never, for no known reason',
      { done: false, attempts: 1, waitedMs: 12.4 },
      'fail',
      'not within 1 min, 1 attempt: no answer',
    ],
  ])('%s', (_name, wait, verdict, reason) => {
    expect(waitCheck(wait, MINUTE)).toEqual({
      observed: Math.round(wait.waitedMs),
      unit: 'ms',
      threshold: 'within 1 min',
      samples: wait.attempts,
      attempts: wait.attempts,
      verdict,
      reason,
    });
  });
});

describe('a version', () => {
  const wanted = { ...up, expected: '2.0' };
  const balancer = 'Old instances are still behind the balancer: verify after the roll-out has ended.';
  test.each<[string, Parameters<typeof versionCheck>[0], [string, number][], Partial<Check>]>([
    [
      'answers at once',
      { ...wanted, seen: '2.0' },
      [],
      { observed: '2.0', verdict: 'pass', reason: 'version 2.0 answers' },
    ],
    [
      'answers after a while',
      { ...wanted, seen: '2.0', attempts: 5, waitedMs: 9_000 },
      [],
      { observed: '2.0', verdict: 'pass', reason: 'version 2.0 answers since 9 s, at attempt 5' },
    ],
    [
      'is mixed with others',
      { ...wanted, seen: '2.0' },
      [
        ['1.9', 3],
        ['1.8', 1],
      ],
      {
        observed: '1.9, 1.8',
        verdict: 'fail',
        reason: 'another version still answers some samples: 1.9 (3×), 1.8 (1×); expected 2.0',
        hint: balancer,
      },
    ],
    [
      'is the old one still',
      { ...down, expected: '2.0', seen: '1.9' },
      [],
      {
        observed: '1.9',
        verdict: 'fail',
        reason: 'version 1.9 still answers after 1 min, expected 2.0',
        hint: 'Did the deployment reach this address? Raise `wait-timeout` if it only needs longer.',
      },
    ],
    [
      'is the old one still, and was in the samples',
      { ...down, expected: '2.0', seen: '1.9' },
      [['1.9', 3]],
      { observed: '1.9', verdict: 'fail', reason: 'version 1.9 still answers after 1 min, expected 2.0' },
    ],
    [
      'cannot be read',
      { ...down, expected: '2.0' },
      [],
      {
        observed: null,
        verdict: 'fail',
        reason: 'no version could be read: connection refused',
        hint: 'Check `version-path`: a JSON Pointer such as /version into the answer of the target.',
      },
    ],
    [
      'cannot be read, for no known reason',
      { done: false, attempts: 2, waitedMs: 1, expected: '2.0' },
      [],
      { observed: null, verdict: 'fail', reason: 'no version could be read: no answer' },
    ],
  ])('%s', (_name, version, others, expected) => {
    const found = versionCheck(version, new Map(others));
    expect(found).toMatchObject({
      kind: 'http',
      metric: 'version',
      unit: '',
      threshold: '== 2.0',
      samples: version.attempts,
      attempts: version.attempts,
      ...expected,
    });
    expect('hint' in found).toBe(found.verdict === 'fail');
  });
});
