import type { Document } from 'mongodb';

/** An index that a collection is expected to have. */
export interface ExpectedIndex {
  /** Fields in order; 1, -1, `text`, `2dsphere`, `hashed`. */
  readonly key: Readonly<Record<string, number | string>>;
  readonly unique?: boolean;
  readonly name?: string;
}

/** An index that exists. */
export interface FoundIndex {
  readonly name: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly unique: boolean;
  readonly building: boolean;
  /** Operations that used it since `since`; undefined where the server does not say. */
  readonly uses?: number;
  readonly since?: Date;
}

export interface IndexFindings {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly unused: readonly string[];
  readonly building: readonly string[];
}

/** An unused index is only reported once it had this long to be used. */
const UNUSED_AFTER_MS = 7 * 86_400_000;

/**
 * Expected against found indexes of one collection. An index that is still being built counts as missing.
 * Pure.
 * @param expected undefined where nothing is expected, so nothing can be missing or unexpected
 */
export function compareIndexes(
  collection: string,
  expected: readonly ExpectedIndex[] | undefined,
  found: readonly FoundIndex[],
  now: number,
): IndexFindings {
  const say = (index: { key: Readonly<Record<string, unknown>> }, more = '') =>
    `${collection} ${keyText(index.key)}${more}`;
  const ready = found.filter(({ building }) => !building);
  const matches = (wanted: ExpectedIndex, index: FoundIndex) =>
    sameKey(wanted.key, index.key) &&
    (wanted.unique === undefined || wanted.unique === index.unique) &&
    (wanted.name === undefined || wanted.name === index.name);
  return {
    missing: (expected ?? [])
      .filter((wanted) => !ready.some((index) => matches(wanted, index)))
      .map((wanted) => {
        const other = found.find((index) => sameKey(wanted.key, index.key));
        const why = !other
          ? ''
          : other.building
            ? ' (still being built)'
            : wanted.unique !== undefined && wanted.unique !== other.unique
              ? ` (there, but ${other.unique ? 'unique' : 'not unique'})`
              : ` (there, but called ${other.name})`;
        return say(wanted, why);
      }),
    unexpected:
      expected === undefined
        ? []
        : found
            .filter(
              (index) => index.name !== '_id_' && !expected.some((wanted) => sameKey(wanted.key, index.key)),
            )
            .map((index) => say(index)),
    unused: ready
      .filter(
        ({ name, uses, since }) =>
          name !== '_id_' && uses === 0 && since !== undefined && now - since.getTime() >= UNUSED_AFTER_MS,
      )
      .map((index) => say(index)),
    building: found.filter(({ building }) => building).map((index) => say(index)),
  };
}

/** Reads the answers of `listIndexes` and, where it could be had, `$indexStats`. Pure. */
export function readIndexes(
  listed: readonly Document[],
  stats: readonly Document[] | undefined,
): FoundIndex[] {
  return listed.map((entry) => {
    // The specification is one level down, with `includeIndexBuildInfo` for each, with `includeBuildUUIDs` for those
    // that are being built.
    const spec = (entry.spec ?? entry) as Document;
    // A sharded collection has one entry a shard.
    const used = (stats ?? []).filter(({ name }) => name === spec.name);
    const uses = used.reduce((sum, { accesses }) => sum + Number(accesses?.ops ?? 0), 0);
    const since = used
      .map(({ accesses }) => accesses?.since)
      .filter((value): value is Date => value instanceof Date)
      .sort((a, b) => b.getTime() - a.getTime())[0];
    return {
      name: String(spec.name),
      key: keyOf(spec),
      unique: spec.unique === true || spec.name === '_id_',
      building:
        entry.indexBuildInfo !== undefined ||
        entry.buildUUID !== undefined ||
        used.some(({ building }) => building === true),
      ...(used.length > 0 ? { uses } : {}),
      ...(since ? { since } : {}),
    };
  });
}

/** Text indexes hide their fields in `weights`. */
function keyOf(spec: Document): Record<string, unknown> {
  const key = (spec.key ?? {}) as Record<string, unknown>;
  if (key._fts !== 'text') return key;
  const fields: Array<[string, unknown]> = [];
  for (const [field, kind] of Object.entries(key)) {
    if (field === '_fts') for (const name of Object.keys(spec.weights ?? {})) fields.push([name, 'text']);
    else if (field !== '_ftsx') fields.push([field, kind]);
  }
  return Object.fromEntries(fields);
}

/** The order of fields is part of an index. */
function sameKey(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  return keyText(a) === keyText(b);
}

/** `{customer_id: 1, created_at: -1}` */
export function keyText(key: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(key).map(([field, kind]) => {
    const number = Number(kind);
    return `${field}: ${Number.isNaN(number) ? String(kind) : number}`;
  });
  return `{${fields.join(', ')}}`;
}
