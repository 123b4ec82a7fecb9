import fc from 'fast-check';

/** One thing that is fed hostile input: what it is given, and what must hold afterwards. */
export interface FuzzTarget<Value = unknown> {
  readonly name: string;
  /** What must hold, in a sentence for the record. */
  readonly holds: string;
  /** One case may take this long, in milliseconds; longer is a hang. */
  readonly limitMs?: number;
  /** Its share of the cases, 1 if not given: what is slow or shallow gets less. */
  readonly share?: number;
  readonly arbitrary: fc.Arbitrary<Value>;
  /** Throws where something does not hold. */
  check(value: Value): void | Promise<void>;
}

/** Keeps the type of the cases between `arbitrary` and `check`. */
export function fuzzTarget<Value>(target: FuzzTarget<Value>): FuzzTarget {
  return target as FuzzTarget;
}

/** What came of a target. */
export interface FuzzResult {
  readonly name: string;
  readonly holds: string;
  readonly cases: number;
  readonly slowestMs: number;
  /** The shrunk counterexample, with what is needed to see it again. */
  readonly found?: {
    readonly seed: number;
    readonly path: string;
    readonly counterexample: string;
    readonly error: string;
  };
}

const LIMIT_MS = 1_000;

/** The objects that everything inherits from; no input may add to them or change them. */
const SHARED = {
  Object: Object.prototype,
  Array: Array.prototype,
  Function: Function.prototype,
  String: String.prototype,
};
const UNTOUCHED = Object.entries(SHARED).map(([name, prototype]) => ({
  name,
  prototype,
  keys: Reflect.ownKeys(prototype),
  values: Reflect.ownKeys(prototype).map(
    (key) => Object.getOwnPropertyDescriptor(prototype, key)?.value as unknown,
  ),
}));

/** @throws Error where a prototype holds what it did not hold at the start; takes it away again */
export function assertUnpolluted(): void {
  for (const { name, prototype, keys, values } of UNTOUCHED) {
    const now = Reflect.ownKeys(prototype);
    const added = now.filter((key) => !keys.includes(key));
    for (const key of added) Reflect.deleteProperty(prototype, key);
    if (added.length > 0)
      throw new Error(`${name}.prototype was polluted with ${added.map(String).join(', ')}`);
    for (const [index, key] of keys.entries()) {
      const value = Object.getOwnPropertyDescriptor(prototype, key)?.value as unknown;
      if (value !== values[index]) throw new Error(`${name}.prototype.${String(key)} was changed`);
    }
  }
}

/** A value for a person; one that is nested too deeply for the library as its JSON. */
function shown(value: unknown): string {
  try {
    return fc.stringify(value).slice(0, 4_000);
  } catch {
    return JSON.stringify(value).slice(0, 4_000);
  }
}

/** Feeds one target, and shrinks what it finds. */
export async function runTarget(
  target: FuzzTarget,
  options: { cases: number; seed: number; path?: string; onCase?: (done: number) => void },
): Promise<FuzzResult> {
  let slowestMs = 0;
  let done = 0;
  const limit = target.limitMs ?? LIMIT_MS;
  const outcome = await fc.check(
    fc.asyncProperty(target.arbitrary, async (value) => {
      options.onCase?.(++done);
      // The time of this thread's processor: a busy machine is no hang.
      const before = process.threadCpuUsage();
      await target.check(value);
      const { user, system } = process.threadCpuUsage(before);
      const took = (user + system) / 1_000;
      slowestMs = Math.max(slowestMs, took);
      if (took > limit) throw new Error(`took ${Math.round(took)} ms, more than ${limit}`);
      assertUnpolluted();
    }),
    {
      numRuns: options.cases,
      seed: options.seed,
      ...(options.path === undefined ? {} : { path: options.path, endOnFailure: true }),
      // Shrinking a hang is one hang after the other.
      interruptAfterTimeLimit: 600_000,
      markInterruptAsFailure: false,
    },
  );
  const result = {
    name: target.name,
    holds: target.holds,
    cases: outcome.numRuns,
    slowestMs: Math.round(slowestMs),
  };
  if (!outcome.failed) return result;
  const error = outcome.errorInstance;
  return {
    ...result,
    found: {
      seed: outcome.seed,
      path: outcome.counterexamplePath ?? '',
      counterexample: shown(outcome.counterexample?.[0]),
      error: (error instanceof Error ? (error.stack ?? error.message) : String(error)).slice(0, 2_000),
    },
  };
}
