import { access, constants, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import type { StartedServer } from './mongo-java-server.ts';

/** How long a download that failed is not tried again. */
const retryAfterMs = 60 * 60 * 1000;

/**
 * Starts the `mongod` that this machine has, as a replica set of one so that transactions run; alone where
 * `TEST_MONGO_TOPOLOGY` says `standalone`.
 * @returns undefined where there is none; the path it was found at beside the server
 * @throws Error where there is one and it does not start
 */
export async function startOwnMongod(): Promise<{ server: StartedServer; path: string } | undefined> {
  const path = await ownMongod();
  if (path === undefined) return undefined;
  return { server: await startServer(path), path };
}

/**
 * Starts the `mongod` that mongodb-memory-server has downloaded, or downloads it. A failure is remembered
 * for an hour, because finding out costs several seconds in each run.
 * @returns undefined where it cannot be had
 */
export async function startDownloadedMongod(): Promise<StartedServer | undefined> {
  const path = await downloadedMongod();
  return path === undefined ? undefined : startServer(path);
}

/** The `mongod` that can be started here beside the server of the run; nothing is downloaded where one was given. */
export async function mongodPath(): Promise<string | undefined> {
  return (await ownMongod()) ?? (process.env.MONGODB_URI ? undefined : downloadedMongod());
}

async function downloadedMongod(): Promise<string | undefined> {
  const note = join(await cacheFolder(), 'mongod-download-failed');
  if (await isRecent(note)) return undefined;
  // Loaded late: a machine with a mongod of its own, or with MONGODB_URI, never needs it.
  const { MongoBinary } = await import('mongodb-memory-server');
  let path: string;
  try {
    // Asked for by itself, because a failed start of the server prints the whole error.
    path = await MongoBinary.getPath();
  } catch {
    await writeFile(note, String(Date.now()));
    return undefined;
  }
  await rm(note, { force: true });
  return path;
}

async function isRecent(note: string): Promise<boolean> {
  const written = await readFile(note, 'utf8').catch(() => '');
  const age = Date.now() - Number(written || Number.NaN);
  return age >= 0 && age < retryAfterMs;
}

async function ownMongod(): Promise<string | undefined> {
  const named = process.env.MONGOMS_SYSTEM_BINARY;
  if (named) return named;
  const name = process.platform === 'win32' ? 'mongod.exe' : 'mongod';
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    const runnable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && runnable) return path;
  }
  return undefined;
}

async function startServer(systemBinary: string): Promise<StartedServer> {
  const { MongoMemoryReplSet, MongoMemoryServer } = await import('mongodb-memory-server');
  if (process.env.TEST_MONGO_TOPOLOGY === 'standalone') {
    const server = await MongoMemoryServer.create({ binary: { systemBinary } });
    return {
      uri: server.getUri(),
      stop: async () => {
        await server.stop({ doCleanup: true, force: true });
      },
    };
  }
  const set = await MongoMemoryReplSet.create({
    replSet: { count: 1, storageEngine: 'wiredTiger' },
    binary: { systemBinary },
  });
  return {
    uri: set.getUri(),
    stop: async () => {
      await set.stop({ doCleanup: true, force: true });
    },
  };
}
