import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeWhole } from '../../../src/support/write-whole.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-whole-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('writeWhole creates folders, replaces a file and leaves nothing beside it', async () => {
  const path = join(folder, 'a', 'b', 'file.json');
  await writeWhole(path, 'one');
  await writeWhole(path, 'two', { mode: 0o600 });
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await readdir(join(folder, 'a', 'b'))).toEqual(['file.json']);
  if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('writeWhole leaves the old file if what must hold before the move does not', async () => {
  const path = join(folder, 'file.json');
  await writeFile(path, 'old');
  const lost = new Error('the lock is lost');
  await expect(writeWhole(path, 'new', { beforeMove: () => Promise.reject(lost) })).rejects.toBe(lost);
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['file.json']);
});
