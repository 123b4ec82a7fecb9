import type { Check } from '../../report/schema.ts';
import { type MongoOutcome, NO_COLLECTION } from '../mongodb/outcome.ts';
import type { ServerFact, Topology } from '../mongodb/server.ts';

const NAMES: Readonly<Record<Topology, string>> = {
  standalone: 'a standalone server',
  'replica-set': 'the replica set',
  sharded: 'a sharded cluster',
};

type Finding = Pick<Check, 'observed' | 'threshold' | 'verdict' | 'reason' | 'hint'>;

/**
 * What the server is, and whether that is what the guard file expects. A replica set without a primary fails even
 * if no expectation is written: nothing can be written there. Pure.
 */
export function serverChecks(mongo: MongoOutcome): Check[] {
  const { diagnosis, expected } = mongo;
  const checks: Check[] = [];
  const add = (metric: string, judged: Finding) => {
    checks.push({
      id: `mongodb/${metric}`,
      kind: 'mongodb',
      target: mongo.database,
      metric,
      unit: '',
      samples: judged.observed === null ? 0 : 1,
      attempts: 1,
      ...judged,
    });
  };
  if (diagnosis) {
    const { server, headless } = diagnosis;
    const { version, topology, featureCompatibilityVersion: wanted } = expected;
    add(
      'version',
      judgeFact(server.version, version?.text, (seen) => ({
        observed: seen,
        verdict: version && !version.includes(seen) ? 'fail' : 'pass',
        reason: version
          ? `the server is MongoDB ${seen}, expected ${version.text}`
          : `the server is MongoDB ${seen}`,
      })),
    );
    add(
      'topology',
      judgeFact(server.topology, topology === undefined ? undefined : `== ${topology}`, (seen) => {
        const observed = seen.kind;
        const described = `it is ${NAMES[seen.kind]}${seen.set === undefined ? '' : ` ${seen.set}`}`;
        if (topology !== undefined && topology !== seen.kind) {
          return { observed, verdict: 'fail', reason: `${described}, expected ${topology}` };
        }
        if (!seen.primary || headless.length > 0) {
          const where =
            headless.length > 0 ? `, and without a primary: ${headless.join(', ')}` : ' without a primary';
          return {
            observed,
            verdict: 'fail',
            reason: `${described}${where}; nothing can be written there`,
            hint: 'Is a majority of its members up, and do they reach one another?',
          };
        }
        if (seen.secondary !== undefined) {
          return {
            observed,
            verdict: 'warn',
            reason: `${described}, and ${seen.secondary} answered, which is not its primary: reads there may be stale`,
            hint: 'Take `readPreference` and `directConnection` out of `mongodb-uri`.',
          };
        }
        return { observed, verdict: 'pass', reason: described };
      }),
    );
    add(
      'feature-compatibility-version',
      judgeFact(server.compatibility, wanted === undefined ? undefined : `== ${wanted}`, (seen) => {
        const described = `the feature compatibility version is ${seen.version}`;
        if (seen.changingTo !== undefined) {
          return {
            observed: seen.version,
            verdict: wanted === undefined ? 'warn' : 'fail',
            reason: `${described}, and it is being changed to ${seen.changingTo}`,
            hint: 'Wait until `setFeatureCompatibilityVersion` has finished.',
          };
        }
        return {
          observed: seen.version,
          verdict: wanted === undefined || wanted === seen.version ? 'pass' : 'fail',
          reason: wanted === undefined ? described : `${described}, expected ${wanted}`,
        };
      }),
    );
  }
  if (expected.collections.length > 0) add('collections', judgeCollections(mongo));
  return checks;
}

function judgeFact<T>(
  fact: ServerFact<T>,
  expected: string | undefined,
  judge: (value: T) => Omit<Finding, 'threshold'>,
): Finding {
  const threshold = expected ?? '';
  if (fact.ok) return { threshold, ...judge(fact.value) };
  const { reason, hint } = fact.skip;
  return {
    observed: null,
    threshold,
    // An expectation that cannot be checked must not look like a pass.
    verdict: expected === undefined ? 'skipped' : 'error',
    reason,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The collections of the guard file must exist, whether or not anything else is expected of them. */
function judgeCollections({ expected, counted, uncounted, reachable }: MongoOutcome): Finding {
  const all = [...new Set(expected.collections)];
  const not = all.filter((name) => !counted.has(name));
  const gone = not.filter((name) => uncounted.get(name) === NO_COLLECTION);
  const why = (name: string) => `${name}: ${uncounted.get(name) ?? reachable.reason ?? 'it was not checked'}`;
  const more = not.length > 5 ? ` and ${not.length - 5} more` : '';
  return {
    observed: counted.size === 0 && gone.length === 0 ? null : all.length - not.length,
    threshold: `== ${all.length}`,
    verdict: gone.length > 0 ? 'fail' : not.length > 0 ? 'error' : 'pass',
    reason:
      not.length === 0
        ? `${all.length === 1 ? 'the collection of the guard file exists' : `all ${all.length} collections of the guard file exist`}`
        : `${not.slice(0, 5).map(why).join('; ')}${more}`,
    ...(gone.length > 0
      ? { hint: 'Did a migration not run, or does `mongodb-database` name another database?' }
      : {}),
  };
}
