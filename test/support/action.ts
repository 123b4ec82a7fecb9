import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputVariable, parseFileCommand, readAction } from './action-files.ts';

const repository = join(import.meta.dirname, '..', '..');

/** How a run of the action is started; everything has the default of a push to main. */
export interface ActionOptions {
  /** by their names in action.yml; those not given take the defaults from there, as the runner does it */
  inputs?: Record<string, string | number | boolean>;
  /** beside what GitHub sets; `undefined` takes a variable away */
  env?: Record<string, string | undefined>;
  event?: { name?: string; payload?: unknown; ref?: string };
  /** working directory, a fresh empty workspace by default */
  cwd?: string;
  /** a signal this long after the start, SIGKILL unless `signal` says otherwise */
  killAfterMs?: number;
  signal?: NodeJS.Signals;
  /** a run that takes longer is killed and rejected, 60 s by default */
  timeoutMs?: number;
  /** folder that holds action.yml, this repository by default */
  root?: string;
  /** a command that starts the one that follows it: `['sh', '-c', 'ulimit -f 0; exec "$@"', 'sh']` */
  wrap?: readonly string[];
}

/** What is left of a run. */
export interface ActionResult {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** GITHUB_OUTPUT, parsed */
  outputs: Record<string, string>;
  /** the job summary, Markdown */
  summary: string;
  /** the JSON report, where one was written */
  report: unknown;
  /** values that the run had masked by `::add-mask::` */
  masked: string[];
  durationMs: number;
}

/** A run under way. */
export interface StartedAction {
  child: ChildProcess;
  /** what it has written to standard output so far */
  output(): string;
  /** Resolves once standard output holds the text; rejects when the run ends without it. */
  until(text: string | RegExp): Promise<void>;
  /** Resolves when it has ended, by itself or by a signal; its temporary folder is gone then. */
  result: Promise<ActionResult>;
}

/** Runs the bundled action to its end, as GitHub starts it. */
export async function runAction(options: ActionOptions = {}): Promise<ActionResult> {
  return (await startAction(options)).result;
}

/** Starts the bundled action as GitHub starts it, with nothing of this process's environment but PATH. */
export async function startAction(options: ActionOptions = {}): Promise<StartedAction> {
  const root = options.root ?? repository;
  const action = await readAction(root);
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-action-'));
  const env = await environment(folder, options, action.defaults);
  const started = performance.now();
  const entry = join(root, action.main);
  const [program = process.execPath, ...args] = [...(options.wrap ?? []), process.execPath, entry];
  const child = spawn(program, args, {
    cwd: options.cwd ?? env.GITHUB_WORKSPACE,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    child.emit('output');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });

  const timeoutMs = options.timeoutMs ?? 60_000;
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const kill =
    options.killAfterMs === undefined
      ? undefined
      : setTimeout(() => child.kill(options.signal ?? 'SIGKILL'), options.killAfterMs);

  const result = new Promise<Pick<ActionResult, 'exitCode' | 'signal'>>((resolve, reject) => {
    child.once('error', reject);
    // "close" comes after the last output, "exit" may come before it.
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
  })
    .then(async (end): Promise<ActionResult> => {
      if (timedOut) throw new Error(`the action ran longer than ${timeoutMs} ms\n${stdout}\n${stderr}`);
      const outputs = parseFileCommand(await readFile(env.GITHUB_OUTPUT, 'utf8'));
      return {
        ...end,
        stdout,
        stderr,
        outputs,
        summary: await readFile(env.GITHUB_STEP_SUMMARY, 'utf8'),
        report: await readReport(folder, outputs['report-path'], env),
        masked: [...stdout.matchAll(/^::add-mask::(.*)$/gm)].map((match) => match[1] ?? ''),
        durationMs: performance.now() - started,
      };
    })
    .finally(async () => {
      clearTimeout(limit);
      clearTimeout(kill);
      await rm(folder, { recursive: true, force: true });
    });
  // Without this, a run that fails before anyone awaits it would end the test process.
  result.catch(() => undefined);
  return { child, output: () => stdout, until: (text) => waitFor(child, () => stdout, text), result };
}

type ActionEnvironment = Record<string, string> &
  Record<'GITHUB_OUTPUT' | 'GITHUB_STEP_SUMMARY' | 'GITHUB_WORKSPACE' | 'RUNNER_TEMP', string>;

async function environment(
  folder: string,
  options: ActionOptions,
  defaults: Map<string, string>,
): Promise<ActionEnvironment> {
  const at = (name: string): string => join(folder, name);
  for (const name of ['workspace', 'temp', 'home']) await mkdir(at(name));
  for (const name of ['output', 'summary', 'state', 'env', 'path']) await writeFile(at(name), '');
  await writeFile(at('event.json'), JSON.stringify(options.event?.payload ?? {}));
  const env: ActionEnvironment = {
    PATH: process.env.PATH ?? '',
    HOME: at('home'),
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: 'deploy-guard',
    GITHUB_ACTOR: 'octocat',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_ENV: at('env'),
    GITHUB_EVENT_NAME: options.event?.name ?? 'push',
    GITHUB_EVENT_PATH: at('event.json'),
    GITHUB_JOB: 'deploy',
    GITHUB_OUTPUT: at('output'),
    GITHUB_PATH: at('path'),
    GITHUB_REF: options.event?.ref ?? 'refs/heads/main',
    GITHUB_REPOSITORY: 'octo-org/shop',
    GITHUB_REPOSITORY_OWNER: 'octo-org',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '4200000001',
    GITHUB_RUN_NUMBER: '42',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
    GITHUB_STATE: at('state'),
    GITHUB_STEP_SUMMARY: at('summary'),
    GITHUB_TRIGGERING_ACTOR: 'octocat',
    GITHUB_WORKFLOW: 'deploy',
    GITHUB_WORKSPACE: at('workspace'),
    RUNNER_ARCH: 'X64',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: at('temp'),
  };
  for (const [name, value] of defaults) env[inputVariable(name)] = contextValue(value);
  for (const [name, value] of Object.entries(options.inputs ?? {})) {
    if (!defaults.has(name)) throw new Error(`action.yml has no input "${name}"`);
    env[inputVariable(name)] = String(value);
  }
  for (const [name, value] of Object.entries(options.env ?? {})) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  return env;
}

/** The runner evaluates expressions in defaults; here there is no token to give. */
function contextValue(value: string): string {
  return value.replaceAll(/\$\{\{.*?\}\}/g, '');
}

async function readReport(
  folder: string,
  output: string | undefined,
  env: ActionEnvironment,
): Promise<unknown> {
  const own = (await readdir(env.RUNNER_TEMP).catch(() => []))
    .filter((name) => /^deploy-guard-report.*\.json$/.test(name))
    .map((name) => join(env.RUNNER_TEMP, name));
  const candidates = [output, ...own, join(folder, 'report.json')];
  for (const path of candidates) {
    if (path === undefined || path === '') continue;
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text);
  }
  return undefined;
}

function waitFor(child: ChildProcess, output: () => string, text: string | RegExp): Promise<void> {
  const found = (): boolean => (typeof text === 'string' ? output().includes(text) : text.test(output()));
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      child.off('output', onOutput);
      child.off('close', onClose);
    };
    const onOutput = (): void => {
      if (!found()) return;
      settle();
      resolve();
    };
    const onClose = (): void => {
      settle();
      reject(new Error(`the action ended before it wrote ${text}:\n${output()}`));
    };
    child.on('output', onOutput);
    child.on('close', onClose);
    if (child.exitCode !== null || child.signalCode !== null) {
      if (found()) resolve();
      else onClose();
    } else onOutput();
  });
}
