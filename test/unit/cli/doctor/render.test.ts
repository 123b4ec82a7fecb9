import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../../src/cli/doctor/finding.ts';
import { renderFindings } from '../../../../src/cli/doctor/render.ts';
import { plain } from '../../../../src/cli/terminal/terminal.ts';

describe('findings as text', () => {
  const findings: Finding[] = [
    { id: 'a', subject: 'A', status: 'ok', found: 'fine', todo: 'nothing' },
    { id: 'b', subject: 'B', status: 'failed', found: 'broken\u001b[2J', todo: 'mend it' },
    { id: 'c', subject: 'C', status: 'not configured', found: 'not configured', todo: 'configure it' },
  ];
  test('say what to do wherever something is to be done, and count', () => {
    expect(renderFindings(findings, plain, 80)).toBe(
      [
        'ok              A: fine',
        'failed          B: broken',
        '                → mend it',
        'not configured  C: not configured',
        '                → configure it',
        '',
        '1 ok, 1 failed, 1 not configured',
        '',
      ].join('\n'),
    );
  });
});
