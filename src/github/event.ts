import { readFileSync } from 'node:fs';
import { unreadable } from '../support/paths.ts';

/** The event that started a run: its name, its ref, and its payload as far as that can be read. */
export interface RunEvent {
  readonly name: string | undefined;
  readonly ref: string | undefined;
  /** Undefined if there is no payload, or it is not a JSON object. */
  readonly payload: Readonly<Record<string, unknown>> | undefined;
}

/** The payload is GitHub's, but a file all the same: one that is not an object counts as missing. */
export function readPayload(path: string | undefined): RunEvent['payload'] {
  if (!path || unreadable(path) !== undefined) return undefined;
  try {
    const payload: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isObject(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}

/** Number of the pull request that the run is about: by its ref, the payload's own, or the comment's issue. */
export function pullRequestOf({ ref, payload }: RunEvent): number | undefined {
  const issue = objectAt(payload, 'issue');
  const candidates = [
    /^refs\/pull\/(\d+)\//.exec(ref ?? '')?.[1],
    objectAt(payload, 'pull_request')?.number,
    objectAt(issue, 'pull_request') && issue?.number,
  ];
  return candidates
    .map((one) => (typeof one === 'string' ? Number(one) : one))
    .find((one): one is number => Number.isSafeInteger(one));
}

/** Events whose run is of a ref that somebody with write access to the repository pushed. */
const TRUSTED_EVENTS = new Set([
  'branch_protection_rule',
  'create',
  'delete',
  'deployment',
  'deployment_status',
  'discussion',
  'discussion_comment',
  'fork',
  'gollum',
  'issues',
  'label',
  'milestone',
  'page_build',
  'public',
  'push',
  'registry_package',
  'release',
  'repository_dispatch',
  'schedule',
  'status',
  'watch',
  'workflow_dispatch',
]);

/** Of these, the payload says whether a pull request is behind the run. */
const DECIDED_BY_PAYLOAD = new Set(['check_run', 'check_suite', 'issue_comment', 'workflow_run']);

/**
 * Why the code that runs counts as not merged; undefined if it is known to be merged. Decided by what runs, not by
 * the event's name alone, and what is unknown counts as not merged.
 */
export function unmergedReason(event: RunEvent): string | undefined {
  const { name, ref, payload } = event;
  if (name === undefined) return 'the event is unknown';
  if (ref === undefined) return `the event is ${name}, and no ref says what code runs`;
  if (/^refs\/pull\//.test(ref)) return `the ref is ${ref}`;
  if (/^refs\/heads\/gh-readonly-queue\//.test(ref)) return `the ref is that of a merge queue (${ref})`;
  if (/^(pull_request|merge_group)/.test(name)) return `the event is ${name}`;
  if (payload !== undefined && pullRequestOf(event) !== undefined)
    return `the event is ${name} of pull request ${pullRequestOf(event)}`;
  if (objectAt(payload, 'pull_request')) return `the event is ${name} of a pull request`;
  if (objectAt(objectAt(payload, 'issue'), 'pull_request')) return `the event is ${name} of a pull request`;
  if (TRUSTED_EVENTS.has(name)) return undefined;
  if (!DECIDED_BY_PAYLOAD.has(name)) return `the event is ${name}, of which it is not known what code runs`;
  if (payload === undefined) return `the event is ${name}, and its payload cannot be read`;
  if (name === 'issue_comment')
    return objectAt(payload, 'issue') ? undefined : `the event is ${name} of an unknown issue`;
  return unmergedRun(name, payload);
}

/** A run that another workflow or check started: trusted if that one ran merged code of this repository. */
function unmergedRun(name: string, payload: Readonly<Record<string, unknown>>): string | undefined {
  const cause = objectAt(payload, name);
  if (cause === undefined) return `the event is ${name} without a ${name}`;
  const repository = objectAt(payload, 'repository');
  const suite = name === 'check_run' ? objectAt(cause, 'check_suite') : cause;
  const branch = suite?.head_branch;
  const isDefaultBranch = typeof branch === 'string' && branch === repository?.default_branch;
  if (name === 'workflow_run') {
    const started = cause.event;
    if (typeof started !== 'string' || !TRUSTED_EVENTS.has(started))
      return `the event is workflow_run of a run on ${typeof started === 'string' ? started.slice(0, 40) : 'an unknown event'}`;
    const head = objectAt(cause, 'head_repository')?.full_name;
    if (typeof head !== 'string' || head !== repository?.full_name)
      return 'the event is workflow_run of another repository';
  }
  if (isDefaultBranch) return undefined;
  const pullRequests = [cause.pull_requests, suite?.pull_requests].find((list) => list !== undefined);
  // Of a fork's pull request GitHub lists none, and gives checks no branch.
  if (typeof branch !== 'string' || !Array.isArray(pullRequests) || pullRequests.length > 0)
    return `the event is ${name} of a pull request or of an unknown branch`;
  return name === 'workflow_run' ? undefined : `the event is ${name} of a branch that is not the default one`;
}

function objectAt(
  value: Readonly<Record<string, unknown>> | undefined,
  key: string,
): Readonly<Record<string, unknown>> | undefined {
  const found = value !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;
  return isObject(found) ? found : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
