import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file whole or not at all: beside its place, then moved there, so that no reader ever sees half of one.
 * Creates the folder. write-file-atomic has no step between the two, in which the state file checks its lock.
 * @throws what the file system says, and what `beforeMove` throws; then the old file is as it was
 */
export async function writeWhole(
  path: string,
  text: string,
  { mode = 0o666, beforeMove }: { readonly mode?: number; readonly beforeMove?: () => Promise<void> } = {},
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${basename(path)}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`);
  try {
    const file = await open(draft, 'wx', mode);
    try {
      await file.writeFile(text);
      // Without it a power cut can leave an empty file under the right name.
      await file.sync();
    } finally {
      await file.close();
    }
    await beforeMove?.();
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
