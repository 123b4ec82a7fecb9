import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';

const RETRY_AFTER_MS = 60 * 60 * 1000;

/**
 * Remembers in the cache folder, for an hour, that something could not be had: finding that out again would cost
 * seconds or minutes in each run. To try at once, delete the file `NAME-failed` in that folder.
 */
export async function remembered<T>(
  name: string,
  attempt: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly reason: string }> {
  const note = join(await cacheFolder(), `${name}-failed`);
  const [written = '', ...reason] = (await readFile(note, 'utf8').catch(() => '')).split('\n');
  const ageMs = Date.now() - Number(written || Number.NaN);
  if (ageMs >= 0 && ageMs < RETRY_AFTER_MS) {
    return { reason: `${reason.join(' ')}, ${Math.round(ageMs / 60_000)} min ago` };
  }
  try {
    const value = await attempt();
    await rm(note, { force: true });
    return { value };
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    const short = `failed: ${line.slice(0, 200)}`;
    await writeFile(note, `${Date.now()}\n${short}`);
    return { reason: short };
  }
}
