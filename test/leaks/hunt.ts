import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Leak, search } from './search.ts';
import { startServers } from './servers.ts';
import type { World } from './worlds/ground.ts';

/** What a hunt through one world came to. */
export interface Hunt {
  readonly world: string;
  readonly places: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly leaks: readonly Leak[];
}

/** Runs a world, and searches everything that it left behind for every secret there is. */
export async function hunt(world: World, mongoUri: string): Promise<Hunt> {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-leaks-'));
  const servers = await startServers();
  try {
    const places = await world.run({ servers, mongoUri, folder });
    const leaks = Object.entries(places).flatMap(([place, text]) => search(text, place));
    const sizes = Object.fromEntries(
      Object.entries(places).map(([place, text]) => [place, Buffer.byteLength(text)]),
    );
    return {
      world: world.name,
      places: sizes,
      bytes: Object.values(sizes).reduce((sum, size) => sum + size, 0),
      leaks,
    };
  } finally {
    await servers.close();
    await rm(folder, { recursive: true, force: true });
  }
}
