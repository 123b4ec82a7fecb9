import { mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The user's own cache folder for what tests build once and use in every run. Not the shared temp folder:
 * another user could put something to run there under a name that can be foreseen.
 * @returns an existing folder outside the repository
 */
export async function cacheFolder(): Promise<string> {
  for (const base of candidates()) {
    const folder = join(base, 'deploy-guard-test');
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    } catch {
      // Read-only home folders are common in containers; the next candidate may do.
    }
  }
  throw new Error('no folder to cache test servers in: neither the home nor the temp folder can be written');
}

function candidates(): string[] {
  const own = process.env.XDG_CACHE_HOME || process.env.LOCALAPPDATA || join(homedir(), '.cache');
  return [own, join(tmpdir(), `deploy-guard-cache-${process.getuid?.() ?? 'user'}`)];
}
