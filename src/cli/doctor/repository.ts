import { spawnSync } from 'node:child_process';

/** `owner/name` of git's origin; undefined outside a repository, or where git is missing. */
export function repositoryOfGit(folder: string): string | undefined {
  const answer = spawnSync('git', ['remote', 'get-url', 'origin'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 5_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return answer.status === 0 ? repositoryOfUrl(answer.stdout.trim()) : undefined;
}

/** `git@github.com:owner/name.git` and its other forms → `owner/name`. Pure. */
export function repositoryOfUrl(url: string): string | undefined {
  return /[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(url)?.[1];
}
