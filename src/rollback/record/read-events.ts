import { Binary } from 'mongodb';
import { showId } from '../reversals/batch.ts';
import { HistoryLost, readChanges, type StartPoint } from './change-stream.ts';
import { clusterTimeNow, type RecordingRecord, type RecordTools, saveRecording, timeOf } from './context.ts';
import { fold } from './fold.ts';
import type { Places } from './places.ts';
import type { Spill } from './spill.ts';
import { readWrittenStructure } from './structure.ts';

/** The seal was told to stop; it goes on where it was when it is run again. */
export class SealInterrupted extends Error {
  override readonly name = 'SealInterrupted';
}

/**
 * Reads the events from where an earlier run had come to until a time, into the first states; the token is noted
 * behind each part, so that a killed run goes on from there. Reading a part twice changes nothing.
 * @returns false where the server does not have all of the history any more
 */
export async function readEvents(
  tools: RecordTools,
  record: RecordingRecord,
  spill: Spill,
  places: Places,
  target: { readonly upTo: bigint; readonly heartbeat: () => void },
): Promise<boolean> {
  const { recording } = record;
  const { ports, facts, retry } = tools;
  if (recording.since === null || recording.until === null) throw new Error('the recording has no beginning or no end');
  const until = timeOf(recording.until);
  const structure = readWrittenStructure(recording.structure.buffer);
  const watched = structure.filter(({ name }) => recording.collections.includes(name));
  const names = new Map(structure.map(({ uuid, name }) => [uuid, name]));
  const start: StartPoint = recording.token ? { token: recording.token.buffer } : { at: timeOf(recording.since) };
  const changes = readChanges(ports.db, {
    start,
    until: target.upTo,
    uuids: watched.map(({ uuid }) => uuid).filter((uuid) => uuid !== ''),
    names: recording.collections,
    sharded: facts.sharded,
    retry,
    monotonic: () => ports.clock.monotonic(),
  });
  try {
    for await (const { events, token } of changes) {
      target.heartbeat();
      const folded = fold(events, until);
      for (const [uuid, documents] of folded.first) await spill.keepFirst(uuid, documents);
      for (const [uuid, documents] of folded.late) await spill.keepLate(uuid, documents);
      for (const name of folded.resharded) places.add('sharding-changed', name);
      if (folded.invalidated) places.add('invalidated', '');
      const noted = {
        events: recording.events + folded.changes,
        places: [...places.list],
        ...(token ? { token: new Binary(token) } : {}),
      };
      if (events.length > 0) await saveRecording(tools, record, noted);
      if (folded.changes > 0) {
        ports.log.info(`${recording.events.toLocaleString('en-US')} changes read`);
      }
      for (const [uuid, documents] of folded.first) {
        const missing = documents.find(({ before }) => before === 'unavailable');
        if (missing) {
          ports.log.info(`no before-image of ${names.get(uuid) ?? 'a collection'} ${showId(missing.id)}`);
        }
      }
    }
    return true;
  } catch (error) {
    if (!(error instanceof HistoryLost)) throw error;
    ports.log.warning(`the server no longer has all changes since the recording began: ${error.message}`);
    return false;
  }
}

/** The cluster time now, by what the collections are called today. */
export async function timeNow(tools: RecordTools, names: readonly string[]): Promise<bigint> {
  const now = await tools.retry('read the cluster time', () => clusterTimeNow(tools.ports.db, names));
  if (now === undefined) throw new Error('the server reports no cluster time');
  return now;
}
