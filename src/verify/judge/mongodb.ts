import type { Check } from '../../report/schema.ts';
import type { Reference } from '../metrics/baseline-store.ts';
import { METRICS } from '../metrics/catalogue.ts';
import type { Series } from '../metrics/samples.ts';
import { type MongoOutcome, NO_COLLECTION } from '../mongodb/outcome.ts';
import type { Threshold } from '../thresholds/condition.ts';
import type { Judging } from '../thresholds/evaluate.ts';
import type { GateOutcome } from './outcome.ts';
import { thresholdCheck as check } from './threshold-check.ts';
import { waitCheck } from './waits.ts';

/** Whether MongoDB could be reached. Pure. */
export function mongoReachable(mongo: MongoOutcome, waitTimeoutMs: number): Check {
  return {
    ...waitCheck(mongo.reachable, waitTimeoutMs),
    id: 'mongodb/reachable',
    kind: 'mongodb',
    target: mongo.database,
    metric: 'reachable',
    ...(mongo.reachable.done
      ? {}
      : { hint: 'Check the URI, the network access list and the user; then whether the server runs.' }),
  };
}

/** A threshold on MongoDB: one check, or one for each collection. Pure. */
export function mongoThreshold(
  threshold: Threshold,
  outcome: GateOutcome,
  mongo: MongoOutcome,
  judging: Judging,
): Check[] {
  const perCollection = METRICS.get(threshold.metric)?.labels.includes('collection');
  return perCollection
    ? collectionChecks(threshold, outcome, mongo, judging)
    : mongoCheck(threshold, outcome, mongo, judging);
}

function mongoCheck(
  threshold: Threshold,
  outcome: GateOutcome,
  mongo: MongoOutcome,
  judging: Judging,
): Check[] {
  const { diagnosis } = mongo;
  const diagnostic = !ALWAYS_MEASURED.has(threshold.metric);
  // While MongoDB is down, implied diagnostics would only repeat that.
  if (diagnostic && threshold.implied && !diagnosis) return [];
  const series = outcome.samples.get(threshold.metric, {});
  const why = mongo.reachable.done
    ? mongo.failures.summary() || 'no sample was taken'
    : (mongo.reachable.reason ?? 'MongoDB was never reachable');
  const subject = {
    id: 'mongodb',
    target: mongo.database,
    whyNothing: why,
    failures: mongo.failures.summary(),
  };
  const found = check(threshold, series, subject, judging);
  const skip = diagnosis?.skips.get(threshold.metric);
  if (skip && !series) {
    return [
      {
        ...found,
        ...(skip.hint === undefined ? {} : { hint: skip.hint }),
        reason: skip.reason,
        // A threshold of the user's that could not be measured must not look like a pass.
        verdict: threshold.implied || skip.kind === 'missing' ? 'skipped' : 'error',
      },
    ];
  }
  const detail = diagnosis?.values.get(threshold.metric)?.detail;
  return [detail ? { ...found, reason: `${found.reason}: ${detail}` } : found];
}

const ALWAYS_MEASURED = new Set(['mongodb_up', 'mongodb_ping_duration']);

function collectionChecks(
  threshold: Threshold,
  outcome: GateOutcome,
  mongo: MongoOutcome,
  judging: Judging,
): Check[] {
  const wanted = threshold.labels.collection;
  const counted = outcome.samples.of(threshold.metric).map((series) => series.labels.collection ?? '');
  const known = [...counted, ...mongo.uncounted.keys(), ...vanished(threshold, mongo, judging)];
  const names = wanted === undefined ? [...new Set(known)].sort() : [wanted];
  if (names.length === 0) {
    return [
      check(
        threshold,
        undefined,
        { id: 'mongodb', target: mongo.database, whyNothing: 'no collection could be counted' },
        judging,
      ),
    ];
  }
  const gone = new Set(vanished(threshold, mongo, judging));
  const none = (collection: string): Series | undefined =>
    gone.has(collection)
      ? { metric: threshold.metric, labels: { collection }, unit: '', values: [0] }
      : undefined;
  return names.map((collection) => {
    const series = outcome.samples.get(threshold.metric, { collection }) ?? none(collection);
    const why = mongo.uncounted.get(collection) ?? mongo.reachable.reason ?? 'it was not counted';
    const subject = {
      id: `mongodb/${collection}`,
      target: `${mongo.database}.${collection}`,
      whyNothing: why,
    };
    const result = check(threshold, series, subject, judging);
    if (gone.has(collection))
      return { ...result, reason: `the collection no longer exists: ${result.reason}` };
    return mongo.estimated.has(collection)
      ? { ...result, reason: `${result.reason} (estimated from metadata)` }
      : result;
  });
}

/** Collections of the baseline that no longer exist, and so were not counted. */
function vanished(threshold: Threshold, mongo: MongoOutcome, { reference }: Judging): string[] {
  if (reference.kind !== 'present' || mongo.counted.size === 0) return [];
  if (!threshold.fail?.relative && !threshold.warn?.relative) return [];
  return reference.baseline
    .of(threshold.metric)
    .filter(({ values }) => (values.at(-1) ?? 0) > 0)
    .flatMap(({ labels }) => labels.collection ?? [])
    .filter(
      (name) => !mongo.counted.has(name) && (mongo.uncounted.get(name) ?? NO_COLLECTION) === NO_COLLECTION,
    );
}

/** Indexes that were created or dropped since the baseline: a deployment that drops one by accident shows here. */
export function indexChanges(mongo: MongoOutcome, reference: Reference): Check[] {
  if (reference.kind !== 'present' || !mongo.diagnosis) return [];
  const changes: string[] = [];
  let gone = false;
  for (const [collection, now] of mongo.diagnosis.indexes) {
    const before = reference.baseline.indexes[collection];
    if (!before) continue;
    for (const name of before) {
      if (now.includes(name)) continue;
      gone = true;
      changes.push(`${collection}.${name} was dropped`);
    }
    for (const name of now) if (!before.includes(name)) changes.push(`${collection}.${name} is new`);
  }
  if (mongo.diagnosis.indexes.size === 0) return [];
  return [
    {
      id: 'mongodb/index-changes',
      kind: 'mongodb',
      target: mongo.database,
      metric: 'index-changes',
      observed: changes.length,
      unit: '',
      threshold: 'warn none dropped',
      samples: 1,
      attempts: 1,
      verdict: gone ? 'warn' : 'pass',
      reason:
        changes.length > 0
          ? `since the baseline: ${changes.join(', ')}`
          : 'the same indexes as in the baseline',
    },
  ];
}
