import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { getOctokit as GetOctokit, context as theirContext } from '@actions/github';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { pullRequestComment } from '../../../src/github/comment.ts';
import { readContext } from '../../../src/github/context.ts';
import { githubIssues } from '../../../src/github/issues.ts';
import { githubPermission, permissionIn } from '../../../src/github/permission.ts';
import { type GithubServer, startGithubServer } from '../../support/github-server.ts';

/**
 * `@actions/github` is what actions are expected to use. It is not bundled (docs/DEPENDENCIES.md says why); here it
 * is the measure: what its methods send and make of the answers, ours do too, and we read the same context.
 */
let folder: string;
let getOctokit: typeof GetOctokit;
let Context: new () => typeof theirContext;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-conformance-'));
  // It reads the event as it is loaded.
  vi.stubEnv('GITHUB_EVENT_PATH', undefined);
  const loaded = await import('@actions/github');
  getOctokit = loaded.getOctokit;
  Context = loaded.context.constructor as typeof Context;
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Asked {
  line: string;
  authorization: string | undefined;
  accept: string | undefined;
  contentType: string | undefined;
  body: unknown;
}

/** The server of the tests, behind a recorder of what it is asked. */
interface World {
  readonly url: string;
  readonly server: GithubServer;
  readonly asked: Asked[];
  close(): Promise<void>;
}

async function startWorld(): Promise<World> {
  const server = await startGithubServer();
  const asked: Asked[] = [];
  const recorder = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { authorization, accept, 'content-type': contentType } = request.headers;
    const body = text === '' ? undefined : JSON.parse(text);
    asked.push({ line: `${request.method} ${request.url}`, authorization, accept, contentType, body });
    const answer = await fetch(`${server.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { authorization: authorization ?? '', 'content-type': 'application/json' },
      ...(text === '' ? {} : { body: text }),
    });
    response
      .writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8' })
      .end(await answer.text());
  });
  await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`,
    server,
    asked,
    async close() {
      recorder.closeAllConnections();
      await new Promise((resolve) => recorder.close(resolve));
      await server.close();
    },
  };
}

describe('requests and answers', () => {
  /** Two servers alike: one asked by our code, one by theirs. */
  let ours: World;
  let theirs: World;
  beforeEach(async () => {
    [ours, theirs] = [await startWorld(), await startWorld()];
  });
  afterEach(async () => {
    expect(ours.asked.length).toBeGreaterThan(0);
    expect(ours.asked).toEqual(theirs.asked);
    for (const { authorization } of ours.asked) expect(authorization).toMatch(/^token \S+$/);
    expect(ours.server.issues).toEqual(theirs.server.issues);
    expect([...ours.server.comments]).toEqual([...theirs.server.comments]);
    await Promise.all([ours.close(), theirs.close()]);
  });

  const place = { owner: 'example', repo: 'shop' };
  const source = (token = ours.server.token) => ({
    token,
    repository: 'example/shop',
    apiUrl: ours.url,
    now: () => Date.now(),
  });
  const rest = (token = theirs.server.token) => getOctokit(token, { baseUrl: theirs.url }).rest;
  /** What GitHub's refusal is to either of them. */
  const statusOf = (error: unknown) => (error as { status?: number }).status;
  const refusal = (asking: Promise<unknown>) =>
    asking.then(
      () => undefined,
      (error: Error) => statusOf(error) ?? statusOf(error.cause),
    );

  test.each(['admin', 'write', 'read'] as const)('permission.ts: somebody may %s', async (permission) => {
    for (const { server } of [ours, theirs]) server.permission = permission;
    const { data } = await rest().repos.getCollaboratorPermissionLevel({ ...place, username: 'mona lisa/é' });
    expect(data.permission).toBe(permission);
    expect(await githubPermission(source()).permissionOf('mona lisa/é')).toBe(permissionIn(data));
  });

  test.each([
    [['wait_timer', 'required_reviewers'], true],
    [['branch_policy'], false],
    [undefined, false],
  ])('permission.ts: an environment with the rules %j', async (rules, expected) => {
    const name = 'production/eu west';
    for (const { server } of [ours, theirs]) if (rules) server.environments.set(name, rules);
    const asking = rest().repos.getEnvironment({ ...place, environment_name: name });
    if (rules) expect((await asking).data.protection_rules?.map(({ type }) => type)).toEqual(rules);
    else expect(await refusal(asking)).toBe(404);
    expect(await githubPermission(source()).environmentProtected?.(name)).toBe(expected);
  });

  test('a token that is not accepted', async () => {
    const bad = 'ghs_nottheone';
    const asking = rest(bad).repos.getCollaboratorPermissionLevel({ ...place, username: 'mona' });
    expect(await refusal(asking)).toBe(401);
    expect(await refusal(githubPermission(source(bad)).permissionOf('mona'))).toBe(401);
  });

  test('issues.ts: open, list, comment, close, look at, reopen', async () => {
    const port = githubIssues(source());
    const { issues } = rest();
    const never = new AbortController().signal;
    const issueOf = ({ number, state, body }: { number: number; state: string; body?: string | null }) => ({
      number,
      state,
      body: body ?? '',
    });
    for (const title of ['Slow “responses” <b>', 'Too many errors']) {
      const given = { title, body: `# ${title}\n\n\u2028 ünï`, labels: ['alert: a&b', 'deploy-guard'] };
      const made = await issues.create({ ...place, ...given });
      expect(await port.create(given, never)).toEqual(issueOf(made.data as never));
    }
    const listed = await issues.listForRepo({
      ...place,
      labels: 'alert: a&b',
      state: 'open',
      sort: 'created',
      direction: 'asc',
      per_page: 100,
      page: 1,
    });
    expect(listed.data).toHaveLength(2);
    expect(await port.listOpen('alert: a&b', never)).toEqual(listed.data.map((one) => issueOf(one as never)));

    await issues.createComment({ ...place, issue_number: 1, body: 'still *slow*' });
    await port.comment(1, 'still *slow*', never);
    await issues.update({ ...place, issue_number: 1, state: 'closed', state_reason: 'completed' });
    await port.close(1, 'completed', never);
    const closed = await issues.get({ ...place, issue_number: 1 });
    expect(closed.data.state).toBe('closed');
    expect(await port.get(1, never)).toEqual(issueOf(closed.data as never));
    await issues.update({ ...place, issue_number: 1, state: 'open' });
    await port.reopen(1, never);
    expect(await refusal(issues.get({ ...place, issue_number: 6 }))).toBe(404);
    expect(await port.get(6, never)).toBeUndefined();
  });

  test('comment.ts: a comment is written, then found and edited', async () => {
    const show = pullRequestComment({ ...source(), pullRequest: 9, key: 'production' });
    const { users, issues } = rest();
    const issue = { ...place, issue_number: 9 };
    const written = (markdown: string) => `<!-- deploy-guard:production -->\n${markdown}`;
    for (const markdown of ['the plan', 'the *next* plan']) {
      await show(markdown);
      expect(await refusal(users.getAuthenticated())).toBe(403);
      const { data } = await issues.listComments({ ...issue, per_page: 100, page: 1 });
      const [own] = data;
      const body = written(markdown);
      if (own === undefined) await issues.createComment({ ...issue, body });
      else await issues.updateComment({ ...place, comment_id: own.id, body });
    }
    expect(ours.asked.map(({ line }) => line.split(' ')[0])).toEqual([
      'GET',
      'GET',
      'POST',
      'GET',
      'GET',
      'PATCH',
    ]);
    expect(ours.server.comments.get(9)).toEqual([{ id: 1_000, body: written('the *next* plan') }]);
  });
});

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
