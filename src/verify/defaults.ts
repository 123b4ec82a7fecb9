import type { Threshold } from './thresholds.ts';
import { parseThreshold } from './thresholds.ts';

/** What the user's own words do not say, but no gate should go without. */
const IMPLIED = {
  http: 'http_req_failed: rate==0',
  tls: 'tls_cert_expiry: warn value>168h',
  mongodb: 'mongodb_up: rate==1',
} as const;

/**
 * The user's thresholds, and for each kind of source the one that must not be missing: without it, a
 * threshold on durations alone would pass a server that answers nothing but quick errors. One of your own
 * on the same metric takes its place, but only for the targets that it covers.
 */
export function withImplied(
  thresholds: readonly Threshold[],
  sources: { targets: readonly { name: string; https: boolean }[]; mongodb: boolean },
): Threshold[] {
  const implied: Threshold[] = [];
  const covered = (metric: string, target: string) =>
    thresholds.some(
      (threshold) => threshold.metric === metric && (threshold.labels.target ?? target) === target,
    );
  for (const [metric, text, wanted] of [
    ['http_req_failed', IMPLIED.http, () => true],
    ['tls_cert_expiry', IMPLIED.tls, (target: { https: boolean }) => target.https],
  ] as const) {
    const concerned = sources.targets.filter(wanted);
    const open = concerned.filter(({ name }) => !covered(metric, name));
    if (open.length === 0) continue;
    if (open.length === sources.targets.length) implied.push(parsed(text, {}));
    else for (const { name } of open) implied.push(parsed(text, { target: name }));
  }
  if (sources.mongodb && !thresholds.some(({ metric }) => metric === 'mongodb_up')) {
    implied.push(parsed(IMPLIED.mongodb, {}));
  }
  return [...implied, ...thresholds];
}

function parsed(text: string, labels: Record<string, string>): Threshold {
  const result = parseThreshold(text);
  if (!result.ok) throw new Error(`a default threshold does not parse: ${result.error.message}`);
  return { ...result.threshold, labels, implied: true };
}
