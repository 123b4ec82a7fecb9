import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of some kilobytes without a free one. */
export interface FullDisk {
  folder: string;
  remove(): Promise<void>;
}

/** Mounts one and fills it; the reason in words where this process may not. */
export async function mountFullDisk(): Promise<FullDisk | string> {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-chaos-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder]);
  } catch {
    await rm(folder, { recursive: true, force: true });
    return 'a small file system cannot be mounted here';
  }
  await writeFile(join(folder, 'full'), Buffer.alloc(64 * 1024)).catch(() => undefined);
  return {
    folder,
    remove: async () => {
      await run('umount', ['-l', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts what follows with a limit on the size of each file that it writes, in kilobytes. */
export function withFileLimit(kilobytes: number): string[] {
  return ['bash', '-c', `ulimit -f ${kilobytes}; exec "$@"`, 'bash'];
}
