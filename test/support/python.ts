import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';

const execute = promisify(execFile);
const REQUIREMENTS = join(import.meta.dirname, '..', 'e2e', 'python', 'requirements.txt');

/** An interpreter, or why there is none. */
export type Interpreter = { readonly path: string } | { readonly reason: string };

/**
 * A Python on PATH.
 * @param oldest that will do, as "3.9"
 */
export async function findPython(oldest = '3.9'): Promise<Interpreter> {
  const check = `import sys; sys.exit(sys.version_info < (${oldest.replace('.', ', ')}))`;
  for (const path of ['python3', 'python']) {
    try {
      await execute(path, ['-c', check], { timeout: 10_000 });
      return { path };
    } catch {
      // The next one may do.
    }
  }
  return { reason: `no Python ${oldest} or newer on PATH` };
}

/** A virtual environment with what the FastAPI service needs, made once and kept in the user's cache. */
export async function fastApiEnvironment(): Promise<Interpreter> {
  const python = await findPython();
  if ('reason' in python) return python;
  try {
    const wanted = createHash('sha256')
      .update(await readFile(REQUIREMENTS))
      .digest('hex')
      .slice(0, 16);
    const folder = join(await cacheFolder(), `fastapi-${wanted}`);
    const interpreter = join(folder, 'bin', 'python');
    // Written last: an environment whose installation was cut short is made anew.
    const ready = join(folder, 'bin', 'ready');
    if (
      !(await access(ready).then(
        () => true,
        () => false,
      ))
    ) {
      await rm(folder, { recursive: true, force: true });
      await execute(python.path, ['-m', 'venv', folder], { timeout: 60_000 });
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
      await execute(interpreter, pip, { timeout: 120_000 });
      await execute(interpreter, ['-c', 'import fastapi, uvicorn, prometheus_fastapi_instrumentator'], {
        timeout: 30_000,
      });
      await writeFile(ready, '');
    }
    return { path: interpreter };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { reason: `FastAPI cannot be installed here (${message.slice(0, 200)})` };
  }
}

// The gate's tools are fetched before the tests, which then need not wait for them.
if (import.meta.main) {
  const found = await fastApiEnvironment();
  if ('reason' in found) console.log(found.reason);
}
