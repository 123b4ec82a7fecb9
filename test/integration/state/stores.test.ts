import { spawn } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { openStore } from '../../../src/state/open-store.ts';
import { type StateStore, StateUnavailableError } from '../../../src/state/store.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { freshDatabaseName } from '../../support/mongo.ts';
import { type MongoProxy, startMongoProxy } from '../../support/mongo-proxy.ts';

const options = { clock: systemClock, random: Math.random };

let folder: string;
let client: MongoClient;
let database: string;

beforeAll(() => {
  client = new MongoClient(inject('mongoUri'));
});
afterAll(() => client.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-state-'));
  database = freshDatabaseName('state');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await client.db(database).dropDatabase();
});

const open: Record<string, () => StateStore> = {
  file: () => openStore({ kind: 'file', path: join(folder, 'deep', 'state.json') }, options),
  mongodb: () => openStore({ kind: 'mongodb', db: client.db(database) }, options),
};

const add = (amount: number) => (current: unknown) => {
  const next = ((current as { n?: number } | undefined)?.n ?? 0) + amount;
  return { next: { n: next }, result: next };
};

describe.each(['file', 'mongodb'])('the %s store', (kind) => {
  const store = () => (open[kind] as () => StateStore)();

  test('knows nothing at first, then what was written, by area and key', async () => {
    expect(await store().read('alert_history', 'production')).toBeUndefined();
    expect(await store().update('alert_history', 'production', add(2))).toBe(2);
    expect(await store().read('alert_history', 'production')).toEqual({ n: 2 });
    expect(await store().read('alert_history', 'staging')).toBeUndefined();
    expect(await store().read('baselines', 'production')).toBeUndefined();
  });

  test('writes nothing where the change has no next value', async () => {
    expect(await store().update('alert_history', 'k', () => ({ result: 'seen' }))).toBe('seen');
    expect(await store().read('alert_history', 'k')).toBeUndefined();
  });

  test('keys with dots, slashes and dollars are keys', async () => {
    for (const key of ['a.b', 'a/b', '$c', 'ünïcode']) await store().update('baselines', key, add(1));
    expect(await store().read('baselines', 'a.b')).toEqual({ n: 1 });
    expect(await store().read('baselines', '$c')).toEqual({ n: 1 });
  });

  test('values keep whatever names their fields have', async () => {
    const value = { 'email:a@b.example.org': { $set: 1, 'x.y': [{ '$a.b': null }] }, plain: 'a.b $c' };
    await store().update('alert_history', 'k', () => ({ next: value, result: 0 }));
    expect(await store().read('alert_history', 'k')).toEqual(value);
    const seen = await store().update('alert_history', 'k', (current) => ({ result: current }));
    expect(seen).toEqual(value);
  });

  test('loses no update of many at once', async () => {
    await Promise.all(Array.from({ length: 60 }, () => store().update('alert_history', 'k', add(1))));
    expect(await store().read('alert_history', 'k')).toEqual({ n: 60 });
  });

  test('an error of the change goes through, and nothing is held afterwards', async () => {
    const broken = () => {
      throw new RangeError('mine');
    };
    await expect(store().update('alert_history', 'k', broken)).rejects.toThrow(RangeError);
    expect(await store().update('alert_history', 'k', add(1))).toBe(1);
  });
});

describe('the file store', () => {
  const path = () => join(folder, 'state.json');
  const store = () => openStore({ kind: 'file', path: path() }, options);

  test('leaves no lock and no draft behind', async () => {
    await Promise.all([1, 2, 3].map((n) => store().update('baselines', `k${n}`, add(n))));
    expect(await readdir(folder)).toEqual(['state.json']);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['empty', ''],
    ['cut off', '{"format":"deploy-guard.state/v1","areas":{"alert_hi'],
    ['no state file', '{"hello":1}'],
    ['binary', '\u0000\u0001\u0002'],
  ])('a file that is %s is set aside, and a new one begun, with a notice', async (_name, text) => {
    await writeFile(path(), text);
    const one = store();
    expect(await one.read('alert_history', 'k')).toBeUndefined();
    expect(await one.update('alert_history', 'k', add(1))).toBe(1);
    expect(one.notices?.join('\n')).toMatch(/was damaged; it was set aside/);
    const aside = (await readdir(folder)).find((name) => name.includes('damaged')) ?? '';
    expect(await readFile(join(folder, aside), 'utf8')).toBe(text);
    expect(await store().read('alert_history', 'k')).toEqual({ n: 1 });
  });

  test('a file of a size that no state has is set aside unread', async () => {
    await writeFile(path(), '{');
    // Without content: the disk gives it no room.
    await truncate(path(), 65 * 1024 * 1024);
    const one = store();
    expect(await one.read('alert_history', 'k')).toBeUndefined();
    expect(await one.read('alert_history', 'k')).toBeUndefined();
    expect(one.notices).toEqual([`the file ${path()} is damaged and was not used`]);
    expect(await one.update('alert_history', 'k', add(1))).toBe(1);
    expect((await readdir(folder)).filter((name) => name.includes('damaged'))).toHaveLength(1);
  });

  test('many at once make the folders, each of them or another', async () => {
    const deep = join(folder, 'a', 'b', 'c', 'state.json');
    const one = () => openStore({ kind: 'file', path: deep }, options);
    await Promise.all(Array.from({ length: 20 }, () => one().update('alert_history', 'k', add(1))));
    expect(await one().read('alert_history', 'k')).toEqual({ n: 20 });
  });

  test('a file of another version is left alone', async () => {
    const text = JSON.stringify({ format: 'deploy-guard.state/v2', things: [] });
    await writeFile(path(), text);
    await expect(store().update('alert_history', 'k', add(1))).rejects.toThrow(
      /written by another version .*left alone/,
    );
    expect(await readFile(path(), 'utf8')).toBe(text);
  });

  test('a lock that a dead process left is taken over', async () => {
    await store().update('alert_history', 'k', add(1));
    await writeFile(`${path()}.lock`, '1 dead');
    const old = new Date(Date.now() - 60_000);
    await utimes(`${path()}.lock`, old, old);
    const results = await Promise.all([1, 2, 3, 4].map(() => store().update('alert_history', 'k', add(1))));
    expect(results.sort()).toEqual([2, 3, 4, 5]);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  test('a lock that is held is not broken by a process whose clock is wrong', async () => {
    await store().update('alert_history', 'k', add(1));
    const lock = `${path()}.lock`;
    await writeFile(lock, '1 alive');
    const ahead = { ...systemClock, now: () => Date.now() + 3_600_000 };
    const other = openStore({ kind: 'file', path: path() }, { ...options, clock: ahead });
    let done = false;
    const update = other.update('alert_history', 'k', add(1)).finally(() => {
      done = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(done).toBe(false);
    expect(await readFile(lock, 'utf8')).toBe('1 alive');
    await rm(lock);
    expect(await update).toBe(2);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  test('where nothing can be written it still answers what needs no writing', async () => {
    await store().update('alert_history', 'k', add(1));
    await chmod(folder, 0o500);
    try {
      // Root may write anywhere; a read-only file system is tried where a user runs the tests.
      const canWrite = process.getuid?.() === 0;
      expect(await store().update('alert_history', 'k', (current) => ({ result: current }))).toEqual({
        n: 1,
      });
      if (!canWrite) {
        await expect(store().update('alert_history', 'k', add(1))).rejects.toThrow(StateUnavailableError);
      }
    } finally {
      await chmod(folder, 0o700);
    }
  });

  // Nobody can make files there, root neither.
  test.skipIf(process.platform !== 'linux').each(['/proc/self', '/sys'])(
    'a file system that takes no files: unavailable, in words: %s',
    async (place) => {
      const nowhere = openStore({ kind: 'file', path: `${place}/deploy-guard/state.json` }, options);
      expect(await nowhere.update('alert_history', 'k', () => ({ result: 'decided' }))).toBe('decided');
      await expect(nowhere.update('alert_history', 'k', add(1))).rejects.toThrow(StateUnavailableError);
    },
  );

  test('a path that cannot be a file is unavailable, in words', async () => {
    await writeFile(join(folder, 'plain'), 'x');
    const below = openStore({ kind: 'file', path: join(folder, 'plain', 'state.json') }, options);
    await expect(below.update('alert_history', 'k', add(1))).rejects.toThrow(StateUnavailableError);
    const deeper = openStore({ kind: 'file', path: join(folder, 'plain', 'a', 'state.json') }, options);
    await expect(deeper.update('alert_history', 'k', add(1))).rejects.toThrow(/ENOTDIR/);
    await mkdir(join(folder, 'dir'));
    const folderAsFile = openStore({ kind: 'file', path: join(folder, 'dir') }, options);
    await expect(folderAsFile.read('alert_history', 'k')).rejects.toThrow(/EISDIR/);
  });

  test('processes at once lose no update', async () => {
    const program = `
      import { openStore } from '${new URL('../../../src/state/open-store.ts', import.meta.url).href}';
      import { systemClock } from '${new URL('../../../src/support/clock.ts', import.meta.url).href}';
      const store = openStore({ kind: 'file', path: ${JSON.stringify(path())} }, { clock: systemClock, random: Math.random });
      for (let i = 0; i < 25; i++) await store.update('alert_history', 'k', (c) => ({ next: { n: (c?.n ?? 0) + 1 }, result: 0 }));
    `;
    const codes = await Promise.all(
      [1, 2, 3, 4].map(
        () =>
          new Promise<number | null>((resolve) => {
            const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
              stdio: 'inherit',
            });
            child.on('exit', resolve);
          }),
      ),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(await store().read('alert_history', 'k')).toEqual({ n: 100 });
  });
});

describe('the MongoDB store', () => {
  test('gives up where no write ever goes through', async () => {
    // Nobody else's write is in the way, but one without the revision that every write of ours has.
    await client.db(database).collection<{ _id: string }>('alert_history').insertOne({ _id: 'k' });
    let passed = 0;
    const clock = { ...systemClock, monotonic: () => (passed += 11_000), sleep: async () => {} };
    const store = openStore({ kind: 'mongodb', db: client.db(database) }, { ...options, clock });
    const update = store.update('alert_history', 'k', add(1));
    await expect(update).rejects.toThrow(StateUnavailableError);
    await expect(update).rejects.toThrow(/other runs kept changing alert_history\/k for 30 s/);
  });

  test('cannot be reached: unavailable, in words and without the password', async () => {
    const lost = new MongoClient('mongodb://user:hunter2hunter2@127.0.0.1:1/', {
      serverSelectionTimeoutMS: 300,
    });
    try {
      const store = openStore({ kind: 'mongodb', db: lost.db('x') }, options);
      const error = await store.read('alert_history', 'k').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StateUnavailableError);
      expect(String(error)).toMatch(/MongoDB \(x\).*ECONNREFUSED/);
      expect(String(error)).not.toContain('hunter2hunter2');
    } finally {
      await lost.close();
    }
  });
});

describe('the MongoDB store, its connection swallowed by something on the way', () => {
  let proxy: MongoProxy;
  let swallowed: MongoClient;
  beforeEach(async () => {
    proxy = await startMongoProxy(inject('mongoUri'));
    swallowed = new MongoClient(proxy.uri);
  });
  afterEach(async () => {
    await swallowed.close(true);
    await proxy.close();
  });

  test.each(['find', 'insert', 'update'])(
    '%s: unavailable within the limit of a command',
    async (command) => {
      const db = swallowed.db(database);
      const store = openStore({ kind: 'mongodb', db }, { ...options, commandLimitMs: 250 });
      if (command === 'update') await store.update('alert_history', 'k', add(1));
      proxy.cutOn = {
        command,
        nth: proxy.commands.filter((seen) => seen.command === command).length + 1,
        when: 'before',
        how: 'stall',
      };
      const error = await store.update('alert_history', 'k', add(1)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StateUnavailableError);
      expect(String(error)).toMatch(/MongoDB \(.*\): no answer within 250 ms/);
      // Another connection is there for what comes next.
      proxy.cutOn = undefined;
      expect(await store.update('alert_history', 'other', add(1))).toBe(1);
    },
  );
});

test('no state: a change is decided and nothing is kept', async () => {
  const store = openStore({ kind: 'none' }, options);
  expect(await store.update('alert_history', 'k', add(1))).toBe(1);
  expect(await store.update('alert_history', 'k', add(1))).toBe(1);
});
