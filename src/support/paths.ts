import { realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';

/** Where a job's own files are: the folder that it works in, its workspace and its temporary folder. */
interface PathRules {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The runner reads these for outputs, variables and steps to come: nothing else may be written there. */
const COMMAND_FILES = [
  'GITHUB_ENV',
  'GITHUB_OUTPUT',
  'GITHUB_PATH',
  'GITHUB_STATE',
  'GITHUB_STEP_SUMMARY',
  'GITHUB_EVENT_PATH',
];

/**
 * A file name of its own for the report of a run: no report takes the place of another. It need not be a secret, and
 * loading `node:crypto` would cost a short run more than anything else that it does.
 */
export function ownReportName(): string {
  return `deploy-guard-report-${Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0')}.json`;
}

/** Places in which no report or state belongs, though this user may be able to write there. */
const SYSTEM = ['/dev', '/proc', '/sys'];

/**
 * Why a file may not be written at a path; undefined if it may. An absolute path may point anywhere: a
 * self-hosted runner keeps state where it likes. But a path may not leave the workspace by `..` or by a link that
 * was checked in, and never become one of the runner's own files or part of a Git repository.
 */
export function refusedPath(given: string, rules: PathRules): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f]/.test(given)) return 'it holds a control character';
  const path = resolve(rules.cwd, given);
  const real = realPath(path);
  for (const name of COMMAND_FILES) {
    const file = rules.env[name];
    if (file && (path === resolve(file) || real === realPath(resolve(file))))
      return `it is the runner's own ${name}`;
  }
  if (SYSTEM.some((folder) => inside(real, folder))) return 'it is not a place for files';
  if (real.split(/[\\/]/).includes('.git')) return 'it is within a Git repository’s own files';
  const roots = [rules.cwd, rules.env.GITHUB_WORKSPACE, rules.env.RUNNER_TEMP].flatMap((root) =>
    root ? [resolve(root)] : [],
  );
  const within = (at: string, folders: readonly string[]) => folders.some((folder) => inside(at, folder));
  // A terminal's user goes where they like; in a job the path may come from text of a third party.
  if (rules.env.GITHUB_ACTIONS === undefined) return undefined;
  const climbs = /(^|[\\/])\.\.([\\/]|$)/.test(given) || !isAbsolute(given);
  if (climbs && !within(path, roots)) return 'it leads out of the workspace by `..`';
  if (within(path, roots) && !within(real, roots.map(realPath)))
    return 'it leads out of the workspace by a link';
  return undefined;
}

/** The place itself, links followed as far as the path exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : resolve(realPath(parent), relative(parent, path));
  }
}

function inside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && !/^\.\.([\\/]|$)/.test(way));
}

/** Why a file may not be read; undefined if it may. A device or a pipe has no end, or waits for one. */
export function unreadable(path: string): string | undefined {
  try {
    return statSync(path).isFile()
      ? undefined
      : statSync(path).isDirectory()
        ? 'it is a directory'
        : 'it is not a regular file';
  } catch {
    // What cannot be examined says why when it is read.
    return undefined;
  }
}
