import type { Unit } from './catalogue.ts';

export type Labels = Readonly<Record<string, string>>;

/** One measured value. Yes/no metrics hold 1 and 0. */
export interface Sample {
  readonly metric: string;
  readonly labels: Labels;
  readonly value: number;
  readonly unit: Unit;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The samples of one metric with the same labels, in the order in which they were taken. */
export interface Series {
  readonly metric: string;
  readonly labels: Labels;
  readonly unit: Unit;
  readonly values: number[];
}

/** Samples by metric and labels. Holds numbers, not objects: thousands of targets stay small. */
export class SampleSet {
  readonly #metrics = new Map<string, Map<string, Series>>();

  add(sample: Sample): void {
    const series = this.#series(sample.metric, sample.labels, sample.unit);
    series.values.push(sample.value);
  }

  /** All series of a metric, or those whose labels hold what is asked. */
  of(metric: string, labels: Labels = {}): Series[] {
    const wanted = Object.entries(labels);
    return [...(this.#metrics.get(metric)?.values() ?? [])].filter((series) =>
      wanted.every(([name, value]) => series.labels[name] === value),
    );
  }

  /** The one series with exactly these labels. */
  get(metric: string, labels: Labels): Series | undefined {
    return this.#metrics.get(metric)?.get(keyOf(labels));
  }

  all(): Series[] {
    return [...this.#metrics.values()].flatMap((byLabels) => [...byLabels.values()]);
  }

  #series(metric: string, labels: Labels, unit: Unit): Series {
    let byLabels = this.#metrics.get(metric);
    if (!byLabels) {
      byLabels = new Map();
      this.#metrics.set(metric, byLabels);
    }
    const key = keyOf(labels);
    let series = byLabels.get(key);
    if (!series) {
      series = { metric, labels, unit, values: [] };
      byLabels.set(key, series);
    }
    return series;
  }
}

function keyOf(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return '';
  if (names.length === 1) return `${names[0]}=${labels[names[0] ?? '']}`;
  return JSON.stringify(names.sort().map((name) => [name, labels[name]]));
}
