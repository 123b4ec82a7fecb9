/** Numbers between 0 and 1 from a seed (mulberry32), so that a failure can be run again. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Choices by one stream of such numbers. */
export class Chance {
  readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  /** A whole number of `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  /** As often small as large: each power of ten is as likely as the next. */
  magnitude(from: number, to: number): number {
    return Math.round(Math.exp(Math.log(from) + this.random() * (Math.log(to) - Math.log(from))));
  }

  pick<T>(values: readonly [T, ...T[]] | readonly T[]): T {
    const value = values[Math.floor(this.random() * values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  percent(share: number): boolean {
    return this.random() * 100 < share;
  }

  /** Some of the values, at least one, in their order. */
  some<T>(values: readonly T[]): T[] {
    const chosen = values.filter(() => this.percent(50));
    return chosen.length > 0 ? chosen : [this.pick(values)];
  }
}
