import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { context as theirContext } from '@actions/github';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { readContext } from '../../../src/github/context.ts';

/** Of `@actions/github` we take the client and not the context, which throws for a broken event file: ours reads the same. */
let folder: string;
let Context: new () => typeof theirContext;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-conformance-'));
  // It reads the event as it is loaded.
  vi.stubEnv('GITHUB_EVENT_PATH', undefined);
  const loaded = await import('@actions/github');
  Context = loaded.context.constructor as typeof Context;
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('context', () => {
  const repository = {
    id: 1296269,
    name: 'shop',
    full_name: 'acme/shop',
    private: true,
    owner: { login: 'acme', id: 1, type: 'Organization' },
    default_branch: 'main',
  };
  const sender = { login: 'mona', id: 2, type: 'User' };
  const side = (ref: string, sha: string) => ({ label: `acme:${ref}`, ref, sha, repo: repository });

  /** A payload of each event as GitHub writes it, of as many fields as matter here, and the run's ref. */
  const EVENTS: Record<string, (number: number, sha: string) => { ref: string; payload: object }> = {
    push: (_number, sha) => ({
      ref: 'refs/heads/main',
      payload: {
        ref: 'refs/heads/main',
        before: '0'.repeat(40),
        after: sha,
        head_commit: { id: sha, message: 'Merge pull request #12 from acme/x' },
        pusher: { name: 'mona', email: 'mona@example.org' },
      },
    }),
    pull_request: (number, sha) => ({
      ref: `refs/pull/${number}/merge`,
      payload: {
        action: 'synchronize',
        number,
        pull_request: { number, id: 279147437, state: 'open', head: side('x', sha), base: side('main', sha) },
      },
    }),
    pull_request_target: (number, sha) => ({
      ref: 'refs/heads/main',
      payload: {
        action: 'opened',
        number,
        pull_request: { number, id: 279147437, state: 'open', head: side('x', sha), base: side('main', sha) },
      },
    }),
    merge_group: (number, sha) => ({
      ref: `refs/heads/gh-readonly-queue/main/pr-${number}-${sha}`,
      payload: {
        action: 'checks_requested',
        merge_group: {
          head_sha: sha,
          head_ref: `refs/heads/gh-readonly-queue/main/pr-${number}-${sha}`,
          base_sha: sha,
          base_ref: 'refs/heads/main',
          head_commit: { id: sha },
        },
      },
    }),
    workflow_dispatch: (number) => ({
      ref: 'refs/heads/main',
      payload: {
        ref: 'refs/heads/main',
        workflow: '.github/workflows/deploy.yml',
        inputs: { number: String(number), environment: 'production' },
      },
    }),
    schedule: () => ({ ref: 'refs/heads/main', payload: { schedule: '0 5 * * *', workflow: 'nightly.yml' } }),
  };

  /** Both, in the environment of one run. */
  async function both(event: string, payload: object, variables: Record<string, string>) {
    const path = join(folder, `${event}.json`);
    await writeFile(path, JSON.stringify({ ...payload, repository, sender }));
    const env = { ...variables, GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: path };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    return { ours: readContext(process.env), theirs: new Context() };
  }

  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
  const variablesOf = fc.record({
    owner: name,
    repo: fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/),
    actor: fc.oneof(name, fc.constant('dependabot[bot]')),
    sha: fc.stringMatching(/^[0-9a-f]{40}$/),
    runId: fc.integer({ min: 1, max: 2 ** 45 }),
    number: fc.integer({ min: 1, max: 10_000_000 }),
    server: fc.constantFrom('https://github.com', 'https://github.example.org'),
  });

  test.each(Object.keys(EVENTS))('%s: the same run, by every name of it', async (event) => {
    await fc.assert(
      fc.asyncProperty(variablesOf, async ({ owner, repo, actor, sha, runId, number, server }) => {
        const { ref, payload } = EVENTS[event]?.(number, sha) ?? { ref: '', payload: {} };
        const { ours, theirs } = await both(event, payload, {
          GITHUB_REPOSITORY: `${owner}/${repo}`,
          GITHUB_SHA: sha,
          GITHUB_REF: ref,
          GITHUB_ACTOR: actor,
          GITHUB_TRIGGERING_ACTOR: actor,
          GITHUB_RUN_ID: String(runId),
          GITHUB_SERVER_URL: server,
          GITHUB_WORKFLOW: 'Deploy',
        });
        expect({
          repository: ours.repository,
          commit: ours.commit,
          ref: ours.ref,
          actor: ours.actor,
          runId: Number(ours.runId),
          event: ours.event,
          workflow: ours.workflow,
          url: ours.url,
          pullRequest: ours.pullRequest,
        }).toEqual({
          repository: `${theirs.repo.owner}/${theirs.repo.repo}`,
          commit: theirs.sha,
          ref: theirs.ref,
          actor: theirs.actor,
          runId: theirs.runId,
          event: theirs.eventName,
          workflow: theirs.workflow,
          url: `${theirs.serverUrl}/${theirs.repo.owner}/${theirs.repo.repo}/actions/runs/${theirs.runId}`,
          pullRequest: theirs.payload.pull_request?.number,
        });
        expect(ours.pullRequest).toBe(event.startsWith('pull_request') ? number : undefined);
        expect(ours.pullRequest).toBe(theirs.issue.number);
      }),
      { numRuns: 40 },
    );
  });

  test('a run that somebody else starts again: theirs names who set off the first, ours who did this one', async () => {
    const { ours, theirs } = await both(
      'push',
      {},
      {
        GITHUB_ACTOR: 'mona',
        GITHUB_TRIGGERING_ACTOR: 'hubot',
      },
    );
    expect([theirs.actor, ours.actor]).toEqual(['mona', 'hubot']);
  });
});
