import type { Engine, Found } from './engine.ts';
import { downloadedMongod, ownProgram } from './mongod.ts';
import { builtRustServer, pythonServer, rustServer } from './secantus.ts';

/** `tests`: a fast server, even if it takes minutes to build it once. `quick-start`: one that is there in seconds. */
export type Purpose = 'tests' | 'quick-start';

/** The engine that was taken, and why those before it in the order were not, as "mongod: not on PATH". */
export interface Choice {
  readonly engine: Engine;
  readonly passedOver: readonly string[];
}

const howToGetOne = `There is no MongoDB to run against. One of these helps:
  - set MONGODB_URI to a server that may be written to (each test uses databases of its own);
  - put mongod on PATH, or its path into DEPLOY_GUARD_TEST_MONGOD;
  - allow the download from fastdl.mongodb.org (a failed download is tried again after an hour);
  - put cargo and a C compiler on PATH, to build SecantusDB's Rust server;
  - put Python 3.10 or newer with pip on PATH, for SecantusDB's Python server.`;

/**
 * Finds the first engine that can be had on this machine, downloading, building or installing it if needed.
 * @param print where progress goes
 * @throws Error that says how to get one, if there is none
 */
export async function findEngine(purpose: Purpose, print: (line: string) => void): Promise<Choice> {
  const rust: Source =
    purpose === 'tests'
      ? ['SecantusDB (Rust)', () => rustServer(print)]
      : ['SecantusDB (Rust)', builtRustServer];
  return firstOf([
    ['mongod', ownProgram],
    ['download of mongod', downloadedMongod],
    rust,
    ['SecantusDB (Python)', () => pythonServer(print)],
  ]);
}

/** The same among those that are on this machine already: beside a given server nothing is fetched. */
export async function findLocalEngine(): Promise<Engine | undefined> {
  for (const find of [ownProgram, builtRustServer]) {
    const found = await find();
    if ('engine' in found) return found.engine;
  }
  return undefined;
}

type Source = readonly [name: string, find: () => Promise<Found>];

async function firstOf(sources: readonly Source[]): Promise<Choice> {
  const passedOver: string[] = [];
  for (const [name, find] of sources) {
    const found = await find();
    if ('engine' in found) return { engine: found.engine, passedOver };
    passedOver.push(`${name}: ${found.reason}`);
  }
  throw new Error(`${howToGetOne}\nTried: ${passedOver.join('; ')}`);
}
