import type { Check } from '../../report/schema.ts';
import { plural } from '../../support/format.ts';
import type { TargetOutcome } from '../http/outcome.ts';

/** A login page proves nothing about what is behind it. */
const LOGIN = /(^|[/_.-])(log-?in|sign-?in|sso|oauth2?|authorize|auth)([/_.:-]|$)|^accounts\.google\./i;

/**
 * Adds to a check on failed samples what makes its good answers suspicious: samples that passed only after a retry,
 * that ended at a login page, or that a cache answered. What passed becomes `warn`. Pure.
 */
export function withSuspicions(check: Check, target: TargetOutcome): Check {
  const { retried, redirectedTo, suspicions: reported, cached } = target;
  const suspicions: string[] = [];
  let hint: string | undefined;
  if (retried.samples > 0) {
    suspicions.push(
      `${plural(retried.samples, 'sample')} passed after ${retried.attempts} attempts: ${retried.reasons.summary()}`,
    );
  }
  for (const [path, count] of redirectedTo) {
    if (!LOGIN.test(path)) continue;
    suspicions.push(`${plural(count, 'sample')} ended at ${path}, which looks like a login page`);
    hint =
      'Probe something that answers without a login, or give credentials; `redirects: 0` refuses redirects.';
  }
  for (const [words, count] of reported) {
    suspicions.push(`in ${plural(count, 'sample')} ${words}`);
    hint ??= 'If that is the right answer, write what it must hold: `expect` in the guard file.';
  }
  if (cached > 0) {
    suspicions.push(`${plural(cached, 'sample')} came from a cache, not from the service`);
    hint ??= 'Probe an address that is not cached.';
  }
  const attempts = Math.max(retried.attempts, Math.min(check.samples, 1));
  if (suspicions.length === 0) return { ...check, attempts };
  return {
    ...check,
    attempts,
    verdict: check.verdict === 'pass' ? 'warn' : check.verdict,
    reason: [check.reason, ...suspicions].join('; '),
    ...(hint === undefined ? {} : { hint }),
  };
}
