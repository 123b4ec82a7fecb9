import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import type { AlertOptions } from '../../../src/alert/model/options.ts';
import { githubIssues } from '../../../src/github/issue.ts';
import { noState } from '../../../src/state/none.ts';
import { openStore } from '../../../src/state/open-store.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { type IssueServer, startIssueServer, TOKEN } from './issue-server.ts';
import { check, OWN, options, ports, reportOf, TIMING } from './world.ts';

let github: IssueServer;
let folder: string;
beforeEach(async () => {
  github = await startIssueServer();
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-issue-'));
});
afterEach(async () => {
  await github.close();
  await rm(folder, { recursive: true, force: true });
});

const file = () =>
  openStore({ kind: 'file', path: join(folder, 's.json') }, { clock: systemClock, random: Math.random });

const run = (
  subject: AlertOptions['subject'],
  over: { state?: typeof noState; token?: string; laterMs?: number; repository?: string } = {},
) =>
  alert(
    options({ channels: ['github-issue'], subject, timing: { ...TIMING, deliveryMs: 2_000 } }),
    ports({
      state: over.state ?? file(),
      clock: { ...systemClock, now: () => Date.now() + (over.laterMs ?? 0) },
      issues: githubIssues({
        token: over.token ?? TOKEN,
        repository: over.repository ?? 'acme/shop',
        apiUrl: github.url,
        now: Date.now,
      }),
    }),
  );

test('opened, commented when it still fires, closed when it is over', async () => {
  const first = await run(OWN);
  expect(first).toMatchObject({
    failed: false,
    alerts: [{ status: 'sent', channels: [{ reference: '1' }] }],
  });
  expect(github.issues[0]).toMatchObject({
    title: '[FIRING:1] production/api Too many errors',
    labels: ['deploy-guard-alert', 'severity: error'],
    state: 'open',
  });
  expect(github.issues[0]?.body).toMatch(/<!-- deploy-guard:alert:[0-9a-f]{20} -->/);
  await run(OWN, { laterMs: 5 * 3_600_000 });
  expect(github.issues[0]?.comments[0]).toMatch(/Still firing.* for 5 h/);
  await run({ ...OWN, resolve: true }, { laterMs: 6 * 3_600_000 });
  expect(github.issues).toHaveLength(1);
  expect(github.issues[0]).toMatchObject({ state: 'closed', state_reason: 'completed' });
  expect(github.issues[0]?.comments[1]).toMatch(/Resolved.* after 6 h/);
});

test('each failed check has an issue of its own', async () => {
  await run(reportOf([check({ id: 'a' }), check({ id: 'b' })]));
  expect(github.issues.map(({ body }) => body.includes('deploy-guard:alert'))).toEqual([true, true]);
});

test('a closed issue of an alert that still fires is opened again', async () => {
  await run(OWN);
  const [issue] = github.issues;
  if (issue) issue.state = 'closed';
  await run(OWN, { laterMs: 5 * 3_600_000 });
  expect(github.issues).toMatchObject([{ state: 'open' }]);
});

test('an issue that somebody deleted: another one is opened', async () => {
  await run(OWN);
  github.answers.push({ status: 410, body: { message: 'This issue was deleted' } });
  const [first] = github.issues.splice(0, 1, {
    number: 0,
    title: 'in its place, so that numbers go on',
    body: '',
    labels: [],
    state: 'closed',
    state_reason: null,
    comments: [],
  });
  const again = await run(OWN, { laterMs: 5 * 3_600_000 });
  expect(again).toMatchObject({ failed: false, alerts: [{ channels: [{ reference: '2' }] }] });
  expect(first?.comments).toEqual([]);
});

test('over, and somebody has closed the issue: it is notified there, and not closed again', async () => {
  await run(OWN);
  const [issue] = github.issues;
  if (issue) issue.state = 'closed';
  const requests = github.requests.length;
  await run({ ...OWN, resolve: true });
  expect(issue?.comments).toEqual([expect.stringMatching(/Resolved/)]);
  expect(github.requests.slice(requests).filter((line) => line.startsWith('PATCH'))).toEqual([]);
});

test('over without memory and without an issue: nothing to close, and the report says so', async () => {
  const result = await run({ ...OWN, resolve: true }, { state: noState });
  expect(result).toMatchObject({
    failed: false,
    alerts: [
      { status: 'resolved', channels: [{ status: 'delivered', error: 'there was no open issue to close' }] },
    ],
  });
  expect(github.issues).toEqual([]);
});

test('without memory the marker finds the issue again', async () => {
  await run(OWN, { state: noState });
  await run(OWN, { state: noState });
  expect(github.issues).toHaveLength(1);
  expect(github.issues[0]?.comments).toHaveLength(1);
  await run({ ...OWN, resolve: true }, { state: noState });
  expect(github.issues[0]?.state).toBe('closed');
});

test('the marker of another alert in what a service answered hides no alert', async () => {
  await run(OWN, { state: noState });
  const [marker = ''] = github.issues[0]?.body.split('\n') ?? [];
  // The same marker within the issue of the alert of another name, as a probed service can bring it there.
  const [issue] = github.issues.splice(0, 1);
  github.issues.push({
    ...(issue as NonNullable<typeof issue>),
    body: `<!-- deploy-guard:alert:${'0'.repeat(64)} -->\n\`\`\`text\nHTTP 500 ${marker}\n${marker}\n\`\`\``,
  });
  await run(OWN, { state: noState });
  expect(github.issues).toHaveLength(2);
  expect(github.issues[0]?.comments).toEqual([]);
});

test('an issue that another user opened with the marker hides no alert, and stays as it is', async () => {
  await run(OWN, { state: noState });
  const [issue] = github.issues;
  if (issue) issue.user = { login: 'mallory' };
  await run(OWN, { state: noState });
  expect(github.issues).toHaveLength(2);
  await run({ ...OWN, resolve: true }, { state: noState });
  expect(github.issues.map(({ state }) => state)).toEqual(['open', 'closed']);
  expect(issue?.comments).toEqual([]);
});

test('a history that names the issue of another user does not lead there', async () => {
  await run(OWN);
  const [issue] = github.issues;
  if (issue) issue.user = { login: 'mallory' };
  await run(OWN, { laterMs: 5 * 3_600_000 });
  expect(github.issues).toHaveLength(2);
  expect(issue?.comments).toEqual([]);
});

test('many runs at once without a common memory end with one open issue', async () => {
  github.delayMs = 15;
  const results = await Promise.all(Array.from({ length: 12 }, () => run(OWN, { state: noState })));
  expect(results.every(({ failed }) => !failed)).toBe(true);
  const open = github.issues.filter(({ state }) => state === 'open');
  expect(open.map(({ number }) => number)).toEqual([1]);
  const closed = github.issues.filter(({ state }) => state === 'closed');
  expect(
    closed.every(
      ({ state_reason: reason, comments }) => reason === 'duplicate' && comments.includes('Duplicate of #1.'),
    ),
  ).toBe(true);
});

test('many runs at once with a memory open one issue', async () => {
  github.delayMs = 15;
  await Promise.all(Array.from({ length: 12 }, () => run(OWN)));
  expect(github.issues).toHaveLength(1);
});

test('text from outside is text: no mention, no markup, no way out of its block', async () => {
  const nasty = 'ping @octocat\n```\n# big\n<img src=x> [a](javascript:x) | ~~ #1';
  await run({ ...OWN, title: nasty, message: nasty, source: nasty });
  const body = github.issues[0]?.body ?? '';
  const outside = body.replace(/````text[\s\S]*?\n````/g, '');
  expect(outside).not.toMatch(/@octocat|<img|\[a\]|^# big/m);
  expect(body).toContain('````text\nping @octocat\n```\n# big');
  expect(github.issues[0]?.title).not.toContain('\n');
});

describe('GitHub refuses: the step fails and says what to do', () => {
  test.each<[IssueServer['answers'][number], RegExp]>([
    [
      { status: 403, body: { message: 'Resource not accessible by integration' } },
      /403: the token may not write issues; give the job `permissions: issues: write`/,
    ],
    [{ status: 410, body: { message: 'Issues are disabled for this repo' } }, /switched off in acme\/shop/],
    [{ status: 422, body: { message: 'Validation Failed' } }, /answered 422 \(Validation Failed/],
  ])('%j', async (answer, expected) => {
    github.answers.push(answer);
    const result = await run(OWN);
    expect(result).toMatchObject({ failed: true, alerts: [{ status: 'failed' }] });
    expect(result.cause).toMatch(expected);
  });

  test('a wrong token', async () => {
    const result = await run(OWN, { token: 'ghs_wrongwrongwrong' });
    expect(result.cause).toMatch(/401: the token is not accepted; check github-token/);
    expect(JSON.stringify(result)).not.toContain('ghs_wrong');
  });

  test('a repository that cannot be seen', async () => {
    expect((await run(OWN, { repository: 'acme/other' })).cause).toMatch(/acme\/other cannot be found/);
  });

  test.each<IssueServer['answers'][number]>([
    { status: 502, body: { message: 'Server Error' } },
    {
      status: 403,
      body: { message: 'You have exceeded a secondary rate limit' },
      headers: { 'retry-after': '0' },
    },
  ])('%j is tried again', async (answer) => {
    github.answers.push(answer);
    expect(await run(OWN)).toMatchObject({ failed: false, alerts: [{ status: 'sent' }] });
    expect(github.issues).toHaveLength(1);
  });
});

test('named without a token: refused before anything is sent', async () => {
  await expect(alert(options({ channels: ['github-issue', 'log'] }), ports())).rejects.toThrow(
    /no token or repository/,
  );
});
