import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildAction } from '../../scripts/build/build.ts';
import { type GithubServer, startGithubServer } from './github-server.ts';
import { toolPath } from './tools.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const standIns = join(import.meta.dirname, 'github-actions');

/** How a workflow is run. */
export interface ActOptions {
  /** file below .github/workflows */
  workflow: string;
  event: string;
  /** the event's payload */
  payload?: Record<string, unknown>;
  job?: string;
  /** of workflow_dispatch */
  inputs?: Record<string, string>;
  vars?: Record<string, string>;
  secrets?: Record<string, string>;
  env?: Record<string, string>;
  timeoutMs?: number;
}

/** What is left of a run. */
export interface ActResult {
  success: boolean;
  /** act's log */
  log: string;
  /** each step that ended, in order: job, step and whether it succeeded */
  steps: { job: string; step: string; success: boolean }[];
  /** the last result of a step by its name, in whatever job */
  step(name: string): boolean | undefined;
}

/** A repository that uses deploy-guard, and all that its workflows reach: deploy-guard itself and GitHub's services. */
export interface Forge {
  /** the repository's folder */
  readonly folder: string;
  /** where artifacts, caches and pages are kept; see test/support/github-actions */
  readonly services: string;
  /** GitHub's API, which every run is pointed at */
  readonly github: GithubServer;
  write(path: string, text: string, executable?: boolean): Promise<void>;
  /** Commits what was written. act works on commits. */
  commit(): Promise<void>;
  act(options: ActOptions): Promise<ActResult>;
  /** The JSON reports that were kept as artifacts, by the artifact's name. */
  reports(): Promise<Record<string, Record<string, unknown>>>;
  close(): Promise<void>;
}

/**
 * Makes an empty repository, and `deploy-guard/deploy-guard` as its users find it on GitHub: a repository with a
 * tag of this version, the moving major tag, and the action bundled from these sources.
 * Jobs run on this host as `ubuntu-latest`.
 */
export async function startForge(): Promise<Forge> {
  const base = await mkdtemp(join(tmpdir(), 'forge-'));
  const guard = join(base, 'services', 'remotes', 'deploy-guard', 'deploy-guard');
  const folder = join(base, 'repository');
  await mkdir(guard, { recursive: true });
  await mkdir(folder, { recursive: true });
  for (const entry of ['action.yml', 'package.json', 'summary', '.github']) {
    await cp(join(root, entry), join(guard, entry), { recursive: true });
  }
  await buildAction(join(guard, 'dist'));
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  await git(guard, 'init', '--quiet', '--initial-branch=main');
  await commitAll(guard);
  const tags = [`v${version}`, `v${version.split('.')[0]}`];
  for (const tag of tags) await git(guard, 'tag', tag);
  await git(folder, 'init', '--quiet', '--initial-branch=main');
  // act takes the repository's name from its remote.
  await git(folder, 'remote', 'add', 'origin', 'https://github.com/example/shop.git');

  // The runner starts actions on its own Node 24; act takes the one on the PATH.
  const bin = join(base, 'bin');
  await mkdir(bin);
  await symlink(process.execPath, join(bin, 'node'));
  const services = join(base, 'services');
  const github = await startGithubServer();
  const replaced = [
    ...tags.map((tag) => `deploy-guard/deploy-guard@${tag}=${guard}`),
    ...(await replacedActions()),
  ].flatMap((entry) => ['--local-repository', entry]);

  return {
    folder,
    services,
    github,
    async write(path, text, executable = false) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text, { mode: executable ? 0o755 : 0o644 });
    },
    commit: () => commitAll(folder),
    async act(options) {
      const payload = join(base, 'event.json');
      await writeFile(
        payload,
        JSON.stringify({ ...options.payload, ...(options.inputs ? { inputs: options.inputs } : {}) }),
      );
      const result = await execute(
        [
          options.event,
          ...[
            '--workflows',
            `.github/workflows/${options.workflow}`,
            '--platform',
            'ubuntu-latest=-self-hosted',
          ],
          ...['--rm', '--eventpath', payload],
          ...(options.job === undefined ? [] : ['--job', options.job]),
          ...pairs('--var', options.vars),
          ...pairs('--secret', { GITHUB_TOKEN: github.token, ...options.secrets }),
          ...pairs('--env', { STAND_INS: services, GITHUB_API_URL: github.url, ...options.env }),
          ...replaced,
        ],
        {
          cwd: folder,
          // act wants a home and a cache of its own.
          env: {
            PATH: [bin, toolPath].join(delimiter),
            HOME: join(base, 'home'),
            XDG_CACHE_HOME: join(base, 'home', '.cache'),
          },
          timeout: options.timeoutMs ?? 110_000,
          maxBuffer: 64 * 1024 * 1024,
        },
      );
      const unknown = /Unexpected input.*/.exec(result.log);
      if (unknown) throw new Error(`a step was given an input that its action does not have: ${unknown[0]}`);
      return result;
    },
    async reports() {
      const artifacts = join(services, 'artifacts');
      const names = await readdir(artifacts).catch(() => []);
      const found = await Promise.all(
        names.map(async (name) => {
          const text = await readFile(join(artifacts, name, 'report.json'), 'utf8').catch(() => undefined);
          return text === undefined ? [] : [[name, JSON.parse(text) as Record<string, unknown>] as const];
        }),
      );
      return Object.fromEntries(found.flat());
    },
    async close() {
      await github.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** `OWNER/REPO@REF=FOLDER` of each action that the workflows name and that there is a stand-in for. */
async function replacedActions(): Promise<string[]> {
  const found = new Set<string>();
  for (const folder of ['.github/workflows', 'docs/workflows']) {
    const files = await readdir(join(root, folder)).catch(() => []);
    for (const file of files) {
      const text = await readFile(join(root, folder, file), 'utf8');
      for (const [, action, ref] of text.matchAll(/uses: (actions\/[a-z-]+)(?:\/[a-z-]+)*@([0-9a-f]{40})/g)) {
        found.add(`${action}@${ref}=${join(standIns, action ?? '')}`);
      }
    }
  }
  return [...found];
}

function pairs(option: string, values: Record<string, string> = {}): string[] {
  return Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
}

async function execute(args: string[], options: Parameters<typeof run>[2] & object): Promise<ActResult> {
  const { success, log } = await run('act', args, options).then(
    ({ stdout, stderr }) => ({ success: true, log: `${stdout}${stderr}` }),
    (error: { stdout?: string; stderr?: string; killed?: boolean; message: string }) => {
      const log = `${error.stdout ?? ''}${error.stderr ?? ''}`;
      if (error.killed) throw new Error(`act did not end in time:\n${log}`);
      return { success: false, log: log || error.message };
    },
  );
  const steps = [
    ...log.matchAll(/^\[(.+?)\s*\] +(?:✅|❌) +(Success|Failure) - Main (.*?)(?: \[[\d.a-zµ]+\])?$/gm),
  ].map(([, job, outcome, step]) => ({ job: job ?? '', step: step ?? '', success: outcome === 'Success' }));
  return {
    success,
    log,
    steps,
    step: (name) => steps.findLast(({ step }) => step === name)?.success,
  };
}

async function git(cwd: string, ...args: string[]): Promise<void> {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  // The user's own configuration (hooks, signing) has no part in this.
  await run('git', [...identity, ...args], {
    cwd,
    env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
  });
}

async function commitAll(cwd: string): Promise<void> {
  await git(cwd, 'add', '--all', '--force');
  await git(cwd, 'commit', '--quiet', '--allow-empty', '-m', 'as it is');
}
