import { utimesSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileLock } from '../../../src/state/file-lock.ts';
import { StateUnavailableError } from '../../../src/state/store.ts';
import { systemClock } from '../../../src/support/clock.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-lock-'));
  path = join(folder, 'state.json.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lock = (over: Partial<typeof systemClock> = {}, at = path) =>
  new FileLock(at, { clock: { ...systemClock, ...over }, random: () => 0 });

const old = new Date(Date.now() - 60_000);
async function leftBehind(at: string): Promise<void> {
  await writeFile(at, '1 dead');
  await utimes(at, old, old);
}

describe('a process that was stopped for long', () => {
  test('does not write under a lock that another one took over, and does not give it back', async () => {
    const work = lock().hold(async ({ assertHeld }) => {
      await assertHeld();
      await writeFile(path, '2 another');
      await assertHeld();
    });
    await expect(work).rejects.toThrow(StateUnavailableError);
    await expect(work).rejects.toThrow(/was taken over by another process/);
    expect(await readFile(path, 'utf8')).toBe('2 another');
  });

  test('nor under one that is gone', async () => {
    const work = lock().hold(async ({ assertHeld }) => {
      await rm(path);
      await assertHeld();
    });
    await expect(work).rejects.toThrow(/was taken over by another process/);
    expect(await readdir(folder)).toEqual([]);
  });

  test('what is no lock any more is told as it is', async () => {
    const work = lock().hold(async ({ assertHeld }) => {
      await rm(path);
      await mkdir(path);
      await assertHeld();
    });
    await expect(work).rejects.toThrow(/EISDIR/);
  });
});

describe('taking over', () => {
  test('the leavings of two dead processes: one held the lock, one died breaking it', async () => {
    await leftBehind(path);
    await leftBehind(`${path}.break`);
    expect(await lock().hold(async () => 'held')).toBe('held');
    expect(await readdir(folder)).toEqual([]);
  });

  test('another one that is just breaking it is left to it', async () => {
    await leftBehind(path);
    await writeFile(`${path}.break`, '2 another');
    let pauses = 0;
    // The other one is done while this one sleeps.
    const sleep = async () => {
      if (++pauses === 3) {
        await rm(path);
        await rm(`${path}.break`);
      }
    };
    expect(await lock({ sleep }).hold(async () => 'held')).toBe('held');
    expect(pauses).toBe(3);
  });

  test('a lock that somebody took anew just before is not broken', async () => {
    await leftBehind(path);
    let looks = 0;
    const now = () => {
      // After the first look at its age: its holder is alive.
      if (++looks === 1) utimesSync(path, new Date(), new Date());
      return Date.now();
    };
    let waited = 0;
    const sleep = async () => {
      if (++waited === 2) await rm(path);
    };
    const held = lock({ now, sleep }).hold(() => readFile(path, 'utf8'));
    expect(await held).not.toContain('dead');
    // It waited for the holder, who gave the lock back himself.
    expect(waited).toBe(2);
  });

  test('a lock that others hold all the time', async () => {
    await writeFile(path, '2 another');
    let passed = 0;
    const clock = { monotonic: () => (passed += 11_000), sleep: async () => {} };
    const work = lock(clock).hold(async () => 'held');
    await expect(work).rejects.toThrow(StateUnavailableError);
    await expect(work).rejects.toThrow(/was held by others for 30 s/);
    expect(await readFile(path, 'utf8')).toBe('2 another');
  });
});

test('where no lock can be made it is not waited for', async () => {
  await expect(lock({}, join(folder, 'missing', 'lock')).hold(async () => 'held')).rejects.toThrow(/ENOENT/);
  await symlink(path, path);
  await expect(lock().hold(async () => 'held')).rejects.toThrow(/ELOOP/);
});
