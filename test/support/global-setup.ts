import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Engine } from './engine/engine.ts';
import type { Topology } from './engine/server.ts';
import { type MongoCapabilities, startMongo, type TestMongo } from './mongo.ts';
import { closingLines } from './needs.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** connection string of the server of this run */
    mongoUri: string;
    /** that server in words */
    mongoEngine: string;
    mongoCapabilities: MongoCapabilities;
    /** what a test can start a server of its own from, with `ownServer()` */
    mongoProgram: Engine | undefined;
    /** where `needs` notes what was skipped */
    skipLog: string;
  }
}

interface SharedRun {
  users: number;
  mongo: Promise<TestMongo>;
  folder: Promise<string>;
}

const key = Symbol.for('deploy-guard.test-run');

/** The projects `integration` and `e2e` run this each on their own, in one process: they share one server. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const run = shared();
  run.users += 1;
  const leave = async (): Promise<void> => {
    run.users -= 1;
    if (run.users > 0) return;
    Reflect.deleteProperty(globalThis, key);
    await close(run);
  };
  try {
    const mongo = await run.mongo;
    project.provide('mongoUri', mongo.uri);
    project.provide('mongoEngine', mongo.engine);
    project.provide('mongoCapabilities', mongo.capabilities);
    project.provide('mongoProgram', mongo.program);
    project.provide('skipLog', join(await run.folder, 'skipped'));
  } catch (error) {
    await leave();
    throw error;
  }
  return leave;
}

function shared(): SharedRun {
  const registry = globalThis as unknown as Record<symbol, SharedRun | undefined>;
  let run = registry[key];
  if (run === undefined) {
    run = {
      users: 0,
      mongo: startMongo({ topology: topology(), transactionLifetimeSeconds: 5 }),
      folder: mkdtemp(join(tmpdir(), 'deploy-guard-test-')),
    };
    registry[key] = run;
  }
  return run;
}

/** `TEST_MONGO_TOPOLOGY=standalone` runs the whole suite without a replica set. */
function topology(): Topology {
  return process.env.TEST_MONGO_TOPOLOGY === 'standalone' ? 'standalone' : 'replica-set';
}

async function close(run: SharedRun): Promise<void> {
  const folder = await run.folder;
  const log = await readFile(join(folder, 'skipped'), 'utf8').catch(() => '');
  await rm(folder, { recursive: true, force: true });
  const mongo = await run.mongo.catch(() => undefined);
  for (const line of closingLines(log, mongo?.engine ?? 'none')) console.error(line);
  await mongo?.stop();
}
