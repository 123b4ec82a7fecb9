import { expect, test } from 'vitest';
import { readArguments } from '../../../../src/cli/arguments/parse.ts';
import { CHECKLISTS, DOCUMENTS } from '../../../../src/cli/checklist/lines.ts';

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
