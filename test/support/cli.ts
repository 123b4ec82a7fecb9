import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..', '..');

/** The bundle of the command line. */
export const CLI = join(repository, 'dist', 'cli.js');

export interface CliOptions {
  /** beside PATH and HOME; nothing else of this process's environment is handed on */
  env?: Record<string, string>;
  /** a fresh empty folder by default */
  cwd?: string;
  /** a run that takes longer is killed and rejected, 60 s by default */
  timeoutMs?: number;
  /** called with the running process: for signals */
  onStart?: (child: ChildProcess) => void;
  /** another program in place of Node and the bundle */
  command?: readonly [string, ...string[]];
}

export interface CliResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  durationMs: number;
}

/** Runs the bundled command line to its end, in a process of its own, without a terminal. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-cli-'));
  const [program, ...first] = options.command ?? [process.execPath, CLI];
  const started = performance.now();
  const child = spawn(program, [...first, ...args], {
    cwd: options.cwd ?? folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      TMPDIR: folder,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
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
  options.onStart?.(child);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (timedOut) throw new Error(`the command line ran longer than ${timeoutMs} ms\n${stdout}\n${stderr}`);
    return { exitCode, stdout, stderr, durationMs: performance.now() - started };
  } finally {
    clearTimeout(limit);
    await rm(folder, { recursive: true, force: true });
  }
}
