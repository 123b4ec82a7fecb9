import { BATCH_BYTES } from '../reversals/batch.ts';

/** Parts a list so that each part stays below the bytes of one command and the server's number of writes. */
export function* chunks<T>(
  items: readonly T[],
  sizeOf: (item: T) => number,
  maxCount: number,
  maxBytes = BATCH_BYTES,
): Generator<readonly T[]> {
  let start = 0;
  let bytes = 0;
  for (let at = 0; at < items.length; at++) {
    const size = sizeOf(items[at] as T);
    if (at > start && (at - start >= maxCount || bytes + size > maxBytes)) {
      yield items.slice(start, at);
      start = at;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < items.length) yield start === 0 ? items : items.slice(start);
}
