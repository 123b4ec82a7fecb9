import { cell, table } from '../report/summary/markdown.ts';
import { LARGEST_SUMMARY } from '../report/summary/summary.ts';
import type { Merged, Row } from './merge.ts';
import { VERDICT_MARK } from './words.ts';

/** The merged summary as GitHub's Markdown. Pure; below `limit` bytes, rows that are cut are counted. */
export function renderMerged(merged: Merged, title: string, limit = LARGEST_SUMMARY): string {
  for (const maxRows of [Number.POSITIVE_INFINITY, 1_000, 100, 10]) {
    const text = render(merged, title, maxRows);
    if (Buffer.byteLength(text) <= limit) return text;
  }
  return `## ${VERDICT_MARK[merged.verdict]} · ${cell(title)}\n`;
}

function render({ verdict, rows }: Merged, title: string, maxRows: number): string {
  const good = rows.filter((row) => row.verdict === 'pass').length;
  const head = `## ${VERDICT_MARK[verdict]} · ${cell(title)}\n\n${good} of ${rows.length} passed.`;
  if (rows.length === 0) return `${head} No report was found.\n`;
  return `${head}\n\n${table(['', 'Environment', 'Mode', 'What', 'When'], rows.map(cells), maxRows)}\n`;
}

function cells(row: Row): string[] {
  const when = row.at === undefined ? '' : `${row.at.slice(0, 16).replace('T', ' ')} UTC`;
  return [
    VERDICT_MARK[row.verdict],
    cell(row.environment),
    row.mode === 'unknown' ? '' : `${row.mode}${row.dryRun ? ' (dry run)' : ''}`,
    cell(row.note),
    row.url && /^https:\/\/[^\s()<>]+$/.test(row.url) ? `[${when}](${row.url})` : when,
  ];
}
