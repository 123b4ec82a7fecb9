import { retryAfterMs } from '../alert/channels/common/retries.ts';
import type { Issue, IssuePort } from '../alert/channels/github-issue/github-issue.ts';
import { cut } from '../alert/model/text.ts';
import { messageOf } from '../support/errors.ts';
import { ownLogin } from './actor.ts';
import { type GithubSource, githubClient } from './client.ts';

export interface IssueSource extends GithubSource {
  now(): number;
}

/** More open alerts of one repository than this are not looked through. */
const MOST_PAGES = 10;
const PAGE = 100;

/** Issues by GitHub's REST API. Needs the permission `issues: write`. */
export function githubIssues(source: IssueSource): IssuePort {
  const [owner = '', repo = ''] = source.repository.split('/');
  const github = githubClient(source);
  let login: Promise<string> | undefined;
  const issueOf = async (
    raw: { number: number; state: string; body?: string | null; user?: { login?: string } | null },
    signal: AbortSignal,
  ): Promise<Issue> => {
    login ??= ownLogin(github, signal).catch((error: unknown) => {
      // The next attempt asks again.
      login = undefined;
      throw error;
    });
    return {
      number: raw.number,
      state: raw.state === 'closed' ? 'closed' : 'open',
      body: raw.body ?? '',
      own: raw.user?.login === (await login),
    };
  };
  return {
    async listOpen(label, signal) {
      const found: Issue[] = [];
      for (let page = 1; page <= MOST_PAGES; page++) {
        const { data } = await github('GET /repos/{owner}/{repo}/issues', {
          owner,
          repo,
          labels: label,
          state: 'open',
          sort: 'created',
          direction: 'asc',
          per_page: PAGE,
          page,
          request: { signal },
        });
        // The same list holds pull requests.
        for (const one of data) if (one.pull_request === undefined) found.push(await issueOf(one, signal));
        if (data.length < PAGE) break;
      }
      return found;
    },
    async get(number, signal) {
      try {
        const { data } = await github('GET /repos/{owner}/{repo}/issues/{issue_number}', {
          owner,
          repo,
          issue_number: number,
          request: { signal },
        });
        return await issueOf(data, signal);
      } catch (error) {
        if (statusOf(error) === 404 || statusOf(error) === 410) return undefined;
        throw error;
      }
    },
    async create({ title, body, labels }, signal) {
      const { data } = await github('POST /repos/{owner}/{repo}/issues', {
        owner,
        repo,
        title,
        body,
        labels: [...labels],
        request: { signal },
      });
      return await issueOf(data, signal);
    },
    async comment(number, body, signal) {
      await github('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        owner,
        repo,
        issue_number: number,
        body,
        request: { signal },
      });
    },
    async close(number, reason, signal) {
      await github('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
        owner,
        repo,
        issue_number: number,
        state: 'closed',
        state_reason: reason,
        request: { signal },
      });
    },
    async reopen(number, signal) {
      await github('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
        owner,
        repo,
        issue_number: number,
        state: 'open',
        request: { signal },
      });
    },
    explain: (error) => explain(error, source),
  };
}

function explain(
  error: unknown,
  source: IssueSource,
): { error: string; retry: boolean; retryAfterMs?: number } {
  const status = statusOf(error);
  const detail = cut(messageOf(error), 300);
  const headers = (error as { response?: { headers?: Record<string, unknown> } }).response?.headers ?? {};
  const header = (name: string) => (headers[name] === undefined ? undefined : String(headers[name]));
  if (status === undefined) return { error: `GitHub could not be reached: ${detail}`, retry: true };
  const limited = status === 429 || (status === 403 && /rate limit|abuse|secondary/i.test(detail));
  if (limited) {
    const wait =
      retryAfterMs(header('retry-after'), source.now()) ??
      untilReset(header('x-ratelimit-reset'), source.now());
    const pause = wait === undefined ? {} : { retryAfterMs: wait };
    return { error: `GitHub limits the rate of requests (${status}: ${detail})`, retry: true, ...pause };
  }
  const words: Readonly<Record<number, string>> = {
    401: 'the token is not accepted; check github-token',
    403: 'the token may not write issues; give the job `permissions: issues: write`',
    404: `the repository ${source.repository} cannot be found, or the token may not see it; give the job \`permissions: issues: write\``,
    410: `issues are switched off in ${source.repository}`,
  };
  return {
    error: `GitHub answered ${status}${words[status] === undefined ? '' : `: ${words[status]}`} (${detail})`,
    retry: status >= 500,
  };
}

function untilReset(seconds: string | undefined, now: number): number | undefined {
  const at = Number(seconds) * 1_000;
  return Number.isFinite(at) ? Math.max(0, at - now) : undefined;
}

function statusOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | undefined)?.status;
  // Octokit gives its own failures to connect the status 500, without an answer.
  if (typeof status !== 'number') return undefined;
  return (error as { response?: unknown }).response === undefined ? undefined : status;
}
