import type { Dispatcher } from 'undici';
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

/** GitHub redirects what was renamed, once or twice. */
const MOST_REDIRECTS = 5;

const { getOctokit } = await loadWithoutEvent();

/**
 * @actions/github reads the event file when it is loaded, and throws if that is missing half-way or not JSON. The
 * file is ours to read (event.ts), so the package finds none.
 */
async function loadWithoutEvent(): Promise<typeof import('@actions/github')> {
  const path = process.env.GITHUB_EVENT_PATH;
  delete process.env.GITHUB_EVENT_PATH;
  try {
    return await import('@actions/github');
  } finally {
    if (path !== undefined) process.env.GITHUB_EVENT_PATH = path;
  }
}

/**
 * GitHub's REST API for a token: the client of @actions/github, over the same HTTP client as everything else here, so
 * that proxies, certificates and limits are the same.
 */
export function githubClient({ token, apiUrl, signal }: GithubSource) {
  return getOctokit(token, {
    ...(apiUrl === undefined ? {} : { baseUrl: apiUrl }),
    userAgent: 'deploy-guard',
    request: { fetch: fetchThrough(proxyAgent(), signal) },
    // Octokit would print deprecations and failures by itself, past what redacts and disarms.
    log: { debug() {}, info() {}, warn() {}, error() {} },
  }).request;
}

const REDIRECTS = new Set([301, 302, 307, 308]);

/** `fetch` as far as Octokit uses it; a redirect repeats the request, as GitHub documents it. Nobody closes the dispatcher: its idle connections hold no process up. */
function fetchThrough(
  dispatcher: Dispatcher,
  stopped: AbortSignal | undefined,
): (url: string | URL, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const signals = [AbortSignal.timeout(ANSWER_LIMIT_MS), init.signal, stopped];
    const options = {
      method: init.method as Dispatcher.HttpMethod,
      headers: init.headers as Record<string, string>,
      body: (init.body as string | null | undefined) ?? null,
      signal: AbortSignal.any(signals.filter((one) => one != null)),
    };
    let answer = await httpRequest(dispatcher, url, options);
    let at = new URL(url);
    for (let followed = 0; REDIRECTS.has(answer.statusCode); followed++) {
      await answer.body.dump();
      const location = [answer.headers.location ?? []].flat()[0];
      if (location === undefined || !URL.canParse(location, at.href))
        throw new Error('redirected without an address');
      const next = new URL(location, at);
      // The token is for GitHub, and so is the trust in what is answered.
      if (next.origin !== at.origin) throw new Error('redirected to another origin');
      if (followed >= MOST_REDIRECTS) throw new Error(`redirected more than ${MOST_REDIRECTS} times`);
      at = next;
      answer = await httpRequest(dispatcher, at.href, options);
    }
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
