import { messageOf } from '../../support/errors.ts';
import { httpRequest } from '../../support/http-request.ts';
import { proxyAgent } from '../../support/proxy-agent.ts';
import { about, type Finding } from './finding.ts';

export interface GithubCheck {
  readonly token: string;
  /** `https://api.github.com`, or that of a GitHub Enterprise server. */
  readonly apiUrl: string;
  /** `owner/name`. */
  readonly repository: string | undefined;
  readonly actor: string | undefined;
  readonly timeoutMs: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  header(name: string): string | undefined;
}

const ID = 'github';
const SUBJECT = 'GitHub token';

/** Asks GitHub what the token may do. Reads only: whether it may write shows in the scopes, if the answer has any. */
export async function checkGithub(check: GithubCheck): Promise<Finding[]> {
  const { ok, warning, failed } = about(ID, SUBJECT);
  const agent = proxyAgent();
  const get = async (path: string): Promise<Answer> => {
    const answer = await httpRequest(agent, `${check.apiUrl.replace(/\/+$/, '')}${path}`, {
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${check.token}`,
        'user-agent': 'deploy-guard',
        'x-github-api-version': '2022-11-28',
      },
      signal: AbortSignal.timeout(check.timeoutMs),
    });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      body: parse(text),
      header(name) {
        const value = answer.headers[name];
        return Array.isArray(value) ? value[0] : value;
      },
    };
  };
  try {
    const limits = await get('/rate_limit');
    if (limits.status === 401)
      return [
        failed('GitHub does not know it', 'Make a new token, or in a workflow pass `${{ github.token }}`.'),
      ];
    if (limits.status >= 400)
      return [
        failed(`GitHub answered ${limits.status}`, 'Check GITHUB_API_URL, and the state of GitHub itself.'),
      ];
    if (check.repository === undefined)
      return [warning('is valid, but there is no repository to try it on', 'Give --repository OWNER/NAME.')];
    const repository = await get(`/repos/${check.repository}`);
    if (repository.status !== 200)
      return [
        failed(
          `cannot see ${check.repository} (GitHub answered ${repository.status})`,
          'Give the token access to this repository: for a fine-grained token choose it, and let Metadata be read.',
        ),
      ];
    const scopes = limits.header('x-oauth-scopes');
    const kind = scopes === undefined ? '' : `; scopes: ${scopes === '' ? 'none' : scopes}`;
    return [
      ok(`is good, and sees ${check.repository}${kind}`),
      await permissionLookUp(check, get),
      await issues(check, get, scopes),
    ];
  } catch (error) {
    return [
      failed(
        `GitHub could not be reached at ${URL.canParse(check.apiUrl) ? new URL(check.apiUrl).host : 'GITHUB_API_URL'} (${messageOf(error)})`,
        'Check the network, the proxy (HTTPS_PROXY) and GITHUB_API_URL.',
      ),
    ];
  } finally {
    await agent.destroy();
  }
}

async function permissionLookUp(
  check: GithubCheck,
  get: (path: string) => Promise<Answer>,
): Promise<Finding> {
  const { ok, warning } = about(`${ID}/permission`, `${SUBJECT}: who may roll back`);
  if (check.actor === undefined)
    return warning(
      'there is no actor whose permission can be checked',
      'Set GITHUB_ACTOR to a user of GitHub to try the look-up.',
    );
  const answer = await get(
    `/repos/${check.repository}/collaborators/${encodeURIComponent(check.actor)}/permission`,
  );
  if (answer.status !== 200)
    return warning(
      `what ${check.actor} may do cannot be asked (GitHub answered ${answer.status}); rollback refuses then`,
      'Give the token Metadata: read (in a workflow every token has it), with push access for a classic token; or pass `required-permission: none` where another gate decides.',
    );
  const { role_name: role, permission } = (answer.body ?? {}) as { role_name?: string; permission?: string };
  return ok(`can be asked: ${check.actor} has ${role ?? permission ?? 'unknown'}`);
}

async function issues(
  check: GithubCheck,
  get: (path: string) => Promise<Answer>,
  scopes: string | undefined,
): Promise<Finding> {
  const { ok, warning } = about(`${ID}/issues`, `${SUBJECT}: issues and comments`);
  const answer = await get(`/repos/${check.repository}/issues?per_page=1`);
  const todo =
    'In a workflow write `permissions: issues: write` (and `pull-requests: write` for the comment of a plan); a classic token needs the scope repo.';
  if (answer.status === 410)
    return warning(
      'the repository has its issues switched off',
      'Switch them on in its settings, or leave the channel github-issue out.',
    );
  if (answer.status !== 200) return warning(`issues cannot be read (GitHub answered ${answer.status})`, todo);
  const list = scopes?.split(/,\s*/);
  if (list === undefined)
    return ok(
      'issues can be read; such a token does not say whether it may write, and writing was not tried',
    );
  return list.includes('repo') || list.includes('public_repo')
    ? ok('issues and comments can be written')
    : warning('issues can be read, but not written', todo);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
