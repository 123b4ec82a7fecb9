import { distance } from 'fastest-levenshtein';

const LONGEST = 100;

/** The known name that a mistyped one most likely meant; undefined where none is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  // No typing error is that long, and the distance of long texts takes long.
  if (name.length > LONGEST) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const far = distance(name.toLowerCase(), candidate.toLowerCase());
    if (far < bestDistance) {
      best = candidate;
      bestDistance = far;
    }
  }
  return best;
}
