import type { Check } from '../../report/schema.ts';
import { METRICS } from '../metrics/catalogue.ts';
import type { Series } from '../metrics/samples.ts';
import { aggregateId, type Threshold } from '../thresholds/condition.ts';
import { evaluate, type Judging } from '../thresholds/evaluate.ts';

/** What is known about the thing that a threshold judges. */
export interface Subject {
  /** What the check's id begins with. */
  readonly id: string;
  readonly target: string;
  /** Said where nothing was measured. */
  readonly whyNothing: string;
  /** Said beside the share of failed samples. */
  readonly failures?: string;
}

/** One threshold judged by one series. Pure. */
export function thresholdCheck(
  threshold: Threshold,
  series: Series | undefined,
  subject: Subject,
  judging: Judging,
): Check {
  const metric = METRICS.get(threshold.metric);
  if (!metric) throw new Error(`a threshold names no metric: ${threshold.metric}`);
  const condition = threshold.fail ?? threshold.warn;
  if (!condition) throw new Error(`a threshold without a condition: ${threshold.text}`);
  const relative = condition.relative ? '-change' : '';
  return {
    id: `${subject.id}/${threshold.metric}/${aggregateId(condition.aggregate)}${relative}`,
    kind: metric.kind,
    target: subject.target,
    metric: threshold.metric,
    attempts: series ? 1 : 0,
    ...evaluate(threshold, metric, series, subject, judging),
  };
}
