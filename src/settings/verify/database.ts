import { parseDuration } from '../../support/duration.ts';
import type { ExpectedIndex } from '../../verify/mongodb/indexes.ts';
import type { DatabaseExpectations, MongoOptions, VersionRange } from '../../verify/mongodb/options.ts';
import type { Threshold } from '../../verify/thresholds/condition.ts';
import { parseThreshold } from '../../verify/thresholds/parse.ts';
import type { Location } from '../context/location.ts';
import type { SettingsContext } from '../context/settings-context.ts';
import type { CollectionSection, MongodbSection } from '../guard-file/sections/verify.ts';
import { quoted } from '../values/refusal.ts';

const LONG_RUNNING_MS = 60_000;

/** What the guard file expects of the database. */
export async function databaseOf(
  section: MongodbSection | undefined,
  context: SettingsContext,
): Promise<Pick<MongoOptions, 'indexes' | 'longRunningMs' | keyof DatabaseExpectations>> {
  const compatibility = section?.['feature-compatibility-version'];
  const version =
    section?.version === undefined
      ? undefined
      : await rangeOf(section.version, context.file('mongodb', 'version'));
  const collections: string[] = [];
  const indexes = new Map<string, ExpectedIndex[]>();
  for (const [position, entry] of (section?.collections ?? []).entries()) {
    const collection = asCollection(entry);
    const place = context.file('mongodb', 'collections', position);
    if (collections.includes(collection.name)) {
      place.refuse('collection-twice', `the collection '${collection.name}' is listed twice`);
    }
    collections.push(collection.name);
    if (collection.min !== undefined && collection.max !== undefined && collection.min > collection.max) {
      place.at('min').refuse('min-above-max', `min ${collection.min} is above max ${collection.max}`);
    }
    if (collection.indexes) indexes.set(collection.name, collection.indexes.map(expectedIndex));
  }
  return {
    collections,
    indexes,
    longRunningMs: parseDuration(section?.['long-running'] ?? '') ?? LONG_RUNNING_MS,
    ...(version ? { version } : {}),
    ...(section?.topology === undefined ? {} : { topology: section.topology }),
    ...(compatibility === undefined ? {} : { featureCompatibilityVersion: compatibility }),
  };
}

/** Compiles a range of versions; undefined, with the problem recorded, if it is not one. */
async function rangeOf(text: string, place: Location): Promise<VersionRange | undefined> {
  // Loaded only if the guard file has one.
  const { default: semver } = await import('semver');
  const range = semver.validRange(text, { includePrerelease: true });
  if (range === null)
    return place.refuseAs({
      code: 'not-a-version-range',
      value: quoted(text),
      message: 'is not a range of versions',
      hint: 'Write one such as `>=7.0 <9` or `7.x || 8.x`.',
    });
  return {
    text,
    // `7.0.14-8` of a distribution is 7.0.14: the part behind the dash is not a pre-release.
    includes: (version) => semver.satisfies(semver.coerce(version) ?? '', range, { includePrerelease: true }),
  };
}

/** `min`, `max` and `change` of collections, as thresholds. */
export function limitsOf(section: MongodbSection | undefined): Threshold[] {
  return (section?.collections ?? []).map(asCollection).flatMap(({ name, min, max, change }) => [
    // At least none and at most any number would say nothing.
    ...(min === undefined || min === 0 ? [] : [limit(name, `value>=${min}`)]),
    ...(max === undefined ? [] : [limit(name, `value<=${max}`)]),
    ...(change === undefined ? [] : [limit(name, `value<=+${change}`), limit(name, `value>=-${change}`)]),
  ]);
}

function limit(collection: string, condition: string): Threshold {
  const parsed = parseThreshold(`mongodb_collection_documents: ${condition}`);
  if (!parsed.ok) throw new Error(`a limit of a collection does not parse: ${parsed.error.message}`);
  return { ...parsed.threshold, labels: { collection } };
}

function asCollection(entry: string | CollectionSection): CollectionSection {
  return typeof entry === 'string' ? { name: entry } : entry;
}

/** The long form has a `key` that is a mapping; a field may be called `key` as well. */
function expectedIndex(entry: NonNullable<CollectionSection['indexes']>[number]): ExpectedIndex {
  if (typeof entry.key !== 'object') return { key: entry as ExpectedIndex['key'] };
  const { key, unique, name } = entry as { key: ExpectedIndex['key']; unique?: boolean; name?: string };
  return { key, ...(unique === undefined ? {} : { unique }), ...(name === undefined ? {} : { name }) };
}
