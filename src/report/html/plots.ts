import { formatDuration } from '../../support/duration.ts';
import type { Measurement } from '../schema.ts';
import { type Html, html } from './text.ts';

const WIDTH = 640;
const HEIGHT = 220;
/** Wide enough for `2 min 20 s` in the larger type of a phone. */
const LEFT = 96;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 34;

/** The samples of one target: warm-up in grey before them, the limit as a line. */
export function latencyPlot(measurement: Measurement): Html {
  const { target, metric, values, warmup, limit, count, failed } = measurement;
  const all = [...warmup, ...values];
  const highest = Math.max(...all);
  // A limit far above would press the samples flat onto the axis; the caption has it.
  const drawn = limit !== undefined && limit <= 3 * highest ? limit : undefined;
  const most = Math.max(highest, drawn ?? 0) * 1.08 || 1;
  const x = (index: number) => LEFT + ((index + 0.5) / all.length) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  const line = values
    .map((value, index) => `${fixed(x(warmup.length + index))},${fixed(y(value))}`)
    .join(' ');
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => share * most);
  const sorted = [...values].sort((a, b) => a - b);
  const words = `${count} samples${failed > 0 ? `, ${failed} failed` : ''}${warmup.length > 0 ? `, after ${warmup.length} warm-up probes` : ''}: from ${formatDuration(sorted[0] ?? 0)} to ${formatDuration(sorted.at(-1) ?? 0)}, median ${formatDuration(sorted[Math.floor((sorted.length - 1) / 2)] ?? 0)}${limit === undefined ? '' : `; limit ${formatDuration(limit)}${drawn === undefined ? ', far above' : ''}`}`;
  const radius = all.length > 80 ? 1.8 : 3.2;
  return html`<figure>
<figcaption><strong>${target}</strong> <code>${metric}</code><br><span class="words">${words}</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${target}, ${metric}: ${words}">
${ticks.map((value) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${fixed(y(value))}" y2="${fixed(y(value))}"/><text class="tick" x="${LEFT - 8}" y="${fixed(y(value) + 4)}" text-anchor="end">${formatDuration(Number(value.toPrecision(2)))}</text>`)}
${warmup.length > 0 ? html`<rect class="warm" x="${LEFT}" y="${TOP}" width="${fixed(x(warmup.length - 0.5) - LEFT)}" height="${HEIGHT - TOP - BOTTOM}"/>` : ''}
${drawn === undefined ? '' : html`<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${fixed(y(drawn))}" y2="${fixed(y(drawn))}"/>`}
<polyline class="series" points="${line}"/>
${warmup.map((value, index) => html`<circle class="thrown" cx="${fixed(x(index))}" cy="${fixed(y(value))}" r="${radius}"/>`)}
${values.map((value, index) => html`<circle class="point${limit !== undefined && value >= limit ? ' over' : ''}" cx="${fixed(x(warmup.length + index))}" cy="${fixed(y(value))}" r="${radius}"/>`)}
${drawn === undefined ? '' : html`<text class="limit-text" x="${WIDTH - RIGHT}" y="${fixed(y(drawn) - 6)}" text-anchor="end">limit ${formatDuration(drawn)}</text>`}
<text class="tick" x="${LEFT}" y="${HEIGHT - 10}">${warmup.length > 0 ? 'warm-up, then the samples' : 'first sample'}</text>
<text class="tick" x="${WIDTH - RIGHT}" y="${HEIGHT - 10}" text-anchor="end">last</text>
</svg>
</figure>`;
}

function fixed(value: number): string {
  return String(Number(value.toFixed(1)));
}
