/** One step of a path: a field, or (`items[]`) each element of the array in that field. */
export interface Segment {
  readonly name: string;
  readonly each: boolean;
}

export type Path = readonly [Segment, ...Segment[]];

const SEGMENT = /^([^.$[\]\0][^.[\]\0]*)(\[\])?$/;

/**
 * Reads `subscription_id`, `meta.plan.id`, `items[].quantity`.
 * @returns undefined where the text is no path: empty parts, a part that begins with `$`, or one that ends in `[]`.
 */
export function parsePath(text: string): Path | undefined {
  const segments: Segment[] = [];
  for (const part of text.split('.')) {
    const match = SEGMENT.exec(part);
    if (match?.[1] === undefined) return undefined;
    segments.push({ name: match[1], each: match[2] !== undefined });
  }
  const [first, ...rest] = segments;
  if (first === undefined || segments.at(-1)?.each || first.name === '_id') return undefined;
  if (segments.some((segment) => segment.name === '__proto__')) return undefined;
  return [first, ...rest];
}
