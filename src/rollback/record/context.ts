import type { Db, Document, Timestamp } from 'mongodb';
import type { RollbackOptions } from '../model/options.ts';
import type { RollbackPorts } from '../model/ports.ts';
import type { Recording } from '../model/recording.ts';
import type { Retry } from '../mongo/retry.ts';
import type { ServerFacts } from '../mongo/server.ts';
import type { OperationRecord, Operations } from '../store/operations.ts';

/** What a run is asked to record: the inputs `collections`, `copy` and `fields`. */
export interface RecordOptions extends RollbackOptions {
  readonly collections: readonly string[];
  readonly copy: readonly string[];
  /** `null` = everything that changed */
  readonly fields: readonly string[] | null;
}

/** What a recording needs of a run. */
export interface RecordTools {
  readonly options: RecordOptions;
  readonly ports: RollbackPorts;
  readonly facts: ServerFacts;
  readonly retry: Retry;
  readonly operations: Operations;
}

/** An operation that is a recording. */
export type RecordingRecord = OperationRecord & { recording: Recording };

export function isRecording(record: OperationRecord): record is RecordingRecord {
  return record.kind === 'record' && record.recording !== undefined;
}

/** Changes the recording here and in the database, fenced. */
export async function saveRecording(
  { operations }: Pick<RecordTools, 'operations'>,
  record: RecordingRecord,
  change: Partial<Recording>,
): Promise<void> {
  Object.assign(record.recording, change);
  const set: Document = {};
  for (const [name, value] of Object.entries(change)) set[`recording.${name}`] = value;
  await operations.update(record._id, record.token, set);
}

/**
 * The server's cluster time now, at least that of every write that any router has acknowledged to the collections.
 * @returns undefined where the server keeps none: a standalone server
 */
export async function clusterTimeNow(db: Db, collections: readonly string[]): Promise<bigint | undefined> {
  // A router knows the time of the shards that it has asked; a read without a key asks each that holds a part.
  for (const name of collections) await db.command({ find: name, limit: 1, projection: { _id: 1 } });
  const reply = await db.command({ hello: 1 });
  const times = [reply.operationTime, reply.$clusterTime?.clusterTime].filter((time) => time !== undefined);
  const [latest] = times.map(timeOf).sort((a, b) => (a < b ? 1 : -1));
  return latest;
}

export function timeOf(timestamp: Timestamp): bigint {
  return (BigInt(timestamp.getHighBitsUnsigned()) << 32n) | BigInt(timestamp.getLowBitsUnsigned());
}
