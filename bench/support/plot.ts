import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Estimate } from './figures.ts';

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [size: number, cost: Estimate])[];
}

export interface Panel {
  /** What the cost is, with its unit. */
  readonly cost: string;
  readonly series: readonly Series[];
}

export interface Plot {
  readonly title: string;
  readonly size: string;
  readonly panels: readonly Panel[];
}

/** Told apart on white and on black, and by people who see colours differently; shapes tell them apart besides. */
const COLOURS = ['#2f81f7', '#d97706', '#16a070'];
const SHAPES = ['circle', 'square', 'triangle-up'];
const INK = 'currentColor';
const GROUND = 'var(--ground)';

/**
 * Cost against size as SVG, both on logarithmic axes, each point with its interval. Follows the reader's colour
 * scheme, and brings its own ground, so that it can be read wherever it is shown.
 */
export async function plotSvg({ title, size, panels }: Plot): Promise<string> {
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: GROUND,
    padding: 16,
    title: { text: title, anchor: 'start', offset: 12 },
    hconcat: panels.map(({ cost, series }) => panelSpec(size, cost, series)),
    resolve: { scale: { color: 'independent', shape: 'independent' } },
    config: {
      // Labels of each mark for screen readers: the figures stand in the table beside the plot.
      aria: false,
      font: 'system-ui, sans-serif',
      title: { color: INK, fontSize: 14 },
      axis: {
        labelColor: INK,
        titleColor: INK,
        domainColor: INK,
        tickColor: INK,
        gridColor: INK,
        gridOpacity: 0.15,
        labelFontSize: 11,
        titleFontSize: 12,
        titleFontWeight: 'normal',
      },
      legend: { labelColor: INK, labelFontSize: 12, orient: 'top', labelLimit: 400, symbolSize: 60 },
      view: { stroke: null },
    },
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg.replace('>', `><title>${title}</title>${STYLE}`).trim()}\n`;
}

const STYLE =
  '<style>svg{--ground:#fff;color:#1f2328}@media(prefers-color-scheme:dark){svg{--ground:#0d1117;color:#e6edf3}}</style>';

type PanelSpec = Extract<TopLevelSpec, { hconcat: unknown[] }>['hconcat'][number];

function panelSpec(size: string, cost: string, series: readonly Series[]): PanelSpec {
  const values = series.flatMap(({ name, points }) =>
    points.map(([at, { value, low, high }]) => ({ name, size: at, value, low, high })),
  );
  const sizes = [...new Set(values.map((point) => point.size))].sort((a, b) => a - b);
  const names = series.map(({ name }) => name);
  const byName = (range: readonly string[]) => ({
    field: 'name',
    type: 'nominal' as const,
    title: null,
    scale: { domain: names, range: range.slice(0, names.length) },
  });
  const y = (field: string) => ({
    field,
    type: 'quantitative' as const,
    title: cost,
    scale: { type: 'log' as const },
    axis: { format: ',~r', tickCount: 5 },
  });
  return {
    width: 340,
    height: 260,
    data: { values },
    encoding: {
      x: {
        field: 'size',
        type: 'quantitative',
        title: size,
        scale: { type: 'log', nice: false },
        axis: { values: sizes, format: ',', labelOverlap: true },
      },
      color: byName(COLOURS),
    },
    layer: [
      { mark: { type: 'rule', strokeWidth: 1.5 }, encoding: { y: y('low'), y2: { field: 'high' } } },
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { y: y('value') } },
      {
        mark: { type: 'point', filled: true, size: 50, opacity: 1 },
        encoding: { y: y('value'), shape: byName(SHAPES) },
      },
    ],
  };
}
