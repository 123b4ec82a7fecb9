import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { type MongoCapabilities, probeCapabilities } from './mongo-capabilities.ts';
import { type StartedServer, startMongoJavaServer } from './mongo-java-server.ts';
import { startDownloadedMongod, startOwnMongod } from './mongod.ts';

export type { Capability, MongoCapabilities } from './mongo-capabilities.ts';

/** A MongoDB to test against. */
export interface TestMongo {
  uri: string;
  /** in words, as "mongod 8.0.4 (/usr/bin/mongod)" or "mongo-java-server 1.47.0 (fallback)" */
  engine: string;
  capabilities: MongoCapabilities;
  /** Ends the server where it was started here; a server of `MONGODB_URI` is left alone. */
  stop(): Promise<void>;
  /** Before something is timed: the server cleans up behind what was done until now. Does nothing on mongod. */
  collectGarbage(): Promise<void>;
}

const howToGetOne = `There is no MongoDB to run against. One of these helps:
  - set MONGODB_URI to a server that may be written to (each test uses databases of its own);
  - put mongod on PATH, or its path into MONGOMS_SYSTEM_BINARY;
  - allow the download from fastdl.mongodb.org (a failed download is tried again after an hour);
  - put a JDK (17 or newer) and Maven on PATH for the fallback engine.`;

/**
 * Takes the first MongoDB that can be had: MONGODB_URI, the machine's own mongod, a downloaded one, the Java
 * fallback engine. Probes what it can do and prints which one it took.
 * @param print where that line goes; standard error by default, so that it never mixes with results
 * @param options.timed for a benchmark: a server whose own housekeeping stays out of what is timed
 * @throws Error that says how to get one, where there is none
 */
export async function startMongo(
  print: (line: string) => void = console.error,
  options: { timed?: boolean } = {},
): Promise<TestMongo> {
  const { server, origin } = await firstToBeHad(options.timed ?? false);
  try {
    const engine = await describe(server.uri, origin);
    const capabilities = await probeCapabilities(server.uri);
    const missing = Object.entries(capabilities).flatMap(([name, has]) => (has ? [] : [name]));
    print(`MongoDB for this run: ${engine}${missing.length > 0 ? `; without ${missing.join(', ')}` : ''}`);
    return {
      uri: server.uri,
      engine,
      capabilities,
      stop: server.stop,
      collectGarbage: async () => server.collectGarbage?.(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A database name that no other test uses. */
export function freshDatabaseName(prefix = 'test'): string {
  return `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
}

async function firstToBeHad(timed: boolean): Promise<{ server: StartedServer; origin: string }> {
  const given = process.env.MONGODB_URI;
  if (given) return { server: { uri: given, stop: async () => {} }, origin: 'MONGODB_URI' };
  const own = await startOwnMongod();
  if (own !== undefined) return { server: own.server, origin: own.path };
  const downloaded = await startDownloadedMongod();
  if (downloaded !== undefined) return { server: downloaded, origin: 'downloaded' };
  const fallback = await startMongoJavaServer(timed);
  if (fallback !== undefined) return { server: fallback, origin: 'fallback' };
  throw new Error(howToGetOne);
}

async function describe(uri: string, origin: string): Promise<string> {
  // The launcher reports the version whose protocol it speaks, not its own.
  if (origin === 'fallback') return 'mongo-java-server 1.47.0 (fallback)';
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 });
  try {
    const { version } = await client.db('admin').command({ buildInfo: 1 });
    return `mongod ${version} (${origin})`;
  } catch {
    // The driver's own message may hold the address, and a given address holds a password.
    throw new Error(`the MongoDB of ${origin} does not answer within 10 s`);
  } finally {
    await client.close();
  }
}
