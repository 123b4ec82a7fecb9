import type { Permission, PermissionPort } from '../rollback/model/ports.ts';
import { type GithubSource, githubClient } from './client.ts';

/** What people may do on the run's repository, by GitHub's REST API. */
export function githubPermission(source: GithubSource): PermissionPort {
  const [owner = '', repo = ''] = source.repository.split('/');
  const github = githubClient(source);
  return {
    async permissionOf(actor) {
      try {
        const { data } = await github('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {
          owner,
          repo,
          username: actor,
        });
        const login: unknown = (data as { user?: { login?: unknown } | null }).user?.login;
        if (typeof login !== 'string' || login.toLowerCase() !== actor.toLowerCase())
          throw new AnswerError('the answer is about another user');
        return permissionIn(data);
      } catch (error) {
        if (error instanceof AnswerError) throw error;
        throw new Error(permissionMessage(error, actor, source.repository), { cause: error });
      }
    },
    async environmentProtected(environment) {
      try {
        const { data } = await github('GET /repos/{owner}/{repo}/environments/{environment_name}', {
          owner,
          repo,
          environment_name: environment,
        });
        return (data.protection_rules ?? []).some((rule) => rule.type === 'required_reviewers');
      } catch (error) {
        // 404 also says "not for you", so only a token that may read environments makes it certain.
        return statusOf(error) === 404 ? false : undefined;
      }
    },
  };
}

/** The highest permission in GitHub's answer. Custom roles have names of their own, so the flags count first. */
export function permissionIn(data: {
  permission?: string;
  role_name?: string;
  user?: { permissions?: Partial<Record<'admin' | 'maintain' | 'push' | 'triage' | 'pull', unknown>> } | null;
}): Permission {
  const flags = data.user?.permissions;
  // Only `true` itself grants: the text "false" is truthy too.
  if (flags?.admin === true) return 'admin';
  if (flags?.maintain === true) return 'maintain';
  if (flags?.push === true) return 'write';
  if (flags?.triage === true) return 'triage';
  if (flags?.pull === true) return 'read';
  const named = [data.role_name, data.permission].find(isPermission);
  return named ?? 'none';
}

/** GitHub answered, and the answer cannot be used. */
class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

function isPermission(name: string | undefined): name is Permission {
  return name !== undefined && ['none', 'read', 'triage', 'write', 'maintain', 'admin'].includes(name);
}

function permissionMessage(error: unknown, actor: string, repository: string): string {
  switch (statusOf(error)) {
    case 401:
      return 'the token is not valid (401)';
    case 403:
      return `the token may not ask for permissions on ${repository} (403)`;
    case 404:
      return `the token does not see ${repository}, or ${actor} is no user there (404)`;
    default:
      return error instanceof Error && /another origin/.test(error.message)
        ? 'GitHub redirected to another origin, whose answer does not count'
        : `GitHub did not answer${statusOf(error) === undefined ? '' : ` (${statusOf(error)})`}`;
  }
}

function statusOf(error: unknown): number | undefined {
  // Octokit gives its own failures to connect the status 500, without an answer.
  const { status, response } = error as { status?: unknown; response?: unknown };
  return typeof status === 'number' && response !== undefined ? status : undefined;
}
