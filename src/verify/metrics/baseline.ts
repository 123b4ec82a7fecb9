import * as z from 'zod';
import type { Labels, SampleSet, Series } from './samples.ts';

/** Samples of one run, kept as the reference for later ones. */
const baselineSchema = z.object({
  version: z.literal(1),
  recordedAt: z.iso.datetime(),
  series: z.array(
    z.object({
      metric: z.string(),
      labels: z.record(z.string(), z.string()),
      values: z.array(z.number()),
    }),
  ),
  /** Names of indexes by collection. */
  indexes: z.record(z.string(), z.array(z.string())),
});

export type BaselineRecord = z.output<typeof baselineSchema>;

/** More of one series are thinned out evenly: a reference needs the shape, not every point. */
const MOST_VALUES = 1_000;

/** The reference that a run is judged against. */
export class Baseline {
  readonly recordedAt: string;
  readonly indexes: Readonly<Record<string, readonly string[]>>;
  readonly #all: BaselineRecord['series'];
  readonly #series = new Map<string, readonly number[]>();

  constructor(record: BaselineRecord) {
    this.recordedAt = record.recordedAt;
    this.indexes = record.indexes;
    this.#all = record.series;
    for (const { metric, labels, values } of record.series) {
      if (values.length > 0) this.#series.set(keyOf(metric, labels), values);
    }
  }

  /** Every series of a metric. */
  of(metric: string): Array<{ labels: Labels; values: readonly number[] }> {
    return this.#all.filter((series) => series.metric === metric);
  }

  values(series: Pick<Series, 'metric' | 'labels'>): readonly number[] | undefined {
    return this.#series.get(keyOf(series.metric, series.labels));
  }
}

/** What is kept of a run. */
export function recordOf(
  samples: SampleSet,
  indexes: ReadonlyMap<string, readonly string[]>,
  now: number,
): BaselineRecord {
  return {
    version: 1,
    recordedAt: new Date(now).toISOString(),
    series: samples.all().map(({ metric, labels, values }) => ({
      metric,
      labels: { ...labels },
      values: thinned(values.filter(Number.isFinite)),
    })),
    indexes: Object.fromEntries([...indexes].map(([collection, names]) => [collection, [...names]])),
  };
}

/** Reads what was kept; undefined where it is something else. */
export function readRecord(value: unknown): BaselineRecord | undefined {
  const parsed = baselineSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** At most so many values, evenly picked. */
export function thinned(values: readonly number[], most = MOST_VALUES): number[] {
  if (values.length <= most) return [...values];
  return Array.from(
    { length: most },
    (_value, index) => values[Math.floor((index * values.length) / most)] ?? 0,
  );
}

function keyOf(metric: string, labels: Labels): string {
  return JSON.stringify([metric, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
