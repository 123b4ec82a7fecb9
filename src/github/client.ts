import { request } from '@octokit/request';
import type { Dispatcher } from 'undici';
import redirect from 'undici/lib/interceptor/redirect.js';
import { httpRequest } from '../support/http-request.ts';
import { proxyAgent } from '../support/proxy-agent.ts';

export interface GithubSource {
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** Address of GitHub's API: `GITHUB_API_URL`, GitHub's own if not given. */
  readonly apiUrl?: string;
  /** Ends what is asked when the run is told to stop. */
  readonly signal?: AbortSignal;
}

/** One answer's limit: GitHub takes less than a second, and an API that is silent must not hold a run up. */
const ANSWER_LIMIT_MS = 10_000;

/** As many as browsers and `fetch` follow. GitHub redirects what was renamed. */
const MOST_REDIRECTS = 20;

/**
 * GitHub's REST API for a token: Octokit's typed requests, over the same HTTP client as everything else here, so
 * that proxies work the same and no second client is shipped.
 */
export function githubClient({ token, apiUrl, signal }: GithubSource): typeof request {
  return request.defaults({
    ...(apiUrl === undefined ? {} : { baseUrl: apiUrl }),
    headers: { authorization: `token ${token}`, 'user-agent': 'deploy-guard' },
    request: {
      fetch: fetchThrough(proxyAgent().compose(redirect({ maxRedirections: MOST_REDIRECTS })), signal),
    },
  });
}

/** `fetch` as far as Octokit uses it. Nobody closes the dispatcher: its idle connections hold no process up. */
function fetchThrough(
  dispatcher: Dispatcher,
  stopped: AbortSignal | undefined,
): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const signals = [AbortSignal.timeout(ANSWER_LIMIT_MS), init.signal, stopped];
    const answer = await httpRequest(dispatcher, url, {
      method: init.method as Dispatcher.HttpMethod,
      headers: init.headers as Record<string, string>,
      body: (init.body as string | null | undefined) ?? null,
      signal: AbortSignal.any(signals.filter((one) => one != null)),
    });
    const body = await answer.body.arrayBuffer();
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const one of [value ?? []].flat()) headers.append(name, one);
    }
    // A Response refuses a body where the status allows none.
    const bodiless = [204, 205, 304].includes(answer.statusCode);
    return new Response(bodiless ? null : body, { status: answer.statusCode, headers });
  };
}
