import type { Check } from '../../report/schema.ts';
import type { Verdict } from '../../report/vocabulary.ts';
import { worstVerdict } from '../../report/vocabulary.ts';
import { METRICS } from '../metrics/catalogue.ts';
import { plural } from '../metrics/format.ts';
import type { GateOutcome, TargetOutcome } from '../model/outcome.ts';
import type { Threshold } from '../thresholds/condition.ts';
import type { Judging } from '../thresholds/evaluate.ts';
import { appChecks, appThreshold } from './app.ts';
import { indexChanges, mongoReachable, mongoThreshold } from './mongodb.ts';
import { serverChecks } from './mongodb-server.ts';
import { thresholdCheck as check } from './threshold-check.ts';
import { versionCheck, waitCheck } from './waits.ts';

export interface Judgement {
  readonly verdict: Verdict;
  readonly cause?: string;
  readonly checks: Check[];
}

/** Samples and thresholds in, checks and a verdict out. Pure. */
export function judge(
  outcome: GateOutcome,
  thresholds: readonly Threshold[],
  settings: { waitTimeoutMs: number } & Partial<Judging>,
): Judgement {
  const judging: Judging = {
    reference: settings.reference ?? { kind: 'none' },
    floorMs: settings.floorMs ?? 0,
  };
  const checks = [
    ...outcome.targets.flatMap((target) => targetChecks(target, settings.waitTimeoutMs)),
    ...(outcome.mongo
      ? [mongoReachable(outcome.mongo, settings.waitTimeoutMs), ...serverChecks(outcome.mongo)]
      : []),
    ...(outcome.app ? appChecks(outcome.app, settings.waitTimeoutMs) : []),
    ...thresholds.flatMap((threshold) => thresholdChecks(threshold, outcome, judging)),
    ...(outcome.mongo ? indexChanges(outcome.mongo, judging.reference) : []),
  ];
  const named = uniqueIds(checks);
  const settled = attribute(named, outcome);
  return {
    verdict: worstVerdict(settled.checks.map((check) => check.verdict)),
    ...(settled.cause === undefined ? {} : { cause: settled.cause }),
    checks: settled.checks,
  };
}

function targetChecks(target: TargetOutcome, waitTimeoutMs: number): Check[] {
  const checks: Check[] = [
    {
      ...waitCheck(target.reachable, waitTimeoutMs),
      id: `${target.name}/reachable`,
      kind: 'http',
      target: target.name,
      metric: 'reachable',
      ...(target.reachable.done
        ? {}
        : {
            hint: 'Is the service up, and does this address lead to it? Raise `wait-timeout` if it only needs longer.',
          }),
    },
  ];
  if (target.version) {
    checks.push({
      ...versionCheck(target.version, target.otherVersions),
      id: `${target.name}/version`,
      target: target.name,
    });
  }
  return checks;
}

/** One check for each target (or collection) that the threshold covers, so that a bad one cannot hide among good ones. */
function thresholdChecks(threshold: Threshold, outcome: GateOutcome, judging: Judging): Check[] {
  const metric = METRICS.get(threshold.metric);
  if (!metric) throw new Error(`a threshold names no metric: ${threshold.metric}`);
  switch (metric.kind) {
    case 'http':
    case 'tls':
      return outcome.targets
        .filter((target) => (threshold.labels.target ?? target.name) === target.name)
        .filter((target) => metric.kind !== 'tls' || target.https || !threshold.implied)
        .map((target) => {
          const series = outcome.samples.get(threshold.metric, { target: target.name });
          const subject = {
            id: target.name,
            target: target.name,
            whyNothing: whyNothing(target),
            failures: target.failures.summary(),
          };
          const found = check(threshold, series, subject, judging);
          return threshold.metric === 'http_req_failed' ? tellDoubts(found, target) : found;
        });
    case 'mongodb':
      return outcome.mongo ? mongoThreshold(threshold, outcome, outcome.mongo, judging) : [];
    case 'app':
      return outcome.app ? [appThreshold(threshold, outcome, outcome.app, judging)] : [];
  }
}

/** A page that asks who you are proves nothing about what is behind it. */
const LOGIN = /(^|[/_.-])(log-?in|sign-?in|sso|oauth2?|authorize|auth)([/_.:-]|$)|^accounts\.google\./i;

/**
 * What makes a share of good answers less than it seems: samples that passed only when they were tried again,
 * that ended at a login page, or that a cache answered.
 */
function tellDoubts(check: Check, target: TargetOutcome): Check {
  const { retried, redirectedTo, doubts: told, cached } = target;
  const doubts: string[] = [];
  let hint: string | undefined;
  if (retried.samples > 0) {
    doubts.push(
      `${plural(retried.samples, 'sample')} passed after ${retried.attempts} attempts: ${retried.reasons.summary()}`,
    );
  }
  for (const [path, count] of redirectedTo) {
    if (!LOGIN.test(path)) continue;
    doubts.push(`${plural(count, 'sample')} ended at ${path}, which looks like a login page`);
    hint =
      'Probe something that answers without a login, or give credentials; `redirects: 0` refuses redirects.';
  }
  for (const [words, count] of told) {
    doubts.push(`in ${plural(count, 'sample')} ${words}`);
    hint ??=
      'Is that what should answer here? If so, say what the answer must hold: `expect` in the guard file.';
  }
  if (cached > 0) {
    doubts.push(`${plural(cached, 'sample')} came from a cache, not from the service`);
    hint ??= 'Probe an address that is not cached.';
  }
  const attempts = Math.max(retried.attempts, Math.min(check.samples, 1));
  if (doubts.length === 0) return { ...check, attempts };
  return {
    ...check,
    attempts,
    verdict: check.verdict === 'pass' ? 'warn' : check.verdict,
    reason: [check.reason, ...doubts].join('; '),
    ...(hint === undefined ? {} : { hint }),
  };
}

function whyNothing(target: TargetOutcome): string {
  if (!target.reachable.done)
    return `the target never became reachable: ${target.reachable.reason ?? 'no answer'}`;
  if (target.failures.any) return target.failures.summary();
  return 'no sample was taken';
}

/** Ids stay stable between runs as long as the thresholds keep their order. */
function uniqueIds(checks: readonly Check[]): Check[] {
  const seen = new Map<string, number>();
  return checks.map((check) => {
    const count = (seen.get(check.id) ?? 0) + 1;
    seen.set(check.id, count);
    return count === 1 ? check : { ...check, id: `${check.id}#${count}` };
  });
}

/** Cause over symptom: one thing behind many failures is named once. */
function attribute(checks: readonly Check[], outcome: GateOutcome): { checks: Check[]; cause?: string } {
  const bad = (check: Check) => check.verdict === 'fail' || check.verdict === 'error';
  const httpBad = checks.filter((check) => check.kind !== 'mongodb' && bad(check));
  if (outcome.control && !outcome.control.answered && everyTargetFails(checks, outcome)) {
    const cause = `The control target did not answer either (${outcome.control.reason}): what failed is most likely the network of this runner, so nothing can be said about the targets`;
    return {
      cause,
      checks: checks.map((check) =>
        bad(check) && (check.kind !== 'mongodb' || outcome.mongo?.reachable.done === false)
          ? {
              ...check,
              verdict: 'inconclusive',
              reason: `${check.reason}; but the control target failed too`,
            }
          : { ...check },
      ),
    };
  }
  const refusal = sameRefusal(outcome);
  if (refusal !== undefined) {
    return {
      cause: `A firewall turned every probe away (${refusal}): it refuses this runner, which says nothing about users`,
      checks: checks.map((check) =>
        bad(check) && check.kind !== 'mongodb'
          ? {
              ...check,
              verdict: 'inconclusive',
              hint: "Let the runner's address or a header of its own through the firewall, or run the gate inside the network.",
            }
          : { ...check },
      ),
    };
  }
  const mongoDown = checks.some((check) => check.kind === 'mongodb' && DOWN.has(check.metric) && bad(check));
  if (mongoDown && httpBad.length > 0) {
    const reason = outcome.mongo?.reachable.reason ?? (outcome.mongo?.failures.summary() || 'no answer');
    return {
      cause: `MongoDB is down (${reason}); the ${plural(httpBad.length, 'failed HTTP check')} ${httpBad.length === 1 ? 'is its symptom' : 'are its symptoms'}`,
      checks: checks.map((check) =>
        check.kind !== 'mongodb' && bad(check)
          ? { ...check, hint: 'Mend MongoDB first: this is most likely its symptom.' }
          : { ...check },
      ),
    };
  }
  const database = outcome.app?.reading.database;
  const others = httpBad.filter(({ id }) => id !== 'service:database');
  if (database?.up === false && others.length > 0) {
    const error = database.error ? ` (${database.error})` : '';
    return {
      cause: `The service does not reach its database${error}; the ${plural(others.length, 'other failed check')} ${others.length === 1 ? 'is its symptom' : 'are its symptoms'}`,
      checks: checks.map((check) => ({ ...check })),
    };
  }
  const old = outcome.targets.filter(({ version }) => version && !version.done && version.seen !== undefined);
  const names = new Set(old.map(({ name }) => name));
  const badOnes = checks.filter(bad);
  if (old.length > 0 && badOnes.length > old.length && badOnes.every(({ target }) => names.has(target))) {
    const seen = [...new Set(old.map(({ version }) => version?.seen))].join(', ');
    const shown = [...names].slice(0, 3).join(', ') + (names.size > 3 ? ` and ${names.size - 3} more` : '');
    return {
      cause: `The deployment did not reach ${shown}: version ${seen} still answers, expected ${old[0]?.version?.expected}; the ${plural(badOnes.length - old.length, 'other failed check')} ${badOnes.length - old.length === 1 ? 'is its symptom' : 'are its symptoms'}`,
      checks: [...checks],
    };
  }
  return { checks: [...checks] };
}

/** The one refusal with which every target turned every failed probe away. */
function sameRefusal({ targets }: GateOutcome): string | undefined {
  const first = targets[0]?.refusal;
  return first !== undefined && targets.every(({ refusal }) => refusal === first) ? first : undefined;
}

const DOWN = new Set(['reachable', 'mongodb_up']);

function everyTargetFails(checks: readonly Check[], outcome: GateOutcome): boolean {
  return (
    outcome.targets.length > 0 &&
    outcome.targets.every((target) => {
      if (!target.reachable.done) return true;
      const failed = outcome.samples.get('http_req_failed', { target: target.name });
      return (
        failed?.values.every((value) => value === 1) === true &&
        checks.some((check) => check.target === target.name && check.verdict === 'fail')
      );
    })
  );
}
