import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { unreadable } from '../support/paths.ts';
import type { RunContext } from '../support/run-context.ts';

/** Events on which nothing may be changed or sent: the code that runs has not been merged. */
const PULL_REQUEST_EVENTS = new Set(['pull_request', 'pull_request_target', 'merge_group']);

/** Whether the run must be a dry run. */
export function isPullRequestEvent(event: string | undefined): boolean {
  return event !== undefined && PULL_REQUEST_EVENTS.has(event);
}

/** The run's surroundings as GitHub's environment variables and event payload tell them. */
export function readContext(env: Readonly<Record<string, string | undefined>>): RunContext {
  const server = env.GITHUB_SERVER_URL || 'https://github.com';
  const repository = env.GITHUB_REPOSITORY || undefined;
  const runId = env.GITHUB_RUN_ID || undefined;
  const pullRequest = pullRequestNumber(env.GITHUB_EVENT_PATH, env.GITHUB_REF);
  const attempt = wholeNumber(env.GITHUB_RUN_ATTEMPT);
  const optional = {
    event: env.GITHUB_EVENT_NAME || undefined,
    repository,
    workflow: env.GITHUB_WORKFLOW || undefined,
    runId,
    runNumber: wholeNumber(env.GITHUB_RUN_NUMBER),
    runAttempt: attempt,
    job: env.GITHUB_JOB || undefined,
    // A re-run has a page of its own; without the attempt the link shows the newest.
    url:
      repository && runId
        ? `${server}/${repository}/actions/runs/${runId}${attempt !== undefined && attempt > 1 ? `/attempts/${attempt}` : ''}`
        : undefined,
    commit: env.GITHUB_SHA || undefined,
    ref: env.GITHUB_REF || undefined,
    pullRequest,
  };
  return {
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<RunContext>),
    actor: env.GITHUB_TRIGGERING_ACTOR || env.GITHUB_ACTOR || localUser(),
    host: hostname(),
  };
}

/** The payload is GitHub's, but a file all the same: anything unexpected in it counts as not there. */
function pullRequestNumber(path: string | undefined, ref: string | undefined): number | undefined {
  const fromRef = /^refs\/pull\/(\d+)\//.exec(ref ?? '')?.[1];
  if (fromRef !== undefined && Number.isSafeInteger(Number(fromRef))) return Number(fromRef);
  if (!path) return undefined;
  if (unreadable(path) !== undefined) return undefined;
  try {
    const payload = JSON.parse(readFileSync(path, 'utf8')) as {
      pull_request?: { number?: unknown };
      number?: unknown;
    };
    const number = payload.pull_request?.number;
    return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
  } catch {
    return undefined;
  }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function localUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
