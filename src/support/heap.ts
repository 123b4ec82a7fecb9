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

/** The space for new objects in which batches of a rollback die young; in a smaller one they are moved while they live. */
const NEW_SPACE_BYTES = 4 * 1024 * 1024;
const LOOK_EVERY_MS = 20;

/**
 * The same for work whose objects live as long as a few batches: the space for new objects grows at once to the
 * size in which most of them die, and no further. In V8's smallest space a third of a rollback's CPU time went
 * into moving them.
 */
export function keepHeapSteady(): void {
  setFlags('--optimize-for-size', '--semi-space-growth-factor=4');
  const { getHeapSpaceStatistics: heapSpaces } = process.getBuiltinModule('node:v8');
  // V8 has no setting for a size once it runs, so its growth is ended when the size is reached.
  const look = setInterval(() => {
    const space = heapSpaces().find(({ space_name }) => space_name === 'new_space');
    if (space !== undefined && space.space_size < NEW_SPACE_BYTES) return;
    setFlags('--semi-space-growth-factor=1');
    clearInterval(look);
  }, LOOK_EVERY_MS).unref();
}
