import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { githubIssues } from '../../../src/github/issue.ts';
import { type IssueServer, startIssueServer, TOKEN } from '../alert/issue-server.ts';

const NOW = Date.UTC(2026, 0, 27, 12);

let github: IssueServer;
beforeEach(async () => {
  github = await startIssueServer();
});
afterEach(() => github.close());

const never = new AbortController().signal;
const port = (apiUrl = github.url) =>
  githubIssues({ token: TOKEN, repository: 'acme/shop', apiUrl, now: () => NOW });

function addIssues(amount: number): void {
  for (let number = 1; number <= amount; number++) {
    const texts = { title: `t${number}`, body: `b${number}`, labels: ['l'] };
    github.issues.push({ ...texts, number, state: 'open', state_reason: null, comments: [] });
  }
}

/** What the port says of the answer to a request that writes. */
async function explained(answer: IssueServer['answers'][number]) {
  github.answers.push(answer);
  const thrown = await port()
    .comment(1, 'text', never)
    .catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Error);
  return port().explain(thrown);
}

test.each([
  [99, 1],
  [100, 2],
  [101, 2],
  [1_000, 10],
  [1_100, 10],
])('%i open issues are read in %i requests', async (amount, requests) => {
  addIssues(amount);
  const found = await port().listOpen('l', never);
  expect(found.map(({ number }) => number)).toEqual(
    Array.from({ length: Math.min(amount, 1_000) }, (_value, index) => index + 1),
  );
  expect(github.requests).toHaveLength(requests);
});

test('an issue without a body, and an answer without one', async () => {
  github.answers.push({ status: 200, body: { number: 5, state: 'closed', body: null } }, { status: 204 });
  expect(await port().get(5, never)).toEqual({ number: 5, state: 'closed', body: '', own: false });
  await expect(port().close(5, 'completed', never)).resolves.toBeUndefined();
});

test('an issue that was deleted is none; any other refusal is told', async () => {
  github.answers.push({ status: 410, body: { message: 'This issue was deleted' } });
  expect(await port().get(1, never)).toBeUndefined();
  github.answers.push({ status: 500, body: { message: 'Server Error' } });
  await expect(port().get(1, never)).rejects.toThrow('Server Error');
});

describe('the rate of requests is limited', () => {
  const limited = { message: 'API rate limit exceeded' };
  const reset = (at: string) => ({ 'x-ratelimit-reset': at });
  test.each<[string, number, Record<string, string>, number | undefined]>([
    ['by a time to wait', 429, { 'retry-after': '7', ...reset(`${NOW / 1_000 + 60}`) }, 7_000],
    ['until a moment', 403, reset(`${NOW / 1_000 + 60}`), 60_000],
    ['until a moment that has passed', 403, reset(`${NOW / 1_000 - 60}`), 0],
    ['until nobody knows when', 429, reset('soon'), undefined],
    ['without a word of when', 403, {}, undefined],
  ])('%s', async (_name, status, headers, wait) => {
    expect(await explained({ status, body: limited, headers })).toEqual({
      error: expect.stringMatching(
        `GitHub limits the rate of requests \\(${status}: API rate limit exceeded`,
      ),
      retry: true,
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    });
  });
});

test('a server that is in trouble is asked again; one that refuses is not', async () => {
  expect(await explained({ status: 503, body: { message: 'down' } })).toMatchObject({ retry: true });
  expect(await explained({ status: 422, body: { message: 'no' } })).toMatchObject({ retry: false });
});

test('nothing listens: GitHub could not be reached, and is asked again', async () => {
  const { url } = github;
  await github.close();
  const thrown = await port(url)
    .comment(1, 'text', never)
    .catch((error: unknown) => error);
  expect(port(url).explain(thrown)).toEqual({
    error: expect.stringMatching(/^GitHub could not be reached: .*ECONNREFUSED/),
    retry: true,
  });
  github = await startIssueServer();
});

test('what is no answer of GitHub’s at all', () => {
  expect(port().explain(new TypeError('terminated'))).toEqual({
    error: 'GitHub could not be reached: terminated',
    retry: true,
  });
});
