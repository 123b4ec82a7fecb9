import type { Threshold } from './condition.ts';
import { parseThreshold } from './parse.ts';

/** What the user's own words do not say, but no gate should go without. */
const IMPLIED = {
  http: 'http_req_failed: rate==0',
  tls: 'tls_cert_expiry: warn value>168h',
  mongodb: 'mongodb_up: rate==1',
  slower: 'http_req_duration: med<=+25%',
  fewer: 'mongodb_collection_documents: warn value>=-10%',
} as const;

/** What commonly deserves attention; warnings, because no user asked for them. */
const IMPLIED_DIAGNOSTICS = [
  'mongodb_connections_used: warn value<80%',
  'mongodb_replication_lag: warn value<10s',
  'mongodb_unhealthy_members: warn value==0',
  'mongodb_oplog_window: warn value>1h',
  'mongodb_open_cursors: warn value<10000',
  'mongodb_cursor_timeouts: warn value<100',
  'mongodb_long_running_operations: warn value==0',
  'mongodb_building_indexes: warn value==0',
] as const;

/** Expected indexes are asked for: one that is missing fails. */
const IMPLIED_INDEXES = [
  'mongodb_missing_indexes: value==0',
  'mongodb_unexpected_indexes: warn value==0',
] as const;

/**
 * The user's thresholds, and for each kind of source the one that must not be missing: without it, a
 * threshold on durations alone would pass a server that answers nothing but quick errors. One of your own
 * on the same metric takes its place, but only for the targets that it covers.
 */
export function withImplied(
  thresholds: readonly Threshold[],
  sources: {
    targets: readonly { name: string; https: boolean }[];
    mongodb: boolean;
    indexes?: boolean;
    compared?: boolean;
  },
): Threshold[] {
  const implied: Threshold[] = [];
  const covered = (metric: string, target: string) =>
    thresholds.some(
      (threshold) =>
        threshold.metric === metric &&
        (threshold.labels.target ?? target) === target &&
        // A warning of your own does not take the place of a limit that fails.
        (metric === 'tls_cert_expiry' || threshold.fail !== undefined) &&
        // An absolute limit of your own does not take the place of the comparison, nor the other way round: while
        // there is no baseline, a comparison judges nothing.
        (metric === 'tls_cert_expiry' ||
          (metric === 'http_req_duration') === (threshold.fail?.relative !== undefined)),
    );
  for (const [metric, text, wanted] of [
    ['http_req_failed', IMPLIED.http, () => true],
    ['tls_cert_expiry', IMPLIED.tls, (target: { https: boolean }) => target.https],
    ...(sources.compared ? ([['http_req_duration', IMPLIED.slower, () => true]] as const) : []),
  ] as const) {
    const concerned = sources.targets.filter(wanted);
    const open = concerned.filter(({ name }) => !covered(metric, name));
    if (open.length === 0) continue;
    if (open.length === sources.targets.length) implied.push(parsed(text, {}));
    else for (const { name } of open) implied.push(parsed(text, { target: name }));
  }
  if (sources.mongodb) {
    if (sources.compared && !thresholds.some(isRelativeCount)) implied.push(parsed(IMPLIED.fewer, {}));
    const texts = [IMPLIED.mongodb, ...(sources.indexes ? IMPLIED_INDEXES : []), ...IMPLIED_DIAGNOSTICS];
    for (const text of texts) {
      // Written indexes are asked for: that they cannot be read must not look like a pass.
      const threshold = { ...parsed(text, {}), implied: text !== IMPLIED_INDEXES[0] };
      const own = thresholds.filter(({ metric }) => metric === threshold.metric);
      const replaced = own.some(({ fail, warn }) =>
        threshold.fail ? fail !== undefined && !fail.relative : !(fail ?? warn)?.relative,
      );
      if (!replaced) implied.push(threshold);
    }
  }
  return [...implied, ...thresholds];
}

function isRelativeCount({ metric, fail, warn }: Threshold): boolean {
  return metric === 'mongodb_collection_documents' && (fail ?? warn)?.relative !== undefined;
}

function parsed(text: string, labels: Record<string, string>): Threshold {
  const result = parseThreshold(text);
  if (!result.ok) throw new Error(`a default threshold does not parse: ${result.error.message}`);
  return { ...result.threshold, labels, implied: true };
}
