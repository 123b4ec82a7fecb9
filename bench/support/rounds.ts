/** One side of a comparison: does its work once, checks what came of it, and returns what it measured. */
export type Side = (round: number) => number | Promise<number>;

/**
 * So many rounds in which every side has its turn, each round beginning with another one: what else the machine
 * does falls on neighbours alike.
 * @param warmUps rounds before, that do not count
 */
export async function interleave<Name extends string>(
  sides: Readonly<Record<Name, Side>>,
  rounds: number,
  warmUps = 1,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(sides) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -warmUps; round < rounds; round++) {
    const first = Math.abs(round) % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const value = await sides[name](round);
      if (round >= 0) measured[name].push(value);
    }
  }
  return measured;
}

/** Milliseconds that some work takes. */
export async function timed(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
