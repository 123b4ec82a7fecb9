import type { AppOutcome } from '../../../../src/verify/app/outcome.ts';
import { type AppReading, EMPTY_READING } from '../../../../src/verify/app/reading.ts';
import type { TargetOutcome } from '../../../../src/verify/http/outcome.ts';
import { judge } from '../../../../src/verify/judge/judge.ts';
import type { GateOutcome } from '../../../../src/verify/judge/outcome.ts';
import type { Reference } from '../../../../src/verify/metrics/baseline-store.ts';
import { Failures } from '../../../../src/verify/metrics/failures.ts';
import { type Labels, SampleSet } from '../../../../src/verify/metrics/samples.ts';
import type { MongoOutcome } from '../../../../src/verify/mongodb/outcome.ts';
import type { Threshold } from '../../../../src/verify/thresholds/condition.ts';
import { parseThreshold } from '../../../../src/verify/thresholds/parse.ts';

export const MINUTE = 60_000;
export const judging = { reference: { kind: 'none' } as Reference, floorMs: 0 };

export function threshold(text: string, implied = false): Threshold {
  const result = parseThreshold(text);
  if (!result.ok) throw new Error(result.error.message);
  return implied ? { ...result.threshold, implied } : result.threshold;
}

export function failures(...reasons: string[]): Failures {
  const counted = new Failures();
  for (const reason of reasons) counted.add(reason);
  return counted;
}

/** Samples by metric, of one series each. */
export function samplesOf(values: Record<string, readonly number[]>, labels: Labels = {}): SampleSet {
  const samples = new SampleSet();
  for (const [metric, list] of Object.entries(values)) {
    for (const value of list) samples.add({ metric, labels, value, unit: '', at: 0 });
  }
  return samples;
}

/** How a wait ended. */
export const up = { done: true, attempts: 1, waitedMs: 3 };
export const down = { done: false, attempts: 4, waitedMs: MINUTE, reason: 'connection refused' };

export const service = (reading: Partial<AppReading> = {}, over: Partial<AppOutcome> = {}): AppOutcome => ({
  format: 'six endpoints',
  reachable: up,
  hasHealth: true,
  otherVersions: new Map(),
  polls: 0,
  unhealthyPolls: new Failures(),
  reading: { ...EMPTY_READING, status: 'healthy', ...reading },
  ...over,
});

export const mongo = (over: Partial<MongoOutcome> = {}): MongoOutcome => ({
  database: 'shop',
  expected: { collections: [] },
  counted: new Set(),
  reachable: up,
  failures: new Failures(),
  uncounted: new Map(),
  estimated: new Set(),
  ...over,
});

export const diagnosis = (
  over: Partial<NonNullable<MongoOutcome['diagnosis']>> = {},
): NonNullable<MongoOutcome['diagnosis']> => ({
  values: new Map(),
  skips: new Map(),
  facts: [],
  server: {
    version: { ok: true, value: '8.0.4' },
    topology: { ok: true, value: { kind: 'replica-set', set: 'rs0', primary: true } },
    compatibility: { ok: true, value: { version: '8.0' } },
  },
  headless: [],
  indexes: new Map(),
  ...over,
});

export const target = (name: string, over: Partial<TargetOutcome> = {}): TargetOutcome => ({
  name,
  https: false,
  reachable: up,
  warmup: [],
  failures: new Failures(),
  retried: { samples: 0, attempts: 1, reasons: new Failures() },
  otherVersions: new Map(),
  redirectedTo: new Map(),
  suspicions: new Map(),
  cached: 0,
  ...over,
});

/** Limits of a run in these tests. */
export const settings = { waitTimeoutMs: 60_000 };

/** Targets with the durations that were measured of each; `null` is a failed sample. */
export function outcome(durations: Record<string, ReadonlyArray<number | null>>): GateOutcome {
  const samples = new SampleSet();
  for (const [name, list] of Object.entries(durations)) {
    const labels = { target: name };
    for (const value of list) {
      samples.add({ metric: 'http_req_failed', labels, value: value === null ? 1 : 0, unit: 'ratio', at: 0 });
      if (value !== null) samples.add({ metric: 'http_req_duration', labels, value, unit: 'ms', at: 0 });
    }
  }
  const targets = Object.entries(durations).map(([name, list]) =>
    target(name, {
      failures: failures(...list.filter((value) => value === null).map(() => 'connection refused')),
    }),
  );
  return { samples, targets };
}

export const ten = Array.from({ length: 10 }, (_value, n) => (n + 1) * 10);

/** `http_req_failed` of each target: 1 for a failed sample. */
export const failedSamples = (values: Record<string, readonly number[]>) => {
  const set = new SampleSet();
  for (const [name, list] of Object.entries(values)) {
    for (const value of list)
      set.add({ metric: 'http_req_failed', labels: { target: name }, value, unit: 'ratio', at: 0 });
  }
  return set;
};

/** Judged by "no sample may fail" alone. */
export const judgeFailed = (targets: TargetOutcome[], values: Record<string, readonly number[]>, rest = {}) =>
  judge({ samples: failedSamples(values), targets, ...rest }, [threshold('http_req_failed: rate==0')], {
    waitTimeoutMs: MINUTE,
  });
