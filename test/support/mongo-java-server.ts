import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';

const run = promisify(execFile);
const sources = join(import.meta.dirname, 'mongo-java-server');
const startLimitMs = 60_000;

/** A started process that serves the MongoDB protocol at `uri`. */
export interface StartedServer {
  uri: string;
  stop(): Promise<void>;
  /** Collects the server's garbage now, where it has any. */
  collectGarbage?(): Promise<void>;
}

/**
 * For what is timed: objects of a run die young in a space that holds all of them, and what stays is moved once.
 * The collections of the default sizes stop the only thread for a third of a run.
 */
const ROOMY = ['-Xms4g', '-Xmn2g', '-XX:MaxTenuringThreshold=1'];

/**
 * Builds (once for each version of the sources) and starts the Java fallback engine on a free port.
 * @param timed for a benchmark: takes up to 4 GB of memory, so that the garbage of a run waits for its end
 * @returns undefined where there is no JDK or no Maven
 * @throws Error where both are there and the build or the start failed
 */
export async function startMongoJavaServer(timed = false): Promise<StartedServer | undefined> {
  if (!(await answers('java', '-version'))) return undefined;
  const folder = await built();
  if (folder === undefined) return undefined;
  return start(folder, timed ? ROOMY : []);
}

async function answers(program: string, argument: string): Promise<boolean> {
  try {
    await run(program, [argument]);
    return true;
  } catch {
    return false;
  }
}

/** The folder with the compiled launcher and its jars; named by the hash of all sources. */
async function built(): Promise<string | undefined> {
  const javaFiles = (await readdir(join(sources, 'src'))).filter((name) => name.endsWith('.java')).sort();
  const files = [join(sources, 'pom.xml'), ...javaFiles.map((name) => join(sources, 'src', name))];
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(sources.length)).update(await readFile(file));
  const cache = await cacheFolder();
  const folder = join(cache, `mongo-java-server-${hash.digest('hex').slice(0, 16)}`);
  if (await exists(folder)) return folder;
  if (!(await answers('mvn', '-version')) || !(await answers('javac', '-version'))) return undefined;

  // Built aside and renamed: another process that builds meanwhile sees all of it or nothing.
  const aside = await mkdtemp(join(cache, 'building-'));
  try {
    await mkdir(join(aside, 'classes'));
    await resolveJars(aside);
    const classPath = join(aside, 'lib', '*');
    await run('javac', ['-d', join(aside, 'classes'), '-cp', classPath, ...files.slice(1)]);
    await rename(aside, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return folder;
}

/** First from Maven's own cache, which needs no network; then from the repository. */
async function resolveJars(folder: string): Promise<void> {
  await writeFile(join(folder, 'pom.xml'), await readFile(join(sources, 'pom.xml')));
  const goal = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${join(folder, 'lib')}`];
  try {
    await run('mvn', ['-o', ...goal], { cwd: folder });
  } catch {
    await run('mvn', goal, { cwd: folder });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function start(folder: string, options: readonly string[]): Promise<StartedServer> {
  const classPath = [join(folder, 'classes'), join(folder, 'lib', '*')].join(delimiter);
  // The pipe on standard input is the lifeline: when this process ends, however, the server ends too.
  const child = spawn('java', ['-XX:+UseSerialGC', ...options, '-cp', classPath, 'Launcher'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4_000);
  });
  try {
    const port = await portOf(child);
    // An idle server must not keep the test process alive.
    child.unref();
    for (const stream of child.stdio) unref(stream);
    return {
      uri: `mongodb://127.0.0.1:${port}`,
      stop: () => stop(child),
      collectGarbage: () => collectGarbage(child),
    };
  } catch (cause) {
    child.kill('SIGKILL');
    throw new Error(`the Java fallback engine did not start: ${errors.trim() || 'it printed nothing'}`, {
      cause,
    });
  }
}

async function portOf(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('no standard output');
  const lines = createInterface({ input: child.stdout });
  const limit = AbortSignal.timeout(startLimitMs);
  const ended = once(child, 'exit', { signal: limit }).then(([code]) => {
    throw new Error(`it ended with exit code ${code}`);
  });
  const line = once(lines, 'line', { signal: limit }).then(([text]) => String(text));
  const text = await Promise.race([line, ended]);
  ended.catch(() => undefined);
  lines.close();
  child.stdout.resume();
  const port = Number(/^port (\d+)$/.exec(text)?.[1]);
  if (!Number.isInteger(port)) throw new Error(`it printed "${text}" in place of its port`);
  return port;
}

function unref(stream: unknown): void {
  if (
    stream !== null &&
    typeof stream === 'object' &&
    'unref' in stream &&
    typeof stream.unref === 'function'
  ) {
    stream.unref();
  }
}

async function collectGarbage(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('no standard output');
  const collected = once(child.stdout, 'data', { signal: AbortSignal.timeout(startLimitMs) });
  child.stdin?.write('g');
  await collected;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.ref();
  child.stdin?.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(timer);
}
