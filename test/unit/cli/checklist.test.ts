import { describe, expect, test } from 'vitest';
import { readArguments } from '../../../src/cli/arguments/parse.ts';
import { notCompared, unconfigured, unfinished } from '../../../src/cli/checklist/judge.ts';
import { CHECKLISTS, DOCUMENTS } from '../../../src/cli/checklist/lines.ts';

const LINES = DOCUMENTS.flatMap((name) =>
  CHECKLISTS[name].lines.map((line) => ({ ...line, document: name })),
);

test('ids are unique over all documents, and fit an option', () => {
  expect(new Set(LINES.map(({ id }) => id)).size).toBe(LINES.length);
  for (const { id } of LINES) expect(id).toMatch(/^[a-z][a-z-]+$/);
});

test.each(LINES.filter((line) => line.kind === 'command'))('$id runs a command that there is', (line) => {
  const { problems, command } = readArguments(
    line.argv.map((word) => (word === '{report}' ? 'report.json' : word)),
  );
  expect(problems).toEqual([]);
  expect(command).toBe(line.argv[0]);
  // A checklist looks and tells; it never changes data.
  expect(line.argv.join(' ')).not.toMatch(/apply|resume|restore|unlock|purge/);
});

test.each(LINES.filter((line) => line.kind === 'decision'))('$id names who decides', (line) => {
  expect(line.who).toMatch(/^[a-z-]+( [a-z]+)?$/);
});

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
