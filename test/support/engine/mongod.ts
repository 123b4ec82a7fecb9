import { type Found, identify, onPath } from './engine.ts';
import { remembered } from './failures.ts';

/**
 * The program that the user names or that is on PATH.
 * @throws Error if a variable names something that is not one of the engines
 */
export async function ownProgram(): Promise<Found> {
  for (const name of ['DEPLOY_GUARD_TEST_MONGOD', 'MONGOMS_SYSTEM_BINARY']) {
    const path = process.env[name];
    if (path) return { engine: await identify(path, name) };
  }
  const path = await onPath('mongod');
  return path === undefined ? { reason: 'not on PATH' } : { engine: await identify(path, path) };
}

/** The `mongod` that mongodb-memory-server has downloaded, or downloads now (`MONGOMS_VERSION` says which). */
export async function downloadedMongod(): Promise<Found> {
  const found = await remembered('mongod-download', async () => {
    // Loaded late: a machine that has a mongod never needs it.
    const { MongoBinary } = await import('mongodb-memory-server');
    return identify(await MongoBinary.getPath(), 'downloaded');
  });
  return 'value' in found ? { engine: found.value } : found;
}
