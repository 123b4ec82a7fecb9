import { setFlagsFromString } from 'node:v8';

/** From so many probes on, garbage is worth caring about. */
const MANY_PROBES = 1_000;

/**
 * Lets V8 collect garbage early instead of growing the heap: on a machine with much memory it would let tens
 * of thousands of short-lived objects pile up to 250 MB. Both settings only steer the collector, and are
 * read each time it runs; they cost no measurable time.
 */
export function keepHeapSmall(probes: number): void {
  if (probes < MANY_PROBES) return;
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--optimize-for-size');
}
