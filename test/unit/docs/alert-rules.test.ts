import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const docs = readFileSync(new URL('../../../docs/ALERTS.md', import.meta.url), 'utf8');

test('the documentation explains every rule that can decide', () => {
  const rules = ['decide', 'deduplication', 'firing', 'resolved', 'transitions'].flatMap((file) => {
    const source = readFileSync(new URL(`../../../src/alert/policy/${file}.ts`, import.meta.url), 'utf8');
    return [...source.matchAll(/\brule(?: =|:) '([a-z-]+)'|\bend\('([a-z-]+)'/g)].map(
      ([, a, b]) => a ?? b ?? '',
    );
  });
  expect(rules.length).toBeGreaterThan(12);
  const undocumented = [...new Set(rules)].filter(
    (rule) => rule !== 'superseded' && !docs.includes(`\`${rule}\``),
  );
  expect(undocumented).toEqual([]);
});
