import type { Check } from '../report/schema.ts';
import { evaluate } from './evaluate.ts';
import { METRICS } from './metrics.ts';
import type { Series } from './samples.ts';
import { aggregateId, type Threshold } from './thresholds.ts';

/**
 * One threshold judged by one series.
 * @param whyNothing said where nothing was measured
 * @param failures said beside the share of failed samples
 */
export function thresholdCheck(
  threshold: Threshold,
  idPrefix: string,
  target: string,
  series: Series | undefined,
  whyNothing: string,
  failures: string,
): Check {
  const metric = METRICS.get(threshold.metric);
  if (!metric) throw new Error(`a threshold names no metric: ${threshold.metric}`);
  const condition = threshold.fail ?? threshold.warn;
  if (!condition) throw new Error(`a threshold without a condition: ${threshold.text}`);
  return {
    id: `${idPrefix}/${threshold.metric}/${aggregateId(condition.aggregate)}`,
    kind: metric.kind,
    target,
    metric: threshold.metric,
    attempts: series?.values.length ?? 0,
    ...evaluate(threshold, metric, series, { whyNothing, failures }),
  };
}
