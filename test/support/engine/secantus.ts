import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import { cacheFolder } from '../cache-folder.ts';
import { findPython } from '../python.ts';
import { type Engine, type Found, identify, isExecutable, onPath } from './engine.ts';
import { remembered } from './failures.ts';

const execute = promisify(execFile);

/** The one place that names the versions. docs/DEPENDENCIES.md says what SecantusDB is for. */
const RUST = { crate: 'secantus-mdb', version: '0.5.3-beta.196', program: 'secantusd-rs' };
const PYTHON = { package: 'SecantusDB', version: '0.7.0b3' };

const PROGRESS_MS = 15_000;
const BUILD_LIMIT_MS = 30 * 60_000;
const INSTALL_LIMIT_MS = 5 * 60_000;

type Print = (line: string) => void;

/** The Rust server if it is on PATH or was built before. */
export async function builtRustServer(): Promise<Found> {
  const path = await onPath(RUST.program);
  if (path !== undefined) return { engine: await identify(path, path) };
  const cached = join(await rustFolder(), 'bin', RUST.program);
  if (await isExecutable(cached)) return { engine: await identify(cached, 'built once') };
  return { reason: 'not built yet' };
}

/** The Rust server, built with cargo if it was not built before: once per version, into the cache folder. */
export async function rustServer(print: Print): Promise<Found> {
  const built = await builtRustServer();
  if ('engine' in built) return built;
  const cargo = await findCargo();
  if (cargo === undefined) return { reason: 'no cargo on PATH to build it' };
  const folder = await rustFolder();
  const found = await remembered('secantus-rust-build', () =>
    installOnce(folder, print, (aside) =>
      logged(
        [
          cargo,
          ...['install', RUST.crate, '--version', RUST.version],
          // The crate asks for a newer Rust than it needs; the pinned version was built with rustc 1.95.
          ...['--ignore-rust-version', '--root', aside, '--target-dir', join(aside, 'target')],
        ],
        {
          title: 'building the MongoDB server for tests, once, about 5 minutes',
          limitMs: BUILD_LIMIT_MS,
          progress: (lines) =>
            `${lines.filter((line) => /^\s*Compiling /.test(line)).length} of about 210 crates compiled`,
          print,
        },
      ).finally(() => rm(join(aside, 'target'), { recursive: true, force: true })),
    ),
  );
  if ('reason' in found) return found;
  return { engine: await identify(join(folder, 'bin', RUST.program), 'built once') };
}

/** The Python server, installed with pip if it was not before: once per version, into the cache folder. */
export async function pythonServer(print: Print): Promise<Found> {
  const python = await findPython('3.10');
  if ('reason' in python) return python;
  // What pip installs is compiled for one version of Python.
  const printVersion = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const { stdout } = await execute(python.path, ['-c', printVersion], { timeout: 10_000 });
  const folder = join(await cacheFolder(), `secantus-python-${PYTHON.version}-py${stdout.trim()}`);
  const engine: Engine = {
    kind: 'secantus-python',
    command: [python.path, '-c', 'from secantus.cli import main; main()'],
    env: { PYTHONPATH: folder },
    name: `SecantusDB ${PYTHON.version}, Python server (installed once)`,
  };
  if (await isReady(folder)) return { engine };
  const found = await remembered('secantus-python-install', () =>
    installOnce(folder, print, (aside) =>
      logged(
        [
          python.path,
          ...['-m', 'pip', 'install', '--disable-pip-version-check', '--only-binary', ':all:'],
          ...['--target', aside, `${PYTHON.package}==${PYTHON.version}`],
        ],
        {
          title: 'installing the MongoDB server for a quick start, once, about 15 seconds',
          limitMs: INSTALL_LIMIT_MS,
          progress: (lines) => lines.at(-1)?.slice(0, 80) ?? '',
          print,
        },
      ),
    ),
  );
  return 'reason' in found ? found : { engine };
}

async function rustFolder(): Promise<string> {
  return join(await cacheFolder(), `secantus-rust-${RUST.version}`);
}

async function findCargo(): Promise<string | undefined> {
  const own = join(homedir(), '.cargo', 'bin', 'cargo');
  return (await onPath('cargo')) ?? ((await isExecutable(own)) ? own : undefined);
}

async function isReady(folder: string): Promise<boolean> {
  return readFile(join(folder, 'ready')).then(
    () => true,
    () => false,
  );
}

/**
 * Installs beside `folder` and renames: another process sees all of it or nothing. A process that finds another
 * one at work waits for it.
 */
async function installOnce(
  folder: string,
  print: Print,
  install: (aside: string) => Promise<void>,
): Promise<void> {
  const lock = `${folder}.lock`;
  for (let waits = 0; !(await takeLock(lock)); waits += 1) {
    if (waits === 0) print(`another process installs ${folder}; waiting for it`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  try {
    if (await isReady(folder)) return;
    const aside = await mkdtemp(`${folder}.installing-`);
    try {
      await install(aside);
      await writeFile(join(aside, 'ready'), '');
      await rm(folder, { recursive: true, force: true });
      await rename(aside, folder);
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (owner > 0 && !isRunning(owner)) await rm(lock, { force: true });
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Runs an installer that may take minutes: a line of progress every 15 s, all that it prints in a log. */
async function logged(
  [program = '', ...args]: readonly string[],
  work: {
    readonly title: string;
    readonly limitMs: number;
    readonly progress: (lines: readonly string[]) => string;
    readonly print: Print;
  },
): Promise<void> {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1_000);
  const path = join(await cacheFolder(), 'last-install.log');
  const log = createWriteStream(path);
  const lines: string[] = [];
  work.print(`${work.title} (log: ${path})`);
  const timer = setInterval(() => work.print(`  ${seconds()} s: ${work.progress(lines)}`), PROGRESS_MS);
  try {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: work.limitMs });
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(code === 0 ? '' : `it ended with ${code ?? signal}`));
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        log.write(`${line}\n`);
      });
    }
    const failure = await ended;
    if (failure !== '') {
      const cause =
        lines.findLast((line) => /error|Error/.test(line)) ?? lines.at(-1) ?? 'it printed nothing';
      throw new Error(`${failure}: ${cause.trim()} (log: ${path})`);
    }
    work.print(`  done in ${seconds()} s`);
  } finally {
    clearInterval(timer);
    log.end();
    await finished(log);
  }
}
