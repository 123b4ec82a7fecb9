import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Lets V8 collect garbage early instead of growing the heap: on a machine with much memory it would let hundreds
 * of thousands of short-lived objects pile up to 250 MB. The settings only steer the collector, and are read
 * each time it runs; they cost no measurable time. For long work; a short run is over before it matters.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--optimize-for-size');
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
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--semi-space-growth-factor=4');
  // V8 has no setting for a size once it runs, so its growth is ended when the size is reached.
  const look = setInterval(() => {
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    if (space !== undefined && space.space_size < NEW_SPACE_BYTES) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(look);
  }, LOOK_EVERY_MS).unref();
}
