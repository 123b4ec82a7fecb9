import type { Labels } from '../metrics/samples.ts';

export type Operator = '<' | '<=' | '>' | '>=' | '==' | '!=';

export type Aggregate =
  | { readonly name: 'p'; readonly p: number }
  | { readonly name: 'avg' | 'min' | 'max' | 'med' | 'rate' | 'count' | 'value' };

/** `p(95)<500ms`, in the metric's own unit. */
export interface Condition {
  readonly aggregate: Aggregate;
  readonly operator: Operator;
  readonly value: number;
  /** The value is a change from the baseline: in per cent of it, or in the metric's unit. */
  readonly relative?: 'percent' | 'absolute';
  /** As written, without blanks. */
  readonly text: string;
}

/** One line of `thresholds`. At least one of `fail` and `warn` is given. */
export interface Threshold {
  readonly metric: string;
  readonly labels: Labels;
  readonly fail?: Condition;
  readonly warn?: Condition;
  /** As written. */
  readonly text: string;
  /** Applied because nothing else was written for the metric. */
  readonly implied?: boolean;
}

/** `p95`, `avg`: the aggregate in ids. */
export function aggregateId(aggregate: Aggregate): string {
  return aggregate.name === 'p' ? `p${aggregate.p}` : aggregate.name;
}

/** `p(95)`, `avg`: the aggregate as written. */
export function aggregateText(aggregate: Aggregate): string {
  return aggregate.name === 'p' ? `p(${aggregate.p})` : aggregate.name;
}

/** Whether a value keeps a condition; for a relative one hand in the value to compare with. */
export function holds(observed: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case '<':
      return observed < limit;
    case '<=':
      return observed <= limit;
    case '>':
      return observed > limit;
    case '>=':
      return observed >= limit;
    case '==':
      return nearlyEqual(observed, limit);
    case '!=':
      // NaN keeps no limit.
      return !Number.isNaN(observed) && !nearlyEqual(observed, limit);
  }
}

/** Rates and scaled units are computed, so the last bits of two equal values may differ. */
function nearlyEqual(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}
