import { type Document, Timestamp } from 'mongodb';
import { systemClock } from '../../../../src/support/clock.ts';
import { diagnose, readStart, type SendCommand } from '../../../../src/verify/mongodb/diagnose.ts';
import type { ExpectedIndex } from '../../../../src/verify/mongodb/indexes.ts';
import type { WatchMembers } from '../../../../src/verify/mongodb/sharded.ts';

export const NOW = Date.parse('2026-03-01T12:00:00Z');
export const ago = (seconds: number) => new Date(NOW - seconds * 1_000);

/** An answer of `replSetGetStatus` as MongoDB 7 gives it, cut to what is read. */
export function replSetStatus(...behind: Array<number | Document>): Document {
  return {
    set: 'rs0',
    date: new Date(NOW),
    myState: 1,
    members: [
      { _id: 0, name: 'a:27017', health: 1, state: 1, stateStr: 'PRIMARY', optimeDate: ago(0), self: true },
      ...behind.map((member, index) => ({
        _id: index + 1,
        name: `${'bcdefg'[index]}:27017`,
        health: 1,
        state: 2,
        stateStr: 'SECONDARY',
        ...(typeof member === 'number' ? { optimeDate: ago(member) } : member),
      })),
    ],
    ok: 1,
  };
}

/** What a mongod 7.0 in a healthy replica set of two answers, cut to what is read. */
export const healthy: Record<string, (command: Document) => Document> = {
  buildInfo: () => ({ version: '7.0.14', ok: 1 }),
  hello: () => ({ setName: 'rs0', isWritablePrimary: true, localTime: new Date(NOW), ok: 1 }),
  serverStatus: () => ({
    connections: { current: 90, available: 10, active: 3 },
    metrics: { cursor: { timedOut: 12n, open: { total: 4 } } },
    ok: 1,
  }),
  replSetGetStatus: () => replSetStatus(1),
  find: ({ sort }) => ({
    cursor: {
      id: 0,
      ns: 'local.oplog.rs',
      firstBatch: [{ ts: new Timestamp({ t: sort.$natural === 1 ? 1_000 : 8_200, i: 1 }) }],
    },
  }),
  aggregate: ({ pipeline }) => ({
    cursor: {
      firstBatch: '$currentOp' in pipeline[0] ? [] : [{ name: 'n_1', accesses: { ops: 1, since: ago(1) } }],
    },
  }),
  getLog: () => ({ totalLinesWritten: 1, log: [], ok: 1 }),
  dbStats: () => ({ collections: 3, storageSize: 1_000, indexSize: 500, totalSize: 1_500, ok: 1 }),
  getParameter: () => ({ featureCompatibilityVersion: { version: '7.0' }, ok: 1 }),
  listIndexes: () => ({ cursor: { firstBatch: [{ spec: { key: { _id: 1 }, name: '_id_' } }] } }),
};
export const sent: Array<[string, Document]> = [];
export const server =
  (answers: Record<string, (command: Document) => Document>): SendCommand =>
  async (database, command) => {
    sent.push([database, command]);
    const answer = answers[Object.keys(command)[0] ?? ''];
    if (!answer) throw Object.assign(new Error('no such command'), { code: 59, codeName: 'CommandNotFound' });
    return answer(command);
  };
/** Diagnoses it; waits cost nothing. */
export const ask = async (
  send: SendCommand,
  rest: {
    indexes?: ReadonlyMap<string, readonly ExpectedIndex[]>;
    collections?: readonly string[];
    watchMembers?: WatchMembers;
  } = {},
) =>
  diagnose(
    send,
    {
      database: 'shop',
      indexes: rest.indexes ?? new Map([['orders', [{ key: { n: 1 } }]]]),
      collections: rest.collections ?? ['orders'],
      longRunningMs: 60_000,
      timeoutMs: 1_000,
    },
    await readStart(send, systemClock),
    {
      clock: { ...systemClock, sleep: async () => {} },
      signal: new AbortController().signal,
      explain: String,
      ...(rest.watchMembers ? { watchMembers: rest.watchMembers } : {}),
    },
  );
