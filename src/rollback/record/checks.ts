import { BSON, type Db, type Document, Timestamp } from 'mongodb';
import { formatDuration } from '../../support/duration.ts';
import { bytesInWords } from '../../support/format.ts';
import { isPassing } from '../mongo/retry.ts';
import type { CollectionState } from './structure.ts';

/** What a check of the preparations came to. */
export interface CheckResult {
  readonly name:
    | 'collections'
    | 'topology'
    | 'server version'
    | 'privileges'
    | 'oplog window'
    | 'before-images'
    | 'free space';
  readonly outcome: 'ok' | 'notice' | 'refused';
  readonly message: string;
  readonly hint?: string;
}

/** What is known of server and user before anything is switched; undefined = not reported by this server. */
export interface Surroundings {
  readonly standalone: boolean;
  readonly version: string | undefined;
  /** Why change events with before-images cannot be read here; undefined = they can. */
  readonly noEvents: string | undefined;
  readonly privileges: readonly Privilege[] | undefined;
  /** From the oldest entry of the oplog to the newest, in milliseconds. */
  readonly oplogMs: number | undefined;
  /** The cluster deletes before-images after so many seconds. */
  readonly expireAfterSeconds: number | undefined;
  readonly freeBytes: number | undefined;
  /** Bytes of what is to be copied. */
  readonly copyBytes: number;
}

interface Privilege {
  readonly resource: { db?: string; collection?: string; cluster?: boolean; anyResource?: boolean };
  readonly actions: readonly string[];
}

/** A shorter window than this may roll over during a longer migration. */
const SHORT_WINDOW_MS = 3 * 3_600_000;
/** The share of the free space that copies may fill. */
const MOST_OF_FREE = 0.8;

export interface Wanted {
  readonly database: string;
  readonly state: string;
  readonly collections: readonly string[];
  readonly copy: readonly string[];
}

/** Judges the preparations of a recording, each by its name. Pure. */
export function judgeSurroundings(
  found: Surroundings,
  wanted: Wanted,
  structure: readonly CollectionState[],
): CheckResult[] {
  return [
    ...judgeCollections(wanted, structure),
    judgeTopology(found),
    judgePrivileges(found, wanted),
    ...(found.noEvents === undefined ? [judgeWindow(found), judgeExpiry(found)] : []),
    judgeSpace(found),
  ].filter((result) => result !== undefined);
}

function judgeCollections(
  { collections, copy }: Wanted,
  structure: readonly CollectionState[],
): CheckResult[] {
  const results: CheckResult[] = [];
  for (const name of new Set([...collections, ...copy])) {
    const state = structure.find((candidate) => candidate.name === name);
    const refuse = (message: string, hint: string) =>
      results.push({ name: 'collections', outcome: 'refused', message, hint });
    if (name.startsWith('system.') || name.includes('$') || name.includes('\0')) {
      refuse(
        `'${name}' is not a valid user collection`,
        'Name the collections that the migration writes to.',
      );
    } else if (state?.type === 'view') {
      refuse(`${name} is a view`, 'Name the collection behind it; views are recorded without being named.');
    } else if (state?.type === 'timeseries') {
      refuse(
        `${name} is a time series, which keeps no before-images`,
        'Leave it out, and keep a backup of it.',
      );
    } else if (state === undefined) {
      results.push({
        name: 'collections',
        outcome: 'notice',
        message: `${name} does not exist yet; it is watched from its creation on`,
      });
    }
  }
  for (const name of copy) {
    if (collections.includes(name)) continue;
    results.push({
      name: 'collections',
      outcome: 'refused',
      message: `${name} is in \`copy\` and not in \`collections\``,
      hint: `Add ${name} to \`collections\`.`,
    });
  }
  return results;
}

function judgeTopology({ noEvents, version }: Surroundings): CheckResult {
  if (noEvents === undefined) {
    return {
      name: 'topology',
      outcome: 'ok',
      message: `change events with before-images work (${version ?? 'version not reported'})`,
    };
  }
  return {
    name: 'topology',
    outcome: 'notice',
    message: `${noEvents}; every collection is copied instead and compared when the recording is sealed`,
    hint: 'Pause other writers until then: without events nothing tells their changes from those of the migration.',
  };
}

function judgePrivileges(
  found: Surroundings,
  { database, state, collections }: Wanted,
): CheckResult | undefined {
  const { privileges } = found;
  if (privileges === undefined) return undefined;
  const missing: string[] = [];
  const need = (action: string, db: string, collection: string) => {
    const has = privileges.some(({ resource, actions }) => {
      if (!actions.includes(action) && !actions.includes('anyAction')) return false;
      if (resource.anyResource) return true;
      if (resource.cluster || resource.db === undefined) return false;
      return (
        (resource.db === '' || resource.db === db) &&
        (resource.collection === '' || resource.collection === collection)
      );
    });
    const where = collection === '' ? db : `${db}.${collection}`;
    if (!has) missing.push(`${action} on ${where}`);
  };
  need('listCollections', database, '');
  if (found.noEvents === undefined) {
    need('changeStream', database, '');
    need('find', database, '');
  }
  for (const name of collections) {
    need('find', database, name);
    need('listIndexes', database, name);
    if (found.noEvents === undefined) need('collMod', database, name);
  }
  for (const action of ['find', 'insert', 'update', 'remove']) need(action, state, 'rollback_journal');
  if (missing.length === 0)
    return { name: 'privileges', outcome: 'ok', message: 'the user may do all that is needed' };
  return {
    name: 'privileges',
    outcome: 'refused',
    message: `the database user lacks ${missing.join(', ')}`,
    hint: `Grant readWrite and dbAdmin on ${database}, and readWrite on ${state}.`,
  };
}

function judgeWindow({ oplogMs }: Surroundings): CheckResult {
  if (oplogMs === undefined) {
    return {
      name: 'oplog window',
      outcome: 'notice',
      message: 'the oplog window is not known: the user may not read local.oplog.rs',
    };
  }
  const message = `the oplog reaches back ${formatDuration(Math.max(1_000, oplogMs))}`;
  return oplogMs >= SHORT_WINDOW_MS
    ? { name: 'oplog window', outcome: 'ok', message }
    : {
        name: 'oplog window',
        outcome: 'notice',
        message: `${message}; changes that it has lost when the recording is sealed do not come back`,
        hint: 'Seal soon after the migration, or make the oplog larger.',
      };
}

function judgeExpiry({ expireAfterSeconds }: Surroundings): CheckResult | undefined {
  if (expireAfterSeconds === undefined) return undefined;
  return {
    name: 'before-images',
    outcome: 'notice',
    message: `the cluster deletes before-images after ${formatDuration(expireAfterSeconds * 1_000)}; seal before that`,
  };
}

function judgeSpace({ freeBytes, copyBytes }: Surroundings): CheckResult | undefined {
  if (copyBytes === 0) return undefined;
  const needed = `copies take about ${bytesInWords(copyBytes)}`;
  if (freeBytes === undefined) {
    return {
      name: 'free space',
      outcome: 'notice',
      message: `${needed}; free space is not reported by this server`,
    };
  }
  const message = `${needed} of ${bytesInWords(freeBytes)} that are free`;
  if (copyBytes <= freeBytes * MOST_OF_FREE) return { name: 'free space', outcome: 'ok', message };
  return { name: 'free space', outcome: 'refused', message, hint: 'Make room, or copy fewer collections.' };
}

/** Reads what `judgeSurroundings` judges; what the user may not read is not known. */
export async function readSurroundings(
  db: Db,
  structure: readonly CollectionState[],
  toCopy: (noEvents: string | undefined) => readonly string[],
): Promise<Surroundings> {
  const admin = db.client.db('admin');
  const hello = await db.command({ hello: 1 });
  const build = await admin.command({ buildInfo: 1 }).catch(() => undefined);
  const noEvents = await whyNoEvents(db);
  const stats = await db.command({ dbStats: 1 }).catch(() => undefined);
  const free = Number(stats?.fsTotalSize ?? 0) - Number(stats?.fsUsedSize ?? 0);
  let copyBytes = 0;
  for (const name of toCopy(noEvents)) {
    if (!structure.some((state) => state.name === name)) continue;
    const size = await db.command({ collStats: name }).catch(() => undefined);
    copyBytes += Number(size?.size ?? 0);
  }
  const parameter = await admin
    .command({ getClusterParameter: 'changeStreamOptions' })
    .catch(() => undefined);
  const expire = parameter?.clusterParameters?.[0]?.preAndPostImages?.expireAfterSeconds;
  return {
    standalone: hello.setName === undefined && hello.msg !== 'isdbgrid',
    version: typeof build?.version === 'string' ? build.version : undefined,
    noEvents,
    privileges: await readPrivileges(admin),
    oplogMs: await oplogWindow(db),
    expireAfterSeconds: typeof expire === 'number' ? expire : undefined,
    freeBytes: free > 0 ? free : undefined,
    copyBytes,
  };
}

/** Tries to open a stream as sealing will: what answers is what works, whatever the server calls itself. */
async function whyNoEvents(db: Db): Promise<string | undefined> {
  const pipeline = [
    { $changeStream: { fullDocumentBeforeChange: 'whenAvailable', showExpandedEvents: true } },
  ];
  const session = db.client.startSession();
  try {
    const { cursor } = await db.command({ aggregate: 1, pipeline, cursor: {} }, { session });
    const collection = String(cursor.ns).slice(String(cursor.ns).indexOf('.') + 1);
    await db
      .command({ killCursors: collection, cursors: [BSON.Long.fromValue(cursor.id)] }, { session })
      .catch(() => {});
    return undefined;
  } catch (error) {
    // What passes, and a user without the privilege, do not mean that the server has no events.
    if (isPassing(error) || (error as Document).code === 13) throw error;
    return `this server has no change events with before-images (${String((error as Error).message)})`;
  } finally {
    await session.endSession();
  }
}

async function readPrivileges(admin: Db): Promise<readonly Privilege[] | undefined> {
  try {
    const { authInfo } = await admin.command({ connectionStatus: 1, showPrivileges: true });
    const privileges = authInfo?.authenticatedUserPrivileges as Privilege[] | undefined;
    // Nobody logged in, or a compatible server that lists none: nothing can be said then.
    return privileges && privileges.length > 0 ? privileges : undefined;
  } catch {
    return undefined;
  }
}

async function oplogWindow(db: Db): Promise<number | undefined> {
  try {
    const oplog = db.client.db('local').collection('oplog.rs');
    const [first] = await oplog
      .find({}, { projection: { ts: 1 } })
      .sort({ $natural: 1 })
      .limit(1)
      .toArray();
    const [last] = await oplog
      .find({}, { projection: { ts: 1 } })
      .sort({ $natural: -1 })
      .limit(1)
      .toArray();
    if (!(first?.ts instanceof Timestamp) || !(last?.ts instanceof Timestamp)) return undefined;
    return (last.ts.getHighBitsUnsigned() - first.ts.getHighBitsUnsigned()) * 1_000;
  } catch {
    return undefined;
  }
}
