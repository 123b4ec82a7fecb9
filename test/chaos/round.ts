import { alertRound } from './alert-round.ts';
import { rollbackRound } from './rollback-round.ts';
import { verifyRound } from './verify-round.ts';
import { World } from './world.ts';

/** What became of one round. */
export interface RoundResult {
  seed: number;
  mode: 'verify' | 'alert' | 'rollback';
  title: string;
  durationMs: number;
  breaches: string[];
  happened: ReadonlyMap<string, number>;
  skipped: string[];
}

/** The seed of the n-th round of a run: far from its neighbours', and reproducible alone. */
export function roundSeed(seed: number, index: number): number {
  let mixed = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

/** One round, by its seed alone. Never throws: what goes wrong in the round itself is a breach too. */
export async function playRound(seed: number, mongoUri: string): Promise<RoundResult> {
  const started = performance.now();
  const world = await World.open(seed, mongoUri);
  const mode = world.chance.pick(['verify', 'alert', 'alert', 'rollback', 'rollback'] as const);
  try {
    if (mode === 'verify') await verifyRound(world);
    else if (mode === 'alert') await alertRound(world);
    else await rollbackRound(world);
  } catch (error) {
    world.breach(`the round itself failed: ${error instanceof Error ? error.stack : String(error)}`);
  }
  await world
    .close()
    .catch((error: unknown) => world.breach(`the round could not be closed: ${String(error)}`));
  return {
    seed,
    mode,
    title: world.title,
    durationMs: performance.now() - started,
    breaches: world.breaches,
    happened: world.happened,
    skipped: world.skipped,
  };
}
