import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../support/errors.ts';
import type { Report } from './schema.ts';

/** Writes the JSON report: whole or not at all, so that no reader ever sees half of one. */
export async function writeReport(path: string, report: Report): Promise<void> {
  await writeWhole(path, `${JSON.stringify(report, null, 2)}\n`);
}

/** Writes a file beside its place and moves it there. Creates the folder. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Why a file could not be written at a path, undefined where it can; tried before the run, because a
 * result that cannot be kept must not be found out after a rollback.
 */
export async function unwritable(path: string): Promise<string | undefined> {
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing?.isDirectory()) return 'it is a directory';
    // Moving a file over a device or a pipe would replace it.
    if (existing && !existing.isFile()) return 'it is not a regular file';
    await mkdir(dirname(path), { recursive: true });
    const probe = join(dirname(path), `.${basename(path)}.${process.pid}.probe`);
    const file = await open(probe, 'w');
    await file.close();
    await rm(probe, { force: true });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
