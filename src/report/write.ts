import { mkdir, open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../support/errors.ts';
import { writeWhole } from '../support/write-whole.ts';
import type { Report } from './schema.ts';

/** Writes the JSON report: whole or not at all, so that no reader ever sees half of one. */
export async function writeReport(path: string, report: Report): Promise<void> {
  await writeWhole(path, `${JSON.stringify(report, null, 2)}\n`);
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
