import { hostname, userInfo } from 'node:os';
import { defined } from '../support/defined.ts';
import type { RunContext } from '../support/run-context.ts';
import { pullRequestOf, readPayload, unmergedReason } from './event.ts';

/** The run's surroundings as GitHub's environment variables and event payload tell them. */
export function readContext(env: Readonly<Record<string, string | undefined>>): RunContext {
  const server = env.GITHUB_SERVER_URL || 'https://github.com';
  const repository = env.GITHUB_REPOSITORY || undefined;
  const runId = env.GITHUB_RUN_ID || undefined;
  const event = {
    name: env.GITHUB_EVENT_NAME || undefined,
    ref: env.GITHUB_REF || undefined,
    payload: readPayload(env.GITHUB_EVENT_PATH),
  };
  const onGithub = event.name !== undefined || env.GITHUB_ACTIONS === 'true';
  const attempt = wholeNumber(env.GITHUB_RUN_ATTEMPT);
  const optional = {
    event: event.name,
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
    ref: event.ref,
    pullRequest: pullRequestOf(event),
    // Outside GitHub the user of the command line runs code of their own choice.
    unmerged: onGithub ? unmergedReason(event) : undefined,
  };
  return {
    ...defined<Partial<RunContext>>(optional),
    actor: env.GITHUB_TRIGGERING_ACTOR || env.GITHUB_ACTOR || localUser(),
    host: hostname(),
  };
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
