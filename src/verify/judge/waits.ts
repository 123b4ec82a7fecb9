import type { Check } from '../../report/schema.ts';
import { formatDuration } from '../../support/duration.ts';
import { plural } from '../../support/format.ts';
import type { VersionWait, Wait } from '../gate/waiting.ts';

/** How a wait ended, as a check. Pure. */
export function waitCheck(wait: Wait, limitMs: number): Omit<Check, 'id' | 'kind' | 'target' | 'metric'> {
  return {
    observed: Math.round(wait.waitedMs),
    unit: 'ms',
    threshold: `within ${formatDuration(limitMs)}`,
    samples: wait.attempts,
    attempts: wait.attempts,
    verdict: wait.done ? 'pass' : 'fail',
    reason: wait.done
      ? `answered after ${formatDuration(wait.waitedMs)}${wait.attempts > 1 ? `, at attempt ${wait.attempts} (before: ${wait.reason ?? 'no answer'})` : ''}`
      : `not within ${formatDuration(limitMs)}, ${plural(wait.attempts, 'attempt')}: ${wait.reason ?? 'no answer'}`,
  };
}

/** Whether the right version answers, in the waiting and in every sample. Pure. */
export function versionCheck(
  version: VersionWait,
  otherVersions: ReadonlyMap<string, number>,
): Omit<Check, 'id' | 'target'> {
  const others = [...otherVersions];
  const mixed = version.done && others.length > 0;
  const failed = !version.done || mixed;
  return {
    kind: 'http',
    metric: 'version',
    observed: mixed ? others.map(([seen]) => seen).join(', ') : (version.seen ?? null),
    unit: '',
    threshold: `== ${version.expected}`,
    samples: version.attempts,
    attempts: version.attempts,
    verdict: failed ? 'fail' : 'pass',
    reason: mixed
      ? `another version still answers some samples: ${others.map(([seen, count]) => `${seen} (${count}×)`).join(', ')}; expected ${version.expected}`
      : version.done
        ? `version ${version.expected} answers${version.attempts > 1 ? ` since ${formatDuration(version.waitedMs)}, at attempt ${version.attempts}` : ''}`
        : version.seen === undefined
          ? `no version could be read: ${version.reason ?? 'no answer'}`
          : `version ${version.seen} still answers after ${formatDuration(version.waitedMs)}, expected ${version.expected}`,
    ...(failed
      ? {
          hint: mixed
            ? 'Old instances are still behind the balancer: verify after the roll-out has ended.'
            : version.seen === undefined
              ? 'Check `version-path`: a JSON Pointer such as /version into the answer of the target.'
              : 'Did the deployment reach this address? Raise `wait-timeout` if it only needs longer.',
        }
      : {}),
  };
}
