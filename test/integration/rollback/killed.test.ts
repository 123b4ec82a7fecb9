import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { buildChild, chaos } from '../../chaos/kills/chaos.ts';
import { freshDatabaseName } from '../../support/mongo.ts';
import { seededRandom } from '../../support/seeded-random.ts';

/** Rounds of 15 kills: 60 random points in all; the seed of a failing round is in its name. */
let child: Awaited<ReturnType<typeof buildChild>>;
beforeAll(async () => {
  child = await buildChild();
});
afterAll(() => child.remove());

test.each([
  { seed: 1, interfere: false },
  { seed: 2, interfere: true },
  { seed: 3, interfere: false },
  { seed: 4, interfere: true },
])(
  'killed at 15 random points, seed $seed, somebody else writing: $interfere',
  { timeout: 120_000 },
  async ({ seed, interfere }) => {
    const result = await chaos(
      {
        uri: inject('mongoUri'),
        database: freshDatabaseName('killed'),
        kills: 15,
        documents: 1_000,
        batchSize: 25,
        interfere,
        random: seededRandom(seed),
      },
      child.path,
    );
    expect(result.kills).toBe(15);
    expect(result.wrong).toEqual([]);
  },
);
