import type { Measurement, Report } from '../schema.ts';
import { subjectOf } from '../subject.ts';

/** More would make the page slow to read and to draw. */
const MOST_CHARTS = 6;
/** GitHub's Mermaid draws no more points than fit. */
const MOST_POINTS = 60;

/**
 * Charts of a verify run in Mermaid, which GitHub draws: the latency of each target, those with failed
 * checks first. Pure.
 * @returns Markdown, and what had to be left out
 */
export function verifyCharts(report: Report, most = MOST_CHARTS): string[] {
  const parts: string[] = [];
  const charts = worstFirst(report).filter(({ values }) => values.length > 1);
  if (charts.length > 0 && most > 0) {
    const shown = charts.slice(0, most).map(latencyChart);
    const left = charts.length - shown.length;
    parts.push(
      '<details open><summary>Latency</summary>\n',
      ...shown,
      ...(left > 0 ? [`… and ${left} more targets; the JSON report has their samples.`] : []),
      '\n</details>',
    );
  }
  return parts;
}

function worstFirst(report: Report): Measurement[] {
  const bad = new Map<string, number>();
  for (const check of report.checks) {
    const target = subjectOf(check);
    const { verdict } = check;
    const weight = { fail: 4, error: 3, inconclusive: 2, warn: 1, pass: 0, skipped: 0 }[verdict];
    bad.set(target, Math.max(bad.get(target) ?? 0, weight));
  }
  return [...(report.measurements ?? [])].sort((a, b) => (bad.get(b.target) ?? 0) - (bad.get(a.target) ?? 0));
}

/** Warm-up probes come before the samples, as a line of their own kind would hide them: they are in the title. */
function latencyChart({ target, unit, values, limit, count, failed }: Measurement): string {
  const points = thinned(values);
  const highest = Math.max(...points);
  // A limit far above would press the samples flat onto the axis; the title has it.
  const drawn = limit !== undefined && limit <= 3 * highest ? limit : undefined;
  const top = Math.max(highest, drawn ?? 0);
  const facts = [
    `${count} samples`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(limit === undefined ? [] : [`limit ${round(limit)} ${plain(unit)}`]),
  ];
  return [
    '```mermaid',
    LOOK,
    'xychart-beta',
    `    title "${plain(target)}: ${facts.join(', ')}"`,
    `    x-axis "sample" 1 --> ${Math.max(2, values.length)}`,
    `    y-axis "${plain(unit)}" 0 --> ${round(top * 1.1) || 1}`,
    `    line [${points.map(round).join(', ')}]`,
    ...(drawn === undefined ? [] : [`    line [${points.map(() => round(drawn)).join(', ')}]`]),
    '```',
  ].join('\n');
}

/** Mermaid's own first colour can hardly be seen: samples are blue, limits red, on light and on dark. */
const LOOK =
  '%%{init: {"xyChart": {"height": 280}, "themeVariables": {"xyChart": {"plotColorPalette": "#2f81f7, #e5534b"}}}}%%';

/** Text within Mermaid's own syntax: nothing in it may end a string, a line or the block. */
function plain(text: string): string {
  return text.replace(/[^\p{L}\p{N} ._/%()-]/gu, ' ').slice(0, 80);
}

function thinned(values: readonly number[]): number[] {
  if (values.length <= MOST_POINTS) return [...values];
  return Array.from(
    { length: MOST_POINTS },
    (_value, index) => values[Math.floor((index * values.length) / MOST_POINTS)] ?? 0,
  );
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
