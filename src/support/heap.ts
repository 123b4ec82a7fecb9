/**
 * Lets V8 collect garbage early instead of growing the heap: on a machine with much memory it would let hundreds
 * of thousands of short-lived objects pile up to 250 MB. The settings only steer the collector, and are read
 * each time it runs; they cost no measurable time. For long work; a short run is over before it matters.
 */
export function keepHeapSmall(): void {
  setFlags('--semi-space-growth-factor=1', '--optimize-for-size');
}

/**
 * Lets V8 optimize no more code: its optimizing compilers take 15 MB, and give work that waits for the network
 * nothing (a fifth of the processor's time of a probe, which is 0.15 ms). Not for work that computes.
 */
export function doWithoutOptimizers(): void {
  setFlags('--no-maglev', '--no-turbofan');
}

function setFlags(...flags: readonly string[]): void {
  // Not imported: a short run never calls it, and need not load it.
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  for (const flag of flags) setFlagsFromString(flag);
}
