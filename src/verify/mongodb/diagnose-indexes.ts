import type { Document } from 'mongodb';
import type { Clock } from '../../support/clock.ts';
import type { Diagnosis, DiagnosticOptions, SendCommand } from './diagnose.ts';
import { compareIndexes, type FoundIndex, type IndexFindings, readIndexes } from './indexes.ts';
import type { Privilege } from './skip.ts';

const INDEX_METRICS = ['mongodb_missing_indexes', 'mongodb_unexpected_indexes', 'mongodb_building_indexes'];

/** Looks at the indexes of each collection: missing, unexpected, unused, still being built. */
export async function indexDiagnostics(
  command: SendCommand,
  options: DiagnosticOptions,
  diagnosis: Diagnosis,
  building: readonly string[],
  attempt: (metrics: readonly string[], privilege: Privilege, work: () => Promise<void>) => Promise<void>,
  onDatabase: (action: string, role?: string) => Privilege,
  clock: Clock,
): Promise<void> {
  const { values, skips } = diagnosis;
  const all: IndexFindings[] = [];
  let statsRead = false;
  for (const collection of new Set([...options.indexes.keys(), ...options.collections])) {
    await attempt(INDEX_METRICS, onDatabase('listIndexes'), async () => {
      let stats: Document[] | undefined;
      await attempt(['mongodb_unused_indexes'], onDatabase('indexStats', 'clusterMonitor'), async () => {
        stats = firstBatch(
          await command(options.database, {
            aggregate: collection,
            pipeline: [{ $indexStats: {} }],
            cursor: { batchSize: 1_000 },
            maxTimeMS: options.timeoutMs,
          }),
        );
        statsRead = true;
      });
      const found = await listIndexes(command, options.database, collection, stats);
      diagnosis.indexes.set(collection, found.map(({ name }) => name).sort());
      all.push(compareIndexes(collection, options.indexes.get(collection), found, clock.now()));
    });
  }
  const add = (metric: string, found: readonly string[]) => {
    const shown = found.slice(0, 5).join(', ') + (found.length > 5 ? ` and ${found.length - 5} more` : '');
    values.set(metric, { value: found.length, unit: '', ...(shown ? { detail: shown } : {}) });
  };
  // A collection that could not be read may miss anything: then the sum says nothing.
  if (!skips.has('mongodb_missing_indexes')) {
    if (options.indexes.size > 0) {
      add(
        'mongodb_missing_indexes',
        all.flatMap(({ missing }) => missing),
      );
      add(
        'mongodb_unexpected_indexes',
        all.flatMap(({ unexpected }) => unexpected),
      );
    } else {
      for (const metric of ['mongodb_missing_indexes', 'mongodb_unexpected_indexes']) {
        skips.set(metric, {
          kind: 'missing',
          reason: 'the guard file expects no indexes',
          hint: 'Write them under `mongodb.collections`.',
        });
      }
    }
    const builds = new Set([...all.flatMap((findings) => findings.building), ...building]);
    add('mongodb_building_indexes', [...builds]);
  }
  if (statsRead && !skips.has('mongodb_unused_indexes')) {
    add(
      'mongodb_unused_indexes',
      all.flatMap(({ unused }) => unused),
    );
  } else if (!skips.has('mongodb_unused_indexes')) {
    skips.set('mongodb_unused_indexes', { kind: 'missing', reason: 'no collection was checked' });
  }
}

async function listIndexes(
  command: SendCommand,
  database: string,
  collection: string,
  stats: readonly Document[] | undefined,
): Promise<FoundIndex[]> {
  const ask = async (more: Document) =>
    firstBatch(await command(database, { listIndexes: collection, cursor: { batchSize: 1_000 }, ...more }));
  try {
    return readIndexes(await ask({ includeIndexBuildInfo: true }), stats);
  } catch (error) {
    const { code } = error as { code?: unknown };
    // NamespaceNotFound: no collection, no indexes; then every expected one is missing.
    if (code === 26) return [];
    if (code === 13) throw error;
  }
  // Servers before 7.1 call the option otherwise; compatible ones know neither. Without it an index that is being
  // built looks like one that is ready.
  try {
    return readIndexes(await ask({ includeBuildUUIDs: true }), stats);
  } catch {
    return readIndexes(await ask({}).catch(emptyWhereMissing), stats);
  }
}

function emptyWhereMissing(error: unknown): Document[] {
  if ((error as { code?: unknown }).code === 26) return [];
  throw error;
}

/**
 * The documents of a cursor's first answer.
 * @throws Error where there are none to read: an answer of another form is not an empty one
 */
export function firstBatch(answer: Document): Document[] {
  const batch = answer.cursor?.firstBatch;
  if (!Array.isArray(batch)) throw new Error('the answer of the server holds no list');
  return batch;
}
