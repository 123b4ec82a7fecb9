import { expect, test } from 'vitest';
import { escapeMarkdown } from '../../../../src/report/summary/markdown.ts';

test('references and mentions in a summary do not become links', () => {
  for (const text of [
    '#12',
    'a/b#12',
    'GH-12',
    'www.evil.example',
    '@octocat',
    'a@b.example',
    '0@.A',
    'a@_b.c',
  ])
    expect(escapeMarkdown(text)).toContain('\u200d');
});
