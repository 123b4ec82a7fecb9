import type { githubClient } from './client.ts';

/** Whom comments and issues of a workflow's own token are by. */
const WORKFLOW_BOT = 'github-actions[bot]';

/**
 * The login that a token writes as. A user's token may ask for it; that of a workflow or an app may only by GraphQL.
 * Where GitHub says neither, the workflow's own bot is assumed: what is by another login is then never changed.
 */
export async function ownLogin(
  github: ReturnType<typeof githubClient>,
  signal?: AbortSignal,
): Promise<string> {
  const request = signal === undefined ? {} : { signal };
  try {
    const { data } = await github('GET /user', { request });
    if (data.login) return data.login;
  } catch (error) {
    refuseIfDown(error, signal);
  }
  try {
    const { data } = await github('POST /graphql', {
      // A GitHub Enterprise server has it beside its REST API, and not below.
      baseUrl: github.endpoint.DEFAULTS.baseUrl.replace(/\/api\/v3\/?$/, '/api'),
      query: '{ viewer { login } }',
      request,
    });
    const login: unknown = (data as { data?: { viewer?: { login?: unknown } } | null } | null)?.data?.viewer
      ?.login;
    if (typeof login === 'string' && login !== '') return login;
  } catch (error) {
    refuseIfDown(error, signal);
  }
  return WORKFLOW_BOT;
}

/** An answer that GitHub could not give now is asked for again later; one that it refuses is refused for good. */
function refuseIfDown(error: unknown, signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
  const { status } = error as { status?: unknown };
  if (typeof status !== 'number' || status >= 500 || status === 429) throw error;
}
