import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import type { Engine } from './engine/engine.ts';
import { findEngine, findLocalEngine, type Purpose } from './engine/find.ts';
import { type ServerOptions, startServer } from './engine/server.ts';
import { type MongoCapabilities, probeCapabilities } from './mongo-capabilities.ts';

export type { Capability, MongoCapabilities } from './mongo-capabilities.ts';

/** A MongoDB to test against. */
export interface TestMongo {
  uri: string;
  /** in words, as "mongod 8.0.4 (/usr/bin/mongod), replica set" */
  engine: string;
  /** what further servers can be started from; undefined beside a `MONGODB_URI` on a machine without one */
  program: Engine | undefined;
  capabilities: MongoCapabilities;
  /** Ends the server if it was started here; a server of `MONGODB_URI` is left alone. */
  stop(): Promise<void>;
}

export interface MongoOptions extends ServerOptions {
  /** `tests` by default */
  readonly purpose?: Purpose;
  /** where the line about the engine goes; standard error by default, so that it never mixes with results */
  readonly print?: (line: string) => void;
}

/**
 * Takes the first MongoDB that can be had: MONGODB_URI, the machine's own mongod, a downloaded one, SecantusDB.
 * Probes what it can do, prints which one it took and why not the ones before.
 * @throws Error that says how to get one, if there is none
 */
export async function startMongo(options: MongoOptions = {}): Promise<TestMongo> {
  const { purpose = 'tests', print = console.error, ...server } = options;
  const started = process.env.MONGODB_URI
    ? await given(process.env.MONGODB_URI)
    : await startFound(purpose, print, server);
  try {
    const capabilities = await probeCapabilities(started.uri);
    const missing = Object.entries(capabilities).flatMap(([name, has]) => (has ? [] : [name]));
    const { passedOver, ...mongo } = started;
    print(
      [
        `MongoDB for this run: ${mongo.engine}`,
        ...(missing.length > 0 ? [`without ${missing.join(', ')}`] : []),
        ...(passedOver.length > 0 ? [`not taken: ${passedOver.join(', ')}`] : []),
      ].join('; '),
    );
    return { ...mongo, capabilities };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/** A database name that no other test uses. */
export function freshDatabaseName(prefix = 'test'): string {
  return `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
}

interface Started extends Omit<TestMongo, 'capabilities'> {
  readonly passedOver: readonly string[];
}

async function startFound(
  purpose: Purpose,
  print: (line: string) => void,
  options: ServerOptions,
): Promise<Started> {
  const { engine, passedOver } = await findEngine(purpose, print);
  const server = await startServer(engine, options);
  return {
    uri: server.uri,
    engine: `${engine.name}, ${options.topology === 'standalone' ? 'standalone' : 'replica set'}`,
    program: engine,
    passedOver: ['MONGODB_URI: not set', ...passedOver],
    stop: () => server.stop(),
  };
}

async function given(uri: string): Promise<Started> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 });
  try {
    const { version, secantusVersion } = await client.db('admin').command({ buildInfo: 1 });
    return {
      uri,
      engine: `${secantusVersion ? `SecantusDB ${secantusVersion}` : `mongod ${version}`} (MONGODB_URI)`,
      program: await findLocalEngine(),
      passedOver: [],
      stop: async () => {},
    };
  } catch {
    // The driver's own message may hold the address, and a given address holds a password.
    throw new Error('the MongoDB of MONGODB_URI does not answer within 10 s');
  } finally {
    await client.close();
  }
}
