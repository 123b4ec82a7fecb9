import type { Check } from '../../report/schema.ts';
import { plural } from '../../support/format.ts';
import type { GateOutcome } from './outcome.ts';

/** Cause over symptom: one thing behind many failures is named once. Pure. */
export function attribute(
  checks: readonly Check[],
  outcome: GateOutcome,
): { checks: Check[]; cause?: string } {
  const bad = (check: Check) => check.verdict === 'fail' || check.verdict === 'error';
  const httpBad = checks.filter((check) => check.kind !== 'mongodb' && bad(check));
  if (outcome.control && !outcome.control.answered && everyTargetFails(checks, outcome)) {
    const cause = `The control target did not answer either (${outcome.control.reason}): most likely the network of this runner failed, so nothing is known about the targets`;
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
      cause: `A firewall refused every probe (${refusal}): it blocks this runner, which says nothing about users`,
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
          ? { ...check, hint: 'Fix MongoDB first: this is most likely its symptom.' }
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

/** The refusal that all failed probes of all targets got, if it was the same. */
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
